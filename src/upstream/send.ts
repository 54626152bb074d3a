import type { SecureContext } from 'node:tls';
import type { Clock } from '../kernel/clock.ts';
import { GatewayError } from '../kernel/errors.ts';
import { createAgents } from './agents.ts';
import { createTlsContext } from './ca-bundle.ts';
import { CallInFlight } from './call-in-flight.ts';
import { createDeadlines } from './deadlines.ts';
import { createEgressGuard, type ResolveHost } from './egress-guard.ts';
import { transportFault } from './faults.ts';
import type {
  TransportFault,
  Upstream,
  UpstreamAnswer,
  UpstreamCall,
  UpstreamHandle,
  UpstreamListener,
} from './ports.ts';
import { createProxyRules, type ProxySettings } from './proxy-rules.ts';

export type UpstreamDeps = {
  /** The operator's allow-list: `host:port` entries that may be dialled wherever they lead, over plain http too. */
  readonly allow: readonly string[];
  /** `systemResolve`, or a resolver of the test's own. */
  readonly resolve: ResolveHost;
  readonly proxy: ProxySettings;
  /** PEM text of certificate authorities to trust besides the runtime's. */
  readonly extraCaPem: string | undefined;
  /** What the hub calls itself to providers. */
  readonly userAgent: string;
  readonly clock: Clock;
};

/**
 * Builds the one way out of the hub. No redirect is ever followed, and every connection is judged by the egress guard.
 * @throws Error naming an allow-list entry, a proxy setting or a CA certificate that cannot be read
 */
export function createUpstream(deps: UpstreamDeps): Upstream {
  const { clock, resolve } = deps;
  const tlsContext: SecureContext | undefined =
    deps.extraCaPem === undefined ? undefined : createTlsContext(deps.extraCaPem);
  const agents = createAgents({
    guard: createEgressGuard({ allow: deps.allow, resolve }),
    chooseProxy: createProxyRules(deps.proxy),
    tlsContext,
    clock,
  });
  const deadlines = createDeadlines(clock);

  const send = (call: UpstreamCall, listener: UpstreamListener): UpstreamHandle => {
    let agent: ReturnType<typeof agents.acquire>;
    try {
      agent = agents.acquire(call.origin);
    } catch (error) {
      return refuse(listener, transportFault(error, { phase: 'connect', hasHeaders: false }));
    }
    const inFlight = new CallInFlight(call, listener, { agent, release: agents.release, deadlines });
    inFlight.dispatch({
      path: call.path,
      method: call.method,
      headers: wireHeaders(call.headers, deps.userAgent),
      body: call.body ?? null,
    });
    return inFlight;
  };
  return {
    send,
    request: (call) => collect(send, call),
    setAllowed: (entries) => agents.retireAll(createEgressGuard({ allow: entries, resolve })),
    close: async () => {
      agents.stop();
      await deadlines.whenIdle();
      await agents.destroy();
      deadlines.stop();
    },
  };
}

/** Names and values in turn, which is how the HTTP client wants them. */
function wireHeaders(headers: Readonly<Record<string, string>>, userAgent: string): string[] {
  const flat = ['accept-encoding', 'identity', 'user-agent', userAgent];
  for (const [name, value] of Object.entries(headers)) flat.push(name, value);
  return flat;
}

/** A call that may not be sent at all; its listener hears of it once the caller has the handle. */
function refuse(listener: UpstreamListener, fault: TransportFault): UpstreamHandle {
  let given = true;
  queueMicrotask(() => {
    if (given) listener.onFault(fault);
  });
  const ignore = (): void => {};
  return {
    pause: ignore,
    resume: ignore,
    abort: () => {
      given = false;
    },
  };
}

function collect(send: Upstream['send'], call: UpstreamCall): Promise<UpstreamAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let start: Pick<UpstreamAnswer, 'status' | 'headers'> | undefined;
    send(call, {
      onHeaders: (status, headers) => {
        start = { status, headers };
      },
      onData: (chunk) => {
        chunks.push(chunk);
      },
      onEnd: () => {
        if (start === undefined)
          reject(new GatewayError('internal.bug', { cause: new Error('an end without headers') }));
        else resolve({ ...start, body: Buffer.concat(chunks) });
      },
      onFault: (fault) => {
        reject(new GatewayError(fault.code, { message: fault.message, cause: fault.cause }));
      },
    });
  });
}
