import { readFile } from 'node:fs/promises';
import { removeEnded } from '../identity/remove-ended.ts';
import { type Job, Scheduler } from '../jobs/scheduler.ts';
import { GatewayError } from '../kernel/errors.ts';
import { systemRepeat } from '../kernel/repeat.ts';
import { charge } from '../metering/charge.ts';
import { isCountedInTokens } from '../metering/complete-usage.ts';
import { estimateOutputTokens, estimateTokensOfBytes } from '../metering/estimate.ts';
import { PLAIN_CONNECTION } from '../protocol/configuration.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { findLocalServers } from '../providers/local-servers.ts';
import { likelyChatModels } from '../providers/model-kinds.ts';
import { NO_FACTS } from '../providers/model-list.ts';
import type { Refreshed } from '../providers/models.ts';
import { createArchiveFolder } from '../records/archive.ts';
import { hasLeftJournals, type Recovered, recoverInterrupted } from '../records/recover.ts';
import { removeOldRecords } from '../records/retention.ts';
import { createRollUp, packEnded } from '../records/roll-up.ts';
import { replayLeftSpills } from '../records/spill-file.ts';
import { resolveModel } from '../routing/resolve.ts';
import { CHAT_MODEL, EMBEDDING_MODEL } from '../simulated/answers.ts';
import { removeCached } from './answer-cache.ts';
import { bootId } from './boot-id.ts';
import { catalogueServices } from './catalogue-services.ts';
import { keepPrices, pricedOf } from './control-services.ts';
import type { Core } from './core.ts';
import { owedGrantJobs } from './customer-services.ts';
import { filmJobs } from './film-jobs.ts';
import { ledgerJobs } from './ledger-jobs.ts';
import { endCallsOf, endLeftCalls } from './limits.ts';
import { notificationJobs } from './notifications.ts';
import { paymentKitJobs } from './payment-kit.ts';
import { paymentJobs } from './payments.ts';
import { refreshPrices } from './price-rule-services.ts';
import { starterJobs } from './starter-credits.ts';
import { endStrayHolds, releaseHoldsOf } from './stray-holds.ts';

const MINUTE_MS = 60_000;
const CATALOGUE_MS = 24 * 60 * MINUTE_MS;
const PRICES_MS = 6 * 60 * MINUTE_MS;
/** How often it is looked whether a credential that was set aside is due for a test. */
const RECHECK_MS = 30_000;
const ROTATION_MS = 60 * MINUTE_MS;
const HELD_MS = 60 * MINUTE_MS;
const ENDED_MS = 60 * MINUTE_MS;
const CONTENTS_MS = 10 * MINUTE_MS;
const IDEMPOTENCY_MS = 60 * MINUTE_MS;
const LIMITS_MS = 15_000;
const SWEEP_MS = 5 * MINUTE_MS;
const ROLLUP_MS = 5000;
const PACK_MS = 10 * MINUTE_MS;
const RETENTION_MS = 60 * MINUTE_MS;
/** After every connection of the operator's. */
const FOUND_POSITION = 5000;
const SIMULATED_POSITION = 9999;
const SIMULATED = 'simulated';

/**
 * What is done once for a data directory and not in each of its processes: bringing in what a crash left behind, finding
 * servers on this machine, the simulated provider's row, scheduled jobs.
 */
export class Keeper {
  readonly #core: Core;
  readonly #scheduler: Scheduler;
  #stopSweeping: (() => void) | undefined;

  constructor(core: Core) {
    this.#core = core;
    this.#scheduler = new Scheduler(jobsOf(core), {
      store: core.store.jobs,
      holder: core.instanceId,
      repeat: systemRepeat,
      onError: (job, error) => core.logger.warn({ err: error, job }, 'a scheduled job failed'),
    });
  }

  /**
   * Brings in what dead processes wrote aside, then turns the calls that died with them into records, and what those held
   * of their accounts' credit into charges.
   */
  async recover(isDead: (instanceId: string) => boolean): Promise<number> {
    const { found, instances } = await this.#recoverCalls(isDead);
    await endStrayHolds(this.#core);
    const boot = bootId();
    // Every call of these that had left is on record: of the others nobody bills anything.
    const told = instances.filter(({ bootId: written }) => written !== undefined && written === boot);
    for (const { id } of told) await releaseHoldsOf(this.#core, id);
    for (const { id } of instances) {
      await endCallsOf(id, this.#core);
      await this.#core.callsOnce.endLeasesOf(id);
      await this.#core.store.jobs.releaseOf(id);
    }
    return found;
  }

  async #recoverCalls(isDead: (instanceId: string) => boolean): Promise<Recovered> {
    const { paths, store, snapshot, logger } = this.#core;
    await replayLeftSpills(paths.journal, isDead, store.records.commit);
    if (!hasLeftJournals(paths.journal)) return { found: 0, instances: [] };
    const recovered = await recoverInterrupted({
      directory: paths.journal,
      store: store.records,
      isDead,
      estimate: ({ requestBytes, output, record: { operation } }) => {
        const deliveredTokens = output === undefined ? 0 : estimateOutputTokens(output);
        if (!isCountedInTokens(operation)) return { usage: NO_USAGE, deliveredTokens };
        const inputTokens = Math.max(1, estimateTokensOfBytes(requestBytes));
        const outputTokens = operation === 'embeddings' ? undefined : deliveredTokens;
        return { usage: { ...NO_USAGE, inputTokens, outputTokens }, deliveredTokens };
      },
      charge: (record, usage) => {
        const { providerId, routedModel, connectionId } = record;
        const unpriced = { costNano: undefined, rateCard: undefined };
        if (providerId === undefined || routedModel === undefined) return unpriced;
        const connection = snapshot.current.connections.find(({ id }) => id === connectionId);
        const card = snapshot.current.resolveCard({
          providerId,
          upstreamModel: routedModel,
          isLocal: connection?.isLocal ?? false,
          at: record.startedAt,
        });
        if (card === undefined) return unpriced;
        return { costNano: charge(card, { usage, at: record.startedAt }).costNano, rateCard: card.card };
      },
    });
    const { found } = recovered;
    if (found > 0) logger.warn({ requests: found }, 'requests that a stop cut short were written down as interrupted');
    return recovered;
  }

  /** Sees to it that the simulated provider has its row, at the port where it listens now. */
  async prepareSimulated(origin: string | undefined): Promise<void> {
    const { store, tenant, clock, newId } = this.#core;
    if (origin === undefined) return;
    const baseUrl = `${origin}/v1`;
    const known = await store.connections.findByName(tenant, SIMULATED);
    if (known !== undefined) {
      if (known.providerId === SIMULATED && known.baseUrl !== baseUrl)
        await store.connections.update(tenant, known.id, { baseUrl });
      return;
    }
    const now = clock.now();
    const id = newId('conn');
    await store.connections.insert(tenant, {
      ...tenant,
      ...PLAIN_CONNECTION,
      id,
      name: SIMULATED,
      providerId: SIMULATED,
      baseUrl,
      enabled: true,
      newModelPolicy: 'enabled',
      position: SIMULATED_POSITION,
      source: 'found',
      createdAt: now,
      updatedAt: now,
      refreshedAt: now,
      refreshError: undefined,
    });
    const found = [CHAT_MODEL, EMBEDDING_MODEL].map((upstreamModel) => ({ upstreamModel, facts: NO_FACTS }));
    await store.models.reconcile(tenant, {
      connectionId: id,
      found,
      origin: 'catalogue',
      state: 'enabled',
      seenAt: now,
      newId: () => newId('mdl'),
    });
  }

  /** Applies the catalogue file that the settings name, before anything is declared with its providers. */
  async applyCatalogueFile(): Promise<void> {
    const { catalogue, settings, logger } = this.#core;
    const { file } = settings.catalogue;
    if (file === undefined) return;
    const { added, changed } = await catalogue.apply(await readFile(file, 'utf8'), file);
    if (added.length + changed.length > 0)
      logger.info({ file, added, changed: changed.length }, 'catalogue file applied');
  }

  /** Connects the model servers that answer on their usual addresses on this machine. Returns their names. */
  async connectLocalServers(): Promise<readonly string[]> {
    const { catalogue, http, store, tenant, connections, logger } = this.#core;
    const servers = await findLocalServers({ entries: catalogue.current().entries, http });
    const rows = await store.connections.list(tenant);
    const connected: string[] = [];
    for (const { entry, baseUrl } of servers) {
      if (rows.some((row) => row.baseUrl === baseUrl || row.name === entry.id)) continue;
      await connections.connect(tenant, { providerId: entry.id, baseUrl, source: 'found', position: FOUND_POSITION });
      logger.info(
        { provider: entry.id, baseUrl },
        'found on this machine and connected; discovery.localServers: false switches this off',
      );
      connected.push(entry.name);
    }
    return connected;
  }

  /** Prices for whatever is on offer and has none. */
  async seedPrices(): Promise<void> {
    await keepPrices(this.#core, []);
  }

  startJobs(): Promise<void> {
    // Generated files lie in this data directory, so no other instance deletes them.
    this.#stopSweeping ??= systemRepeat(() => this.#sweepMedia(), SWEEP_MS);
    return this.#scheduler.start();
  }

  #sweepMedia(): void {
    const { media, logger } = this.#core;
    media.sweep().catch((error: unknown) => logger.warn({ err: error }, 'generated files could not be deleted'));
  }

  async close(): Promise<void> {
    this.#stopSweeping?.();
    await this.#scheduler.close();
    await this.#core.rotation.close();
  }
}

function jobsOf(core: Core): readonly Job[] {
  const { connections, snapshot, rotation, settings } = core;
  return [
    {
      name: 'models.refresh',
      everyMs: settings.discovery.refreshMinutes * MINUTE_MS,
      run: async (signal) => {
        const refreshed: Refreshed[] = [];
        for (const tenant of tenantsOf(core)) {
          if (signal.aborted) break;
          refreshed.push(...pricedOf(tenant, await connections.refreshAll(tenant, signal)));
        }
        await snapshot.refresh();
        await keepPrices(core, refreshed);
      },
    },
    {
      name: 'credentials.recheck',
      everyMs: RECHECK_MS,
      run: async (signal) => {
        let restored = 0;
        for (const tenant of tenantsOf(core)) {
          if (signal.aborted) break;
          restored += (await connections.recheckSetAside(tenant, signal)).restored;
        }
        if (restored > 0) await snapshot.refresh();
      },
    },
    ...catalogueJobs(core),
    { name: 'prices.refresh', everyMs: PRICES_MS, run: () => lookAtPrices(core) },
    {
      name: 'held.expire',
      everyMs: HELD_MS,
      run: async () => void (await core.store.heldIds.removeExpired(core.clock.now())),
    },
    {
      name: 'accounts.remove-ended',
      everyMs: ENDED_MS,
      run: () => removeEnded(core.store, core.clock.now()),
    },
    { name: 'contents.expire', everyMs: CONTENTS_MS, run: (signal) => core.contents.removeExpired(signal) },
    { name: 'idempotency.expire', everyMs: IDEMPOTENCY_MS, run: () => core.idempotency.removeExpired() },
    { name: 'calls.expire', everyMs: CONTENTS_MS, run: (signal) => core.callsOnce.removeExpired(signal) },
    { name: 'cache.expire', everyMs: CONTENTS_MS, run: (signal) => removeCached(core, signal) },
    ...ledgerJobs(core),
    ...starterJobs(core),
    ...paymentJobs(core),
    ...paymentKitJobs(core),
    ...owedGrantJobs(core),
    ...filmJobs(core),
    { name: 'usage.roll-up', everyMs: ROLLUP_MS, run: createRollUp(core.store.usageRollups) },
    {
      name: 'usage.pack',
      everyMs: PACK_MS,
      run: (signal) => packEnded(core.store.usagePacks, core.clock.now(), signal),
    },
    { name: 'limits.left', everyMs: LIMITS_MS, run: () => endLeftCalls(core, core.clock.now()) },
    ...notificationJobs(core),
    ...retentionJobs(core),
    { name: 'vault.rotation', everyMs: ROTATION_MS, run: () => rotation.resume() },
  ];
}

/** Whoever has connections that calls may use, the operator first. */
function tenantsOf({ snapshot, tenant }: Core): readonly Tenant[] {
  const found = new Map([[tenant.projectId, tenant]]);
  for (const { organizationId, projectId } of snapshot.current.connections) {
    if (!found.has(projectId)) found.set(projectId, { organizationId, projectId });
  }
  return [...found.values()];
}

function retentionJobs({ store, settings, clock, logger }: Core): readonly Job[] {
  const { keepDays, archiveDir } = settings.records;
  if (keepDays === undefined) return [];
  const archive = archiveDir === undefined ? undefined : createArchiveFolder(archiveDir);
  let saidAt = 0;
  const onProgress = ({ removed, upTo }: { readonly removed: number; readonly upTo: number }): void => {
    if (clock.now() - saidAt < MINUTE_MS) return;
    saidAt = clock.now();
    logger.info({ removed, up_to: new Date(upTo).toISOString() }, 'old records are being deleted');
  };
  const deps = { store: store.recordRetention, archive, days: keepDays, now: clock.now, onProgress };
  return [{ name: 'records.retention', everyMs: RETENTION_MS, run: (signal) => removeOldRecords(deps, signal) }];
}

/** A catalogue that the operator names by address is looked at once a day. */
function catalogueJobs(core: Core): readonly Job[] {
  const { url } = core.settings.catalogue;
  if (url === undefined) return [];
  const run = async (): Promise<void> => {
    const { added, changed } = await catalogueServices(core).apply({ kind: 'url', url });
    if (added.length + changed.length > 0)
      core.logger.info({ url, added, changed: changed.length }, 'catalogue applied');
  };
  return [{ name: 'catalogue.refresh', everyMs: CATALOGUE_MS, run }];
}

/** Says what a look at the catalogue of prices found that somebody has to decide. */
async function lookAtPrices(core: Core): Promise<void> {
  const { added, proposed } = await refreshPrices(core);
  if (added + proposed > 0) core.logger.info({ added, proposed }, 'the catalogue of prices was looked at');
}

/** A model that a first request can be tried with, by the name to call it by. */
export function modelToTry(core: Core): { readonly name: string; readonly isSimulated: boolean } | undefined {
  const { directory } = core.snapshot.current;
  const names = likelyChatModels([...directory.byCanonical.keys()]);
  for (const name of names) {
    try {
      const [first] = resolveModel({ directory, denialOf: undefined }, { model: name, operation: 'chat' });
      if (first !== undefined && first.endpoints.has('chat')) {
        return { name, isSimulated: first.connection.simulated };
      }
    } catch (error) {
      // A name that cannot be called is no name to suggest.
      if (!(error instanceof GatewayError)) throw error;
    }
  }
  return undefined;
}
