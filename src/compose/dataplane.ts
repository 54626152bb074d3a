import { SharedAnswers } from '../dataplane/aigne/shared-answers.ts';
import { originOf } from '../dataplane/browser-pages.ts';
import { CallGate } from '../dataplane/call-gate.ts';
import { DataplaneEdge } from '../dataplane/edge.ts';
import { createInlineMedia } from '../dataplane/inline-media.ts';
import type { JournalDeps } from '../dataplane/journal.ts';
import type { Authenticate, MeterPort } from '../dataplane/ports.ts';
import { BodyBudget } from '../dataplane/read-body.ts';
import { NO_REASONING_STORE } from '../dataplane/reasoning-store.ts';
import { createAuthenticator, keyFromHeaders } from '../identity/authenticate.ts';
import type { LastUsed } from '../identity/last-used.ts';
import { GatewayError } from '../kernel/errors.ts';
import { createIdMaker } from '../kernel/ids.ts';
import { systemDelay, systemRepeat } from '../kernel/repeat.ts';
import { chargedCard } from '../metering/price-report.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { SealedCredential } from '../protocol/deployment.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { RecordCommitter } from '../records/committer.ts';
import { ContentKeeper } from '../records/content-keeper.ts';
import { InFlightJournal } from '../records/inflight-journal.ts';
import { SpillFile } from '../records/spill-file.ts';
import { Router, type RouterDeps } from '../routing/router.ts';
import { createCredentialPool } from '../upstream/credential-pool.ts';
import { createMediaFetch } from '../upstream/fetch-media.ts';
import { composeAnswerCache } from './answer-cache.ts';
import { bootId } from './boot-id.ts';
import { composeCallsOnce } from './calls-once.ts';
import { createClientAddress } from './client-address.ts';
import { ANY_ORIGIN } from './compile-access.ts';
import { reachOf } from './compile-snapshot.ts';
import { breathe, createContentSeal } from './contents.ts';
import type { Core } from './core.ts';
import { composeCredit } from './credit.ts';
import { termsOf } from './credit-terms.ts';
import { composeGuardrails } from './guardrails.ts';
import { busOfStore, NOBODY_ELSE } from './health-between-processes.ts';
import { composeLimits, renewCounts } from './limits.ts';
import { createPublicAddress } from './public-address.ts';
import { composeUsageReads } from './usage-reads.ts';

const USES_FLUSH_MS = 5000;

export type DataplaneInput = { readonly core: Core; readonly metrics: Metrics; readonly lastUsed: LastUsed };

/** Counts requests as they end, and tells of what is wrong. */
function noteEnds({ logger }: Core, metrics: Metrics): JournalDeps['onEnd'] {
  return (exchange, outcome, error) => {
    if (outcome === undefined) metrics.countRefused(exchange.operation, error?.status ?? 200);
    else metrics.countOutcome(outcome);
    if (error?.code === 'internal.bug') logger.error({ requestId: exchange.requestId, err: error.cause }, 'a bug');
    else if (error !== undefined)
      logger.debug({ requestId: exchange.requestId, code: error.code, cause: error.cause }, 'request failed');
  };
}

/** Writes now and then when each credential was used. */
function flushUsesOf(credentials: ReturnType<typeof openCredentials>, { store, logger }: Core) {
  const flushUses = (): Promise<void> => store.credentials.noteUses(credentials.drainUses());
  const stopFlushing = systemRepeat(() => {
    flushUses().catch((error: unknown) => logger.debug({ err: error }, 'uses of credentials could not be written'));
  }, USES_FLUSH_MS);
  return { flushUses, stopFlushing };
}

/** Joins the stages into the data plane of one process. */
export async function composeDataplane({ core, metrics, lastUsed }: DataplaneInput) {
  const { settings, store, clock, newId, logger, snapshot, instanceId } = core;
  const committer = openCommitter(core, metrics);
  const contents = openContents(core, metrics);
  const journal = new InFlightJournal({ directory: core.paths.journal, instanceId, bootId: bootId() });
  const credentials = openCredentials(core, metrics);
  const { router, stopListening } = openRouter(core, credentials.coolForMs);
  const { flushUses, stopFlushing } = flushUsesOf(credentials, core);
  const stopRenewing = renewCounts(core);
  const credit = composeCredit(core, () => committer.distrustStore());
  const once = composeCallsOnce(core);
  const cache = await composeAnswerCache(core);
  const fetchGiven = createMediaFetch(core.netOf('public').send);
  const fetchFromOperators = createMediaFetch(core.netOf('operator').send);
  const publicAddress = createPublicAddress({ ...settings, isTls: settings.tls.kind !== 'off' });

  const edge = new DataplaneEdge({
    clock,
    newId,
    instanceId,
    clientAddress: createClientAddress(settings.trustedProxies),
    snapshot: () => snapshot.current,
    authenticate: composeAuthenticate(core, lastUsed, publicAddress),
    meter: composeMeter(core, metrics),
    records: {
      isAccepting: () => committer.isAccepting,
      commit: (outcome) => committer.commit(outcome),
      begin: (outcome) => journal.begin(outcome),
    },
    newWireId: createIdMaker(clock.now),
    media: core.media,
    waiting: {
      shared: new SharedAnswers({ after: systemDelay }),
      every: (intervalMs, tick) => systemRepeat(tick, intervalMs),
    },
    guardrails: composeGuardrails(core, metrics),
    limits: composeLimits(core),
    credit: credit.port,
    once: once.port,
    cache: cache.port,
    publicModels: settings.publicModels,
    pathPrefix: settings.pathPrefix,
    held: store.heldIds,
    contents,
    usage: composeUsageReads(core),
    reasoning: NO_REASONING_STORE,
    inlineMedia: createInlineMedia(fetchGiven),
    fetchGiven,
    fetchMade: (reach) => (reach === 'operator' ? fetchFromOperators : fetchGiven),
    publicAddress,
    sendWithin: (reach) => core.netOf(reach).send,
    credentials,
    router,
    timeouts: settings.timeouts,
    responseBytesMax: settings.limits.responseBytes,
    gate: new CallGate({ runningMax: settings.limits.calls, waitingMax: settings.limits.waitingCalls }, systemDelay),
    budget: new BodyBudget(settings.limits.bufferedBytes),
    bodyBytesMax: settings.limits.bodyBytes,
    jsonLimits: { depthMax: settings.limits.jsonDepth, keysPerObjectMax: settings.limits.jsonKeys },
    onEnd: noteEnds(core, metrics),
    onBug: (error, requestId) => logger.error({ requestId, err: error.cause ?? error }, 'a bug'),
  });
  return {
    edge,
    committer,
    credentials,
    router,
    close: async () => {
      edge.close();
      stopFlushing();
      stopRenewing();
      stopListening();
      await committer.close();
      await once.close();
      await cache.close();
      await credit.close();
      await contents.close();
      journal.close();
      await flushUses();
    },
  };
}

/** The credentials of all connections; one that its provider refuses is written down as set aside. */
function openCredentials(core: Core, metrics: Metrics): ReturnType<typeof createCredentialPool> {
  const { clock, logger } = core;
  return createCredentialPool({
    clock,
    awsOf: ({ organizationId }) => core.awsOf(reachOf(organizationId)),
    open: (credential) => openCredential(core, metrics, credential),
    onSetAside: async (credentialId, reason) => {
      try {
        const tenant = tenantOf(core, credentialId);
        if (tenant !== undefined) await core.connections.setAside(tenant, credentialId, reason);
      } catch (error) {
        logger.warn({ err: error, credentialId }, 'a credential could not be set aside');
        throw error;
      }
    },
  });
}

/** Decides which deployment is called; what it sees of them goes to the log and to the other processes of the hub. */
function openRouter({ clock, logger, store, instanceId, healthBus }: Core, coolForMs: RouterDeps['coolForMs']) {
  const onError = (error: unknown): void => logger.debug({ err: error }, 'other processes could not be told');
  const bus = store.signals === undefined ? (healthBus ?? NOBODY_ELSE) : busOfStore(store.signals, instanceId, onError);
  const router = new Router({
    clock,
    coolForMs,
    onChange: (change) => {
      const { key: deployment, openForMs } = change;
      if (openForMs === undefined) logger.info({ deployment }, 'a deployment works again');
      else logger.warn({ deployment, openForMs: Math.round(openForMs) }, 'a deployment fails and is passed over');
      bus.tell(change);
    },
  });
  return { router, stopListening: bus.listen((change) => router.health.take(change)) };
}

/** Makes records durable: in the store, or aside while it does not answer. */
function openCommitter({ store, paths, clock, logger, instanceId }: Core, metrics: Metrics): RecordCommitter {
  return new RecordCommitter({
    store: store.records,
    pingStore: () => store.ping(),
    spill: new SpillFile(paths.spillOf(instanceId)),
    refused: new SpillFile(paths.refusedOf(instanceId)),
    onRefused: (recordId, cause) => {
      logger.error({ recordId, err: cause }, 'the store refused a record; it is kept in the journal folder');
    },
    clock,
    onStoreState: (state, cause) => {
      metrics.dependency.set({ name: 'store' }, state === 'answering' ? 1 : 0);
      if (state === 'answering') logger.info('the store answers again; what was written aside has been brought in');
      else logger.error({ cause }, 'the store does not answer; records are written aside');
    },
  });
}

function openContents({ store, vault, logger }: Core, metrics: Metrics): ContentKeeper {
  return new ContentKeeper({
    store: store.contents,
    seal: createContentSeal(vault).seal,
    breathe,
    onLost: (count, why, cause) => {
      metrics.contentsLost.inc({ why }, count);
      if (why === 'store') logger.warn({ err: cause, count }, 'contents of requests could not be stored');
    },
  });
}

function openCredential({ vault }: Core, metrics: Metrics, credential: SealedCredential): string {
  const { id, organizationId, sealed, baseUrl } = credential;
  try {
    return vault.open(sealed, { organizationId, table: 'credentials', rowId: id, field: 'secret', baseUrl });
  } catch (error) {
    // Counted here and not by requests: one that another credential could serve did not fail.
    metrics.decryptFailures.inc();
    throw error;
  }
}

/** Whose credential it is; `undefined` where it is in use no longer. */
function tenantOf({ snapshot }: Core, credentialId: string): Tenant | undefined {
  for (const { credentials } of snapshot.current.connections) {
    const found = credentials.find(({ id }) => id === credentialId);
    if (found !== undefined) return { organizationId: found.organizationId, projectId: found.projectId };
  }
  return undefined;
}

function composeAuthenticate(
  { hashKey, snapshot, clock }: Core,
  lastUsed: LastUsed,
  publicAddress: ReturnType<typeof createPublicAddress>,
): Authenticate {
  const authenticate = createAuthenticator(hashKey);
  return ({ request, clientAddress }) => {
    const { keysByHash, accessOf } = snapshot.current;
    const nowMs = clock.now();
    const { principal, surroundings } = authenticate({
      secret: keyFromHeaders(request.headers),
      keys: keysByHash,
      surroundingsOf: accessOf,
      nowMs,
    });
    const { allowsAddress, allowedOrigins, models, contentRule } = surroundings;
    if (allowsAddress !== undefined && !allowsAddress(clientAddress))
      throw new GatewayError('auth.address_not_allowed');
    const origin = originOf(request);
    if (origin !== undefined && !isAllowed(origin, allowedOrigins) && !isOwn(origin, publicAddress(request))) {
      throw new GatewayError('auth.origin_not_allowed');
    }
    lastUsed.note(principal.keyId, nowMs);
    return { principal, access: models, contentRule };
  };
}

function isAllowed(origin: string, allowed: readonly string[] | undefined): boolean {
  return allowed !== undefined && (allowed.includes(origin) || allowed.includes(ANY_ORIGIN));
}

/** Whether the page is one of the hub's own: its origin is the address without the path. */
function isOwn(origin: string, address: string): boolean {
  return URL.canParse(address) && new URL(address).origin === origin;
}

function composeMeter({ snapshot }: Core, metrics: Metrics): MeterPort {
  const cardOf: MeterPort['cardOf'] = ({ connection: { providerId, isLocal }, upstreamModel }, at) =>
    snapshot.current.resolveCard({ providerId, upstreamModel, isLocal, at });
  return {
    cardOf,
    isPaidWithCredit: () => snapshot.current.charging !== undefined,
    shownCardOf: (deployment, organizationId, at) => {
      if (snapshot.current.charging === undefined) return cardOf(deployment, at)?.card;
      const terms = termsOf(snapshot.current, deployment, { organizationId, at });
      return terms && chargedCard(terms);
    },
    noteAnomalies: (anomalies) => {
      metrics.unbelievable.inc();
      for (const kind of anomalies) metrics.anomalies.inc({ kind });
    },
  };
}
