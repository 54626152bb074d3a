import type { LimitsPort } from '../dataplane/call-limits.ts';
import { nanoUsd } from '../kernel/money.ts';
import { type Delay, systemDelay, systemRepeat } from '../kernel/repeat.ts';
import { type CompiledLimit, NO_LIMITS } from '../limits/applicable.ts';
import { MemoryCounters } from '../limits/memory-counters.ts';
import { OutageCounters } from '../limits/outage-counters.ts';
import type { CountedLimit, LimitCounters, RecordedUses, TakingCall, UsedBefore, UsedByCall } from '../limits/ports.ts';
import { noCounts, SharedCounters } from '../limits/shared-counters.ts';
import type { SharedCountsStore, StoredTake } from '../limits/shared-ports.ts';
import { NOTHING_USED, tokensOf } from '../limits/used.ts';
import { usedBefore } from '../limits/used-before.ts';
import type { CompiledRateCard } from '../metering/compile-rate-card.ts';
import type { PriceTerms } from '../metering/price-call.ts';
import type { Logger } from '../observability/logger.ts';
import type { Settings } from '../settings.ts';
import type { SnapshotHolder } from '../snapshot/holder.ts';
import type { Store } from '../storage/open-store.ts';
import { openRedis } from '../storage/redis/connection.ts';
import { createRedisCounts } from '../storage/redis/limit-counts.ts';
import type { HubSnapshot } from './compile-snapshot.ts';
import type { Core } from './core.ts';
import { termsOf } from './credit-terms.ts';
import { createPatience } from './in-time.ts';

type CountersInput = {
  readonly settings: Settings['counters'];
  readonly store: Pick<Store, 'limitUses' | 'projectReader' | 'sharedCounts'>;
  readonly snapshot: Pick<SnapshotHolder<HubSnapshot>, 'current' | 'refresh'>;
  readonly now: () => number;
  readonly logger: Logger;
};

/** The counts that this process has or shares: `counters` are those that are asked. */
export type ProcessCounters = {
  readonly counters: LimitCounters;
  readonly memory: MemoryCounters;
  /** There where several instances share a store of counts, which is `store`. */
  readonly shared: SharedCounters | undefined;
  readonly store: SharedCountsStore | undefined;
  /** Waits for what the store of counts has not been told yet. */
  readonly close: () => Promise<void>;
};

/** How long a call waits for a store of counts that answers nobody before it is refused. */
const SILENCE_MS = 1500;
/** How long it waits for its turn at one that answers others. */
const TAKE_WAIT_MS = 5000;
/** Well within the time for which what calls hold is good without a sign of life. */
const RENEW_MS = 20_000;

/** Counts which go on where those of the process before ended; `elsewhere` are those of another process of this machine. */
export async function openCounters(
  input: CountersInput,
  elsewhere: LimitCounters | undefined,
): Promise<ProcessCounters> {
  const { now, logger } = input;
  const before = (limit: CountedLimit): Promise<readonly UsedBefore[]> => usedUpToNow(limit, input);
  const memory = new MemoryCounters({ usedBefore: before });
  const redis = await openCountsInRedis(input);
  const store = redis?.store ?? input.store.sharedCounts;
  if (store === undefined)
    return { counters: elsewhere ?? memory, memory, shared: undefined, store, close: async () => undefined };
  const patiently = createPatience({ silenceMs: SILENCE_MS, longestMs: TAKE_WAIT_MS });
  const shared = new SharedCounters({
    store,
    usedBefore: before,
    inTime: (asked) => patiently(asked, noCounts),
    pause: (ms) => new Promise((resolve) => void systemDelay(ms, resolve)),
    now,
    onError: (error) => logger.warn({ err: error }, 'what calls used of their limits could not be written yet'),
  });
  const local = new MemoryCounters({ usedBefore: async () => [] });
  const { localPercent } = input.settings;
  const counters = new OutageCounters({ shared, local, localPercent, now: () => performance.now() });
  const close = async (): Promise<void> => {
    await shared.close();
    redis?.close();
  };
  return { counters, memory, shared, store, close };
}

async function openCountsInRedis({ settings, now, logger }: CountersInput) {
  const { redisUrl, redisPrefix: prefix } = settings;
  if (redisUrl === undefined) return undefined;
  const redis = await openRedis(redisUrl.reveal(), {
    now,
    note: ({ message, cause }) => logger.warn({ err: cause }, message),
  });
  return { store: createRedisCounts({ redis, prefix, now }), close: () => redis.disconnect() };
}

async function usedUpToNow(
  limit: CountedLimit,
  { store, snapshot, now }: CountersInput,
): Promise<readonly UsedBefore[]> {
  const compiled = await findLimit(limit, snapshot);
  if (compiled === undefined) return [];
  const projects = await store.projectReader.list(limit);
  const teams = new Map(projects.map(({ id, teamId }) => [id, teamId]));
  return await usedBefore(compiled, {
    reader: store.limitUses,
    now,
    isInCredit: () => snapshot.current.charging !== undefined,
    teamOf: (projectId) => teams.get(projectId),
    modelOf: (uses) => modelOf(uses, snapshot.current),
  });
}

/** Another process may have heard of a limit before this one has. */
async function findLimit(asked: CountedLimit, snapshot: CountersInput['snapshot']): Promise<CompiledLimit | undefined> {
  const find = (): CompiledLimit | undefined =>
    snapshot.current.limits
      .get(asked.organizationId)
      ?.limits.find(({ limit }) => limit.id === asked.limitId && limit.countsSince === asked.countsSince);
  const found = find();
  if (found !== undefined) return found;
  await snapshot.refresh();
  return find();
}

/** The names of a model that a record tells of, as calls of it have them. */
function modelOf({ requestedModel, routedModel, providerId }: RecordedUses, { directory }: HubSnapshot) {
  const called = routedModel ?? requestedModel ?? '';
  const served = directory.byUpstream.get(called)?.find(({ connection }) => connection.providerId === providerId);
  const model = served?.canonicalModel ?? directory.rules.canonicalName(called);
  const names = [model, called, requestedModel, served?.id, providerId && `${providerId}/${called}`];
  return { model, names: names.filter((name): name is string => name !== undefined && name !== '') };
}

/** Limits for the calls of one process. */
export function composeLimits({ snapshot, counts, instanceId, clock }: Core): LimitsPort {
  return {
    take: (call, takes) => counts.counters.take(call, takes),
    end: (callId, used) => counts.counters.end(callId, used),
    now: clock.now,
    instanceId,
    appliedTo: (principal, facts) =>
      snapshot.current.limits.get(principal.organizationId)?.appliedTo(principal, facts) ?? NO_LIMITS,
    termsOf: (deployment, organizationId, at) => {
      const { charging, resolveCard } = snapshot.current;
      if (charging !== undefined) return termsOf(snapshot.current, deployment, { organizationId, at });
      const { connection, upstreamModel } = deployment;
      const { providerId, isLocal } = connection;
      const card = resolveCard({ providerId, upstreamModel, isLocal, at });
      return card && atCost(card);
    },
  };
}

/** What calls cost, in dollars: so much credit, if one were worth a dollar. */
function atCost(cost: CompiledRateCard): PriceTerms {
  const creditPrice = nanoUsd(1_000_000_000n);
  return { cost, creditPrice, marginMillionths: 0, list: undefined, isBelowCostAllowed: true, ruleId: undefined };
}

/** Says that this process lives, while calls are under way here. Returns a stop. */
export function renewCounts({ counts, instanceId, logger }: Core): () => void {
  return systemRepeat(() => {
    counts.shared?.renew(instanceId).catch((error: unknown) => {
      logger.warn({ err: error }, 'that calls are under way could not be told');
    });
  }, RENEW_MS);
}

type Losing = Pick<Core, 'counts' | 'store' | 'snapshot' | 'logger'>;

/** Where the counts or the records cannot be had, it is tried again after this, for as long as leases run. */
const LOST_AGAIN_MS = 2000;
const LOST_TRIES_MAX = 30;

/**
 * Ends what an instance that is gone had under way, by what is on record of its calls: those that left are, by now, and of
 * the others nothing stays taken. Waits for the first try.
 */
export async function endCallsOf(
  instanceId: string,
  core: Losing,
  { delay = systemDelay, tries = LOST_TRIES_MAX }: { readonly delay?: Delay; readonly tries?: number } = {},
): Promise<void> {
  const { memory, shared, store } = core.counts;
  try {
    for (const call of memory.lose(instanceId)) memory.end(call.id, (await usedBy(call, core)) ?? NOTHING_USED);
    if (shared === undefined) return;
    for (const take of (await store?.left({ holder: instanceId })) ?? []) {
      await shared.lose(take, (await usedBy({ ...take.call, heldNano: heldIn(take) }, core)) ?? NOTHING_USED);
    }
  } catch (error) {
    // It stays taken until then, which is too much rather than too little.
    core.logger.warn({ err: error, instanceId }, 'what lost calls used of their limits could not be read');
    if (tries > 1) delay(LOST_AGAIN_MS, () => void endCallsOf(instanceId, core, { delay, tries: tries - 1 }));
  }
}

/** Ends calls whose instance has given no sign of life for long. What is not on record may have been used all the same. */
export async function endLeftCalls(core: Losing, now: number): Promise<void> {
  const { shared, store } = core.counts;
  if (shared === undefined || store === undefined) return;
  for (const take of await store.left({ leaseBefore: now })) {
    await shared.lose(take, await usedBy({ ...take.call, heldNano: heldIn(take) }, core));
  }
  await store.removeBefore(now - KEPT_MS);
}

/** Longer than any window. */
const KEPT_MS = 40 * 24 * 60 * 60_000;

function heldIn({ taken }: StoredTake): bigint {
  return taken.find(({ take }) => take.measure === 'money')?.held ?? 0n;
}

/** What a call has used that is on record; `undefined` for one that is not. */
async function usedBy(
  {
    organizationId,
    requestId,
    heldNano,
  }: Pick<TakingCall, 'organizationId' | 'requestId'> & { readonly heldNano: bigint },
  { store, snapshot }: Losing,
): Promise<UsedByCall | undefined> {
  const found = await store.records.get({ organizationId }, requestId);
  if (found === undefined) return undefined;
  const { status, costNano = 0n, usage } = found.usage;
  // What is charged for it is settled elsewhere; it counts as what it was held for.
  const moneyNano = snapshot.current.charging === undefined ? costNano : heldNano;
  return { requests: status === 'rejected' ? 0 : 1, moneyNano, ...tokensOf(usage) };
}
