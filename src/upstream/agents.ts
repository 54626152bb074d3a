import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { buildConnector, Pool } from 'undici';
import type { Clock } from '../kernel/clock.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { EgressGuard, EgressTarget } from './egress-guard.ts';
import type { ChooseProxy } from './proxy-rules.ts';
import { createProxyTunnels, type ProxyTunnels } from './proxy-tunnel.ts';

/** Connections to one origin. HTTP/1.1 carries one call each, and a streamed answer may hold its own for minutes. */
const CONNECTIONS_PER_ORIGIN = 1024;
/** Calls to one origin that may wait for a connection. */
const WAITING_PER_ORIGIN = 1024;
/** Calls to one origin at a time; beyond, the hub has too much in hand. */
export const CALLS_PER_ORIGIN = CONNECTIONS_PER_ORIGIN + WAITING_PER_ORIGIN;
/** Providers' load balancers commonly close idle connections after 60 s or more; a shorter hint of theirs wins. */
const KEEP_ALIVE_MS = 60_000;
const KEEP_ALIVE_HINT_MAX_MS = 120_000;
/** Backstop for connections whose calls all gave up waiting: each call's own limit is meant to be shorter. */
const CONNECT_BACKSTOP_MS = 30_000;
const RESPONSE_HEADERS_MAX_BYTES = 32 * 1024;
/** A pool without calls for this long is closed. */
const POOL_UNUSED_MS = 10 * 60_000;
const SWEEP_INTERVAL_MS = 60_000;

/** The connections to one origin. */
export type Agent = {
  readonly pool: Pool;
  /** Calls begun and not ended. */
  calls: number;
  lastUsedMs: number;
  /**
   * True while a connection of this origin is being reset. undici takes a reset for the proper end of an answer that has
   * neither a length nor chunks; this tells the two apart.
   */
  isResetting: boolean;
};

type Agents = {
  /** Begins a call on the connections to an origin, judged before the first. @throws GatewayError `egress.blocked` */
  readonly acquire: (origin: string) => Agent;
  /** Ends a call begun by `acquire`. */
  readonly release: (agent: Agent) => void;
  /** Gives up all connections as their calls end: the rules by which they were judged have changed. */
  readonly retireAll: (guard: EgressGuard) => void;
  /** Takes no more calls. */
  readonly stop: () => void;
  /** Closes every connection, whatever it carries. */
  readonly destroy: () => Promise<void>;
};

type AgentsDeps = {
  readonly guard: EgressGuard;
  readonly chooseProxy: ChooseProxy;
  readonly tlsContext: SecureContext | undefined;
  readonly clock: Clock;
};

/** Keeps one pool of connections per origin. */
export function createAgents(deps: AgentsDeps): Agents {
  const tunnels = createProxyTunnels({ timeoutMs: CONNECT_BACKSTOP_MS });
  const agents = new Map<string, Agent>();
  const retired = new Set<Pool>();
  let guard = deps.guard;
  let stopped = false;
  let sweeper: NodeJS.Timeout | undefined;

  const retire = (origin: string, { pool }: Agent): void => {
    agents.delete(origin);
    retired.add(pool);
    void pool.close().finally(() => retired.delete(pool));
  };
  const sweep = (): void => {
    const unusedSince = deps.clock.monotonic() - POOL_UNUSED_MS;
    for (const [origin, agent] of agents) {
      if (agent.calls > 0 || agent.lastUsedMs > unusedSince) continue;
      retire(origin, agent);
    }
  };
  return {
    acquire: (origin) => {
      if (stopped) throw new GatewayError('hub.draining');
      let agent = agents.get(origin);
      if (agent === undefined) {
        agent = openAgent(guard.judge(origin), { guard, tunnels, deps });
        agents.set(origin, agent);
        sweeper ??= setInterval(sweep, SWEEP_INTERVAL_MS).unref();
      }
      if (agent.calls >= CALLS_PER_ORIGIN) throw new GatewayError('hub.overloaded');
      agent.calls += 1;
      return agent;
    },
    release: (agent) => {
      agent.calls -= 1;
      if (agent.calls === 0) agent.lastUsedMs = deps.clock.monotonic();
    },
    retireAll: (nextGuard) => {
      guard = nextGuard;
      for (const [origin, agent] of agents) retire(origin, agent);
    },
    stop: () => {
      stopped = true;
      clearInterval(sweeper);
    },
    destroy: async () => {
      for (const [origin, agent] of agents) retire(origin, agent);
      await Promise.all([...retired].map((pool) => pool.destroy()));
      await tunnels.close();
    },
  };
}

type OpenWith = { readonly guard: EgressGuard; readonly tunnels: ProxyTunnels; readonly deps: AgentsDeps };

function openAgent(target: EgressTarget, { guard, tunnels, deps }: OpenWith): Agent {
  const proxy = deps.chooseProxy(target);
  const toTarget = buildConnector({
    allowH2: false,
    timeout: CONNECT_BACKSTOP_MS,
    lookup: guard.lookupFor(target),
    ...(deps.tlsContext === undefined ? {} : { secureContext: deps.tlsContext }),
  });
  const connect: buildConnector.connector = (options, callback) => {
    const watched: buildConnector.Callback = (...result) => {
      const [error, socket] = result;
      if (error === null) watchForReset(socket, agent);
      callback(...result);
    };
    if (proxy === undefined) {
      toTarget(options, watched);
      return;
    }
    openThroughProxy().then(
      (httpSocket) => {
        if (options.protocol === 'https:') toTarget({ ...options, httpSocket }, watched);
        else watched(null, httpSocket);
      },
      (error: unknown) => watched(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
  const openThroughProxy = async (): Promise<Socket> => {
    if (proxy === undefined) throw new Error('there is no proxy for this target');
    await guard.judgeForProxy(target);
    return await tunnels.open(proxy, target);
  };
  const agent: Agent = {
    pool: new Pool(target.url.origin, {
      connect,
      allowH2: false,
      connections: CONNECTIONS_PER_ORIGIN,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_HINT_MAX_MS,
      maxHeaderSize: RESPONSE_HEADERS_MAX_BYTES,
      // The calls keep their own time on one shared tick, which costs less than undici's timers per request.
      headersTimeout: 0,
      bodyTimeout: 0,
    }),
    calls: 0,
    lastUsedMs: deps.clock.monotonic(),
    isResetting: false,
  };
  return agent;
}

/** Runs before undici's own listener, which may end an answer within the same event. */
function watchForReset(socket: Socket, agent: Agent): void {
  socket.prependListener('error', () => {
    agent.isResetting = true;
    queueMicrotask(() => {
      agent.isResetting = false;
    });
  });
}
