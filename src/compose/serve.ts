import type { IncomingMessage, Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { createControlPlane, handlerOf } from '../controlplane/app.ts';
import { transportOf } from '../controlplane/auth/transport.ts';
import { documentsOf } from '../controlplane/openapi/routes.ts';
import type { ControlServices } from '../controlplane/services.ts';
import { sessionTokenOf } from '../controlplane/session-cookie.ts';
import type { DataplaneEdge } from '../dataplane/edge.ts';
import { createLastUsed } from '../identity/last-used.ts';
import { systemRepeat } from '../kernel/repeat.ts';
import { createMetrics } from '../observability/metrics.ts';
import { createPages } from '../pages/serve-pages.ts';
import { loadCertificate, type ServerCertificate } from '../tls/certificate.ts';
import { selfSigned } from '../tls/self-signed.ts';
import { type CertificateHolder, watchCertificate } from '../tls/watch-certificate.ts';
import { type CallerServices, composeAccess } from './access.ts';
import { createPublicModels } from './callable-models.ts';
import { composeResources } from './control-services.ts';
import type { Core } from './core.ts';
import { composeDataplane } from './dataplane.ts';
import { createDiagnostics } from './diagnostics.ts';
import { composeGuests, type GuestServices } from './guests.ts';
import { createHubServer, type RouterInput, routeRequest } from './http-server.ts';
import { createOperations, type ReadyCheck } from './operations.ts';
import { createPublicPrices } from './public-prices.ts';
import { createServerStop } from './stop-server.ts';
import { createEncryptionCheck } from './strict-transport.ts';

const DASHBOARD_FOLDER = fileURLToPath(new URL('../../dashboard/dist', import.meta.url));
const DRAIN_LOOK_MS = 50;
/** How long answers that were ended at the deadline may take to be written down and sent. */
const LAST_WORDS_MS = 5000;

export type ServeInput = {
  readonly core: Core;
  /** The token of this start, by which the command line on this machine speaks to the hub. */
  readonly controlToken: string;
  readonly config: ControlServices['config'];
  readonly system: Pick<ControlServices['system'], 'info' | 'settings' | 'newAdminToken' | 'backup'>;
  /** Metrics of all processes together, where there are several; otherwise of this one. */
  readonly gatherMetrics: (own: () => Promise<string>) => Promise<string>;
};

export type Serving = Awaited<ReturnType<typeof serve>>;

/** Builds the planes of one process and listens. */
export async function serve(input: ServeInput) {
  const { core } = input;
  const { settings, logger, store } = core;
  const gauges = { openStreams: () => dataplane.edge.openStreams, openRequests: () => dataplane.edge.openCount };
  const metrics = createMetrics(gauges, core.charges);
  const usesOf = (touch: Parameters<typeof createLastUsed>[0]['touch']) =>
    createLastUsed({
      touch,
      repeat: systemRepeat,
      onError: (error) => logger.debug({ err: error }, 'last uses of keys could not be written'),
    });
  const lastUsed = usesOf(store.keys.touch);
  const managementKeysUsed = usesOf(store.managementKeys.touch);
  const dataplane = await composeDataplane({ core, metrics, lastUsed });
  metrics.dependency.set({ name: 'store' }, 1);
  const retain = ({ connections }: typeof core.snapshot.current): void => {
    dataplane.credentials.retain(connections);
    dataplane.router.retain(connections);
  };
  retain(core.snapshot.current);
  core.watchSnapshot(retain);
  await dataplane.committer.start();

  let isDraining = false;
  const undecryptable = watchUndecryptable(core);
  const ready = (): Promise<readonly ReadyCheck[]> =>
    readiness({ store, committer: dataplane.committer, undecryptable: undecryptable(), isDraining });
  const callers = composeAccess(core, input.controlToken, managementKeysUsed);
  const metricsText = () => input.gatherMetrics(() => metrics.registry.metrics());
  const system = { ...input.system, ...healthServices(core, ready), jobs: () => store.jobs.list() };
  const control = await createControlPlane({
    ...composeResources(core, dataplane.router),
    ...callers,
    newRequestId: () => core.newId('req'),
    now: core.clock.now,
    reportError: ({ requestId, error }) => logger.error({ requestId, err: error }, 'a control request failed'),
    config: input.config,
    system: { ...system, diagnostics: createDiagnostics({ core, system, metrics: metricsText }) },
  });
  const guests = composeGuests({ core, edge: dataplane.edge, lastUsed, callers });
  const operations = createOperations({
    ready,
    metrics: async () => ({ contentType: metrics.registry.contentType, text: await metricsText() }),
    mayReadMetrics: (request) => mayReadMetrics(core, request, callers),
    onError: (error) => logger.warn({ err: error }, 'health or metrics could not be answered'),
  });
  const route = routeRequest({
    pathPrefix: settings.pathPrefix,
    isEncrypted: createEncryptionCheck({ ...settings, isTls: settings.tls.kind !== 'off' }),
    dataplane: takenByEither(dataplane.edge, guests),
    operations,
    pages: createPages({
      base: settings.pathPrefix,
      state: async (request) => ({
        ...(await core.people.signIn.options()),
        transport: transportOf(request, callers),
      }),
      isSignedIn: (request) => sessionTokenOf(request, callers.reachedAt(request).isSecure) !== undefined,
      guests,
      ...shownToVisitors(core),
      onError: (error) => logger.warn({ err: error }, 'a page could not be shown'),
      documents: documentsOf(control),
      dashboardFolder: DASHBOARD_FOLDER,
    }),
    control: handlerOf(control),
  });
  const certificate = await certificateOf(core);
  const server = createHubServer({
    headerBytesMax: settings.limits.headerBytes,
    tls: certificate,
    newId: core.newId,
    onRequest: (request, response) => {
      if (isDraining) response.shouldKeepAlive = false;
      route(request, response);
    },
  });
  const stop = createServerStop(server);
  const stopWatching = watchFiles(core, server, certificate);
  await listen(server, settings.host, settings.port);
  core.listensOn(portOf(server));
  return {
    metrics,
    certificate,
    port: portOf(server),
    /** Stops taking requests, lets those under way end within the time, and makes everything durable. */
    drain: async () => {
      isDraining = true;
      await pause(settings.drain.graceMs);
      const closed = stop.stopListening();
      const { edge } = dataplane;
      const isQuiet = (): boolean => stop.closeIdle() && edge.openCount === 0;
      await until(isQuiet, settings.drain.timeoutMs);
      edge.stopAll();
      await until(isQuiet, LAST_WORDS_MS);
      server.closeAllConnections();
      await closed;
      stopWatching();
      await dataplane.close();
      await lastUsed.close();
      await managementKeysUsed.close();
    },
  };
}

/** What whoever is nobody may see, where the operator wants it. */
function shownToVisitors({ snapshot, tenant, clock }: Core) {
  const current = () => snapshot.current;
  return {
    publicModels: createPublicModels(current, tenant),
    publicPrices: createPublicPrices(current, clock.now),
  };
}

/** Calls of models are made with a key, or by visitors. */
function takenByEither(keyed: Pick<DataplaneEdge, 'handle'>, guests: GuestServices): RouterInput['dataplane'] {
  return (request, response, path) => keyed.handle(request, response, path) || guests.edge(request, response, path);
}

/** How many secrets no key at hand opens: as found at the start, and while there are any after every change since. */
function watchUndecryptable({ undecryptable, rotation, watchSnapshot, logger }: Core): () => number {
  let count = undecryptable;
  watchSnapshot(() => {
    if (count === 0) return;
    rotation.status().then(
      (status) => {
        count = status.undecryptable;
      },
      (error: unknown) => logger.warn({ err: error }, 'whether all secrets can be opened could not be looked at'),
    );
  });
  return () => count;
}

type ReadinessInput = {
  readonly store: Pick<Core['store'], 'ping'>;
  readonly committer: { readonly isAccepting: boolean };
  readonly undecryptable: number;
  readonly isDraining: boolean;
};

async function readiness({
  store,
  committer,
  undecryptable,
  isDraining,
}: ReadinessInput): Promise<readonly ReadyCheck[]> {
  const answering = await store.ping().then(
    () => ({ name: 'store', ok: true, message: undefined }),
    () => ({ name: 'store', ok: false, message: 'does not answer' }),
  );
  return [
    answering,
    {
      name: 'records',
      ok: committer.isAccepting,
      message: committer.isAccepting ? undefined : 'can be made durable nowhere',
    },
    {
      name: 'vault',
      ok: undecryptable === 0,
      message: undecryptable === 0 ? undefined : `${undecryptable} secrets cannot be opened with the master key`,
    },
    { name: 'accepting', ok: !isDraining, message: isDraining ? 'shutting down' : undefined },
  ];
}

function healthServices(
  core: Core,
  ready: () => Promise<readonly ReadyCheck[]>,
): Pick<ControlServices['system'], 'health' | 'checkHealth'> {
  const report = async (tenant: Core['tenant']) => {
    const checks = (await ready()).map(({ name, ok, message }) => ({
      name,
      state: ok ? ('ok' as const) : ('failed' as const),
      message,
    }));
    const views = await core.connections.listConnections(tenant);
    const connections = views
      .filter(({ connection }) => connection.enabled)
      .map(({ connection, credentials }) => {
        const aside = credentials.filter((credential) => credential.state === 'set_aside');
        const isDown = credentials.length > 0 && aside.length === credentials.length;
        const message = aside[0]?.stateReason ?? connection.refreshError;
        const state = isDown ? ('failed' as const) : message === undefined ? ('ok' as const) : ('degraded' as const);
        return { connectionId: connection.id, name: connection.name, state, message };
      });
    const all = [...checks, ...connections].map(({ state }) => state);
    const state = checks.some((check) => check.state === 'failed')
      ? ('failed' as const)
      : all.some((one) => one !== 'ok')
        ? ('degraded' as const)
        : ('ok' as const);
    return { state, checks, connections };
  };
  return {
    health: report,
    checkHealth: async (tenant) => {
      for (const { connection } of await core.connections.listConnections(tenant)) {
        if (connection.enabled) await core.connections.testConnection(tenant, connection.id);
      }
      return report(tenant);
    },
  };
}

async function mayReadMetrics(core: Core, request: IncomingMessage, callers: CallerServices): Promise<boolean> {
  const { access } = core.settings.metrics;
  if (access === 'open') return true;
  const address = request.socket.remoteAddress ?? '';
  if (access === 'loopback' && ['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(address)) return true;
  const authorization = request.headers.authorization ?? '';
  if (!authorization.startsWith('Bearer ')) return false;
  const actor = await callers.access.ofBearer(authorization.slice('Bearer '.length), callers.clientAddress(request));
  return actor?.kind === 'installation';
}

async function certificateOf({ settings, paths, clock }: Core): Promise<ServerCertificate | undefined> {
  switch (settings.tls.kind) {
    case 'off':
      return undefined;
    case 'files':
      return loadCertificate(settings.tls, clock.now());
    case 'self-signed': {
      const hosts = [...new Set([settings.host, 'localhost', '127.0.0.1', '::1'])].filter(
        (host) => host !== '0.0.0.0' && host !== '::',
      );
      return selfSigned({ hosts, dir: paths.secrets, nowMs: clock.now() });
    }
  }
}

function watchFiles(
  { settings, clock, logger }: Core,
  server: Server,
  current: ServerCertificate | undefined,
): () => void {
  if (settings.tls.kind !== 'files' || current === undefined || !('setSecureContext' in server)) return () => undefined;
  // A server that was made with TLS options is an https.Server, whose certificate can be replaced.
  const secure = server as Server & CertificateHolder;
  const watch = watchCertificate({
    files: settings.tls,
    current,
    server: secure,
    repeat: systemRepeat,
    now: clock.now,
    onReload: ({ fingerprint }) => logger.info({ fingerprint }, 'a new certificate is served'),
    onError: (error) => logger.error({ err: error }, 'the new certificate cannot be used; the old one is still served'),
  });
  return watch.close;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}

/** Waits until it is so, or until the time is up. */
async function until(isSo: () => boolean, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!isSo() && performance.now() < deadline) await pause(DRAIN_LOOK_MS);
}

function pause(ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
