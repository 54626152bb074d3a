import dns, { type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { GatewayError } from '../kernel/errors.ts';
import { refusedRange } from './address-ranges.ts';

/** Every address of a host name, or the error of looking it up. */
export type ResolveHost = (
  hostname: string,
  answer: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

/** Where a call is to go, read once from its origin. */
export type EgressTarget = {
  readonly url: URL;
  /** As in the URL, without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  /** `listed`: the operator allowed this host and port. `public`: only global-unicast addresses may be dialled. */
  readonly trust: 'listed' | 'public';
};

export type EgressGuard = {
  /** Reads an origin. @throws GatewayError `egress.blocked` when nothing behind it may be dialled */
  readonly judge: (origin: string) => EgressTarget;
  /** The `lookup` of the target's sockets: what it answers is what is dialled, so what it refuses never is. */
  readonly lookupFor: (target: EgressTarget) => LookupFunction;
  /** Resolves and judges a target that a proxy will dial. @throws GatewayError */
  readonly judgeForProxy: (target: EgressTarget) => Promise<void>;
};

const HOST_AND_PORT = /^(?:\[[0-9a-f:.]+\]|[^\s:/@?#[\]\\]+):\d{1,5}$/i;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** The machine's own resolver, as Node's sockets use it. */
export const systemResolve: ResolveHost = (hostname, answer) => {
  dns.lookup(hostname, { all: true, hints: dns.ADDRCONFIG }, (error, addresses) => {
    answer(error, error === null ? addresses : []);
  });
};

/**
 * Decides which addresses the hub may dial: global-unicast ones over https, and whatever the operator lists by exact host
 * and port. `allow` holds entries such as `127.0.0.1:11434`, `localhost:1234`, `[::1]:8080`.
 * @throws Error naming an entry that is not a host and a port
 */
export function createEgressGuard(options: {
  readonly allow: readonly string[];
  readonly resolve: ResolveHost;
}): EgressGuard {
  const listed = new Set(options.allow.map(canonicalHostPort));
  const { resolve } = options;
  return {
    judge: (origin) => judgeOrigin(origin, listed),
    lookupFor: (target) => (hostname, lookupOptions, callback) => {
      resolve(hostname, (error, addresses) => {
        const refusal = error ?? refusalOf(target, addresses);
        const usable = addresses.filter(({ family }) => familyFits(lookupOptions.family, family));
        const [first] = usable;
        if (refusal !== undefined) callback(refusal, '', 0);
        else if (first === undefined) callback(noAddress(target), '', 0);
        else if (lookupOptions.all === true) callback(null, usable);
        else callback(null, first.address, first.family);
      });
    },
    judgeForProxy: (target) =>
      new Promise((done, refuse) => {
        if (target.trust === 'listed' || isIP(target.hostname) !== 0) {
          done();
          return;
        }
        resolve(target.hostname, (error, addresses) => {
          const refusal = error === null ? refusalOf(target, addresses) : unresolved(target, error);
          if (refusal === undefined) done();
          else refuse(refusal);
        });
      }),
  };
}

/** The canonical spelling of an allow-list entry: `LOCALHOST:080` → `localhost:80`. @throws Error */
export function canonicalHostPort(entry: string): string {
  const url = HOST_AND_PORT.test(entry) ? URL.parse(`http://${entry}`) : null;
  if (url === null) throw new Error(`"${entry}" is not a host and a port, such as 127.0.0.1:11434`);
  return `${url.hostname}:${portOf(url)}`;
}

function judgeOrigin(origin: string, listed: ReadonlySet<string>): EgressTarget {
  const url = URL.parse(origin);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw blocked('The provider’s address is not an http or https address.');
  }
  if (url.username !== '' || url.password !== '') throw blocked('The provider’s address holds a user or a password.');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw blocked('The provider’s address has more than scheme, host and port.');
  }
  const hostname = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  const port = portOf(url);
  if (listed.has(`${url.hostname}:${port}`)) return { url, hostname, port, trust: 'listed' };
  if (url.protocol !== 'https:') {
    throw blocked(`Plain http to ${url.hostname}:${port} is not allowed.`);
  }
  // Sockets skip `lookup` for a literal address, so it is judged here.
  if (isIP(hostname) !== 0 && refusedRange(hostname) !== undefined) throw blockedHost(url.hostname, port);
  return { url, hostname, port, trust: 'public' };
}

/** One refused address among the answers refuses them all: a name that mixes them is not a provider's. */
function refusalOf(target: EgressTarget, addresses: readonly LookupAddress[]): GatewayError | undefined {
  if (target.trust === 'listed') return undefined;
  const bad = addresses.find(({ address }) => refusedRange(address) !== undefined);
  if (bad === undefined) return undefined;
  const cause = new Error(`${target.hostname} resolves to ${bad.address} (${String(refusedRange(bad.address))})`);
  return blockedHost(target.url.hostname, target.port, cause);
}

function unresolved(target: EgressTarget, cause: Error): GatewayError {
  const message = `${target.url.hostname} cannot be resolved here, so it cannot be judged before the proxy is asked.`;
  return new GatewayError('upstream.unreachable', { message, cause });
}

function noAddress(target: EgressTarget): GatewayError {
  const message = `${target.url.hostname} has no address.`;
  return new GatewayError('upstream.unreachable', { message });
}

function blockedHost(hostname: string, port: number, cause?: Error): GatewayError {
  return blocked(`The provider’s address ${hostname}:${port} is not allowed.`, cause);
}

function blocked(message: string, cause?: Error): GatewayError {
  return new GatewayError('egress.blocked', { message, cause });
}

function portOf(url: URL): number {
  return url.port === '' ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port);
}

function familyFits(wanted: number | string | undefined, family: number): boolean {
  if (wanted === 4 || wanted === 'IPv4') return family === 4;
  if (wanted === 6 || wanted === 'IPv6') return family === 6;
  return true;
}
