import type { LimitsPort } from '../dataplane/call-limits.ts';
import { nanoUsd } from '../kernel/money.ts';
import type { CompiledLimit } from '../limits/applicable.ts';
import { MemoryCounters } from '../limits/memory-counters.ts';
import type { CountedLimit, RecordedUses } from '../limits/ports.ts';
import { tokensOf } from '../limits/used.ts';
import { usedBefore } from '../limits/used-before.ts';
import type { CompiledRateCard } from '../metering/compile-rate-card.ts';
import type { PriceTerms } from '../metering/price-call.ts';
import type { SnapshotHolder } from '../snapshot/holder.ts';
import type { Store } from '../storage/open-store.ts';
import type { HubSnapshot } from './compile-snapshot.ts';
import type { Core } from './core.ts';
import { termsOf } from './credit-terms.ts';

type CountersInput = {
  readonly store: Pick<Store, 'limitUses' | 'projectReader'>;
  readonly snapshot: Pick<SnapshotHolder<HubSnapshot>, 'current' | 'refresh'>;
  readonly now: () => number;
};

/** Counts in this process, which go on where those of the process before it ended. */
export function createMemoryCounters({ store, snapshot, now }: CountersInput): MemoryCounters {
  return new MemoryCounters({
    usedBefore: async (limit) => {
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
    },
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
export function composeLimits({ snapshot, limitCounters, instanceId, clock }: Core): LimitsPort {
  return {
    take: (call, takes) => limitCounters.take(call, takes),
    end: (callId, used) => limitCounters.end(callId, used),
    now: clock.now,
    instanceId,
    appliedTo: (principal, facts) =>
      snapshot.current.limits.get(principal.organizationId)?.appliedTo(principal, facts) ?? [],
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

/**
 * Ends what an instance that is gone had under way, by what is on record of its calls: those that left are, by now, and of
 * the others nothing stays taken.
 */
export async function endCallsOf(
  instanceId: string,
  { ownCounters: counters, store, snapshot, logger }: Pick<Core, 'ownCounters' | 'store' | 'snapshot' | 'logger'>,
): Promise<void> {
  for (const { organizationId, requestId, id, heldNano } of counters.lose(instanceId)) {
    try {
      const found = await store.records.get({ organizationId }, requestId);
      const requests = found === undefined || found.usage.status === 'rejected' ? 0 : 1;
      const costNano = found?.usage.costNano ?? 0n;
      // What is charged for it is settled elsewhere; until the next start it counts as what it was held for.
      const moneyNano = found !== undefined && snapshot.current.charging !== undefined ? heldNano : costNano;
      counters.end(id, { requests, moneyNano, ...tokensOf(found?.usage.usage ?? {}) });
    } catch (error) {
      // It stays taken as long as its windows last, which is too much rather than too little.
      logger.warn({ err: error, requestId }, 'what a lost call used of its limits could not be read');
    }
  }
}
