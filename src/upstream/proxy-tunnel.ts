import type { Socket } from 'node:net';
import { Pool } from 'undici';
import { GatewayError } from '../kernel/errors.ts';
import type { EgressTarget } from './egress-guard.ts';

export type ProxyTunnels = {
  /** Opens a tunnel to the target through a proxy. @throws GatewayError `upstream.unreachable` */
  readonly open: (proxy: URL, target: EgressTarget) => Promise<Socket>;
  readonly close: () => Promise<void>;
};

/** Builds the connections to the operator's proxies; `timeoutMs` bounds the connection and the proxy's answer each. */
export function createProxyTunnels(options: { readonly timeoutMs: number }): ProxyTunnels {
  const pools = new Map<string, Pool>();
  return {
    open: async (proxy, target) => {
      let pool = pools.get(proxy.origin);
      if (pool === undefined) {
        pool = new Pool(proxy.origin, {
          allowH2: false,
          connectTimeout: options.timeoutMs,
          headersTimeout: options.timeoutMs,
        });
        pools.set(proxy.origin, pool);
      }
      return await openTunnel(pool, proxy, `${target.url.hostname}:${target.port}`);
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
      pools.clear();
    },
  };
}

async function openTunnel(pool: Pool, proxy: URL, authority: string): Promise<Socket> {
  const { statusCode, socket } = await pool
    .connect({ path: authority, headers: { host: authority, ...proxyAuthorization(proxy) } })
    .catch((cause: unknown) => {
      // A fault of its own kind: undici would take a plain socket error for one to be tried again without end.
      throw new GatewayError('upstream.unreachable', { message: 'The proxy could not be reached.', cause });
    });
  if (statusCode !== 200) {
    socket.on('error', ignoreAfterRefusal).destroy();
    throw new GatewayError('upstream.unreachable', { message: `The proxy answered ${statusCode} to CONNECT.` });
  }
  // undici types the tunnel as any duplex stream; over HTTP/1.1 it is the TCP or TLS socket itself.
  return socket as Socket;
}

/** The tunnel was refused and is being closed; what its socket still has to say changes nothing. */
function ignoreAfterRefusal(): void {}

function proxyAuthorization(proxy: URL): Record<string, string> {
  if (proxy.username === '' && proxy.password === '') return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
