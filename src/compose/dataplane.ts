import { SharedAnswers } from '../dataplane/aigne/shared-answers.ts';
import { DataplaneEdge } from '../dataplane/edge.ts';
import { createInlineMedia } from '../dataplane/inline-media.ts';
import type { Authenticate, MeterPort } from '../dataplane/ports.ts';
import { BodyBudget } from '../dataplane/read-body.ts';
import { NO_REASONING_STORE } from '../dataplane/reasoning-store.ts';
import { createAuthenticator, keyFromHeaders } from '../identity/authenticate.ts';
import type { LastUsed } from '../identity/last-used.ts';
import { createIdMaker } from '../kernel/ids.ts';
import { systemDelay, systemRepeat } from '../kernel/repeat.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { SealedCredential } from '../protocol/deployment.ts';
import { RecordCommitter } from '../records/committer.ts';
import { InFlightJournal } from '../records/inflight-journal.ts';
import { SpillFile } from '../records/spill-file.ts';
import { createCredentialPool } from '../upstream/credential-pool.ts';
import { createMediaFetch } from '../upstream/fetch-media.ts';
import { createClientAddress } from './client-address.ts';
import type { Core } from './core.ts';
import { createPublicAddress } from './public-address.ts';

const USES_FLUSH_MS = 5000;

export type DataplaneInput = { readonly core: Core; readonly metrics: Metrics; readonly lastUsed: LastUsed };

/** Joins the stages into the data plane of one process. */
export function composeDataplane({ core, metrics, lastUsed }: DataplaneInput) {
  const { settings, store, clock, newId, logger, snapshot, instanceId, tenant } = core;
  const committer = new RecordCommitter({
    store: store.records,
    pingStore: () => store.ping(),
    spill: new SpillFile(core.paths.spillOf(instanceId)),
    refused: new SpillFile(core.paths.refusedOf(instanceId)),
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
  const journal = new InFlightJournal({ directory: core.paths.journal, instanceId });
  const credentials = createCredentialPool({
    clock,
    aws: core.aws,
    open: (credential) => openCredential(core, metrics, credential),
    onSetAside: async (credentialId, reason) => {
      try {
        await core.connections.setAside(tenant, credentialId, reason);
      } catch (error) {
        logger.warn({ err: error, credentialId }, 'a credential could not be set aside');
        throw error;
      }
    },
  });
  const flushUses = (): Promise<void> => store.credentials.noteUses(credentials.drainUses());
  const stopFlushing = systemRepeat(() => {
    flushUses().catch((error: unknown) => logger.debug({ err: error }, 'uses of credentials could not be written'));
  }, USES_FLUSH_MS);

  const fetchGiven = createMediaFetch(core.publicNet.send);

  const edge = new DataplaneEdge({
    clock,
    newId,
    instanceId,
    clientAddress: createClientAddress(settings.trustedProxies),
    snapshot: () => snapshot.current,
    authenticate: composeAuthenticate(core, lastUsed),
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
    publicModels: settings.publicModels,
    pathPrefix: settings.pathPrefix,
    held: store.heldIds,
    reasoning: NO_REASONING_STORE,
    inlineMedia: createInlineMedia(fetchGiven),
    fetchGiven,
    fetchMedia: createMediaFetch(core.upstream.send),
    publicAddress: createPublicAddress({ ...settings, isTls: settings.tls.kind !== 'off' }),
    send: core.upstream.send,
    credentials,
    timeouts: settings.timeouts,
    responseBytesMax: settings.limits.responseBytes,
    budget: new BodyBudget(settings.limits.bufferedBytes),
    bodyBytesMax: settings.limits.bodyBytes,
    jsonLimits: { depthMax: settings.limits.jsonDepth, keysPerObjectMax: settings.limits.jsonKeys },
    onEnd: (exchange, outcome, error) => {
      if (outcome === undefined) metrics.countRefused(exchange.operation, error?.status ?? 200);
      else metrics.countOutcome(outcome);
      if (error?.code === 'internal.bug') logger.error({ requestId: exchange.requestId, err: error.cause }, 'a bug');
      else if (error !== undefined)
        logger.debug({ requestId: exchange.requestId, code: error.code, cause: error.cause }, 'request failed');
    },
    onBug: (error, requestId) => logger.error({ requestId, err: error.cause ?? error }, 'a bug'),
  });
  return {
    edge,
    committer,
    credentials,
    close: async () => {
      edge.close();
      stopFlushing();
      await committer.close();
      journal.close();
      await flushUses();
    },
  };
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

function composeAuthenticate({ hashKey, snapshot, clock }: Core, lastUsed: LastUsed): Authenticate {
  const authenticate = createAuthenticator(hashKey);
  return (headers) => {
    const { keysByHash, allowLists } = snapshot.current;
    const nowMs = clock.now();
    const principal = authenticate({ secret: keyFromHeaders(headers), keys: keysByHash, nowMs });
    lastUsed.note(principal.keyId, nowMs);
    return { principal, mayCall: allowLists.get(principal.keyId) };
  };
}

function composeMeter({ snapshot }: Core, metrics: Metrics): MeterPort {
  return {
    cardOf: ({ connection, upstreamModel }, at) =>
      snapshot.current.resolveCard({
        providerId: connection.providerId,
        upstreamModel,
        isLocal: connection.isLocal,
        at,
      }),
    noteAnomalies: (anomalies) => {
      for (const kind of anomalies) metrics.anomalies.inc({ kind });
    },
  };
}
