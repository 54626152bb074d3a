import { isDeepStrictEqual } from 'node:util';
import { GatewayError } from '../kernel/errors.ts';
import type { NewWireId } from '../kernel/ids.ts';
import { timeZone } from '../kernel/time-zone.ts';
import type { Source } from '../protocol/configuration.ts';
import type { Limit, LimitSubjectKind, LimitTerms } from '../protocol/limits.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import type { CountedLimit, LimitCounters, LimitStore } from './ports.ts';
import { createWindows } from './windows.ts';

/** The most limits of one organization: each call asks those that it meets. */
const LIMITS_MAX = 500;

/** How much of a limit is used by whom; without a subject, by all that it is about. */
export type LimitCount = {
  readonly subject: string | undefined;
  readonly used: bigint;
  readonly left: bigint;
  readonly resetAtMs: number | undefined;
};

/** A limit and how it stands; `undefined` where the counts cannot be had now. */
export type LimitWithCounts = { readonly limit: Limit; readonly counts: readonly LimitCount[] | undefined };
export type LimitChange = { readonly before: Limit; readonly after: LimitWithCounts };

/**
 * Limits of an organization. Everything throws `resource.not_found`, `resource.changed` for another revision, and
 * `resource.read_only` where another source than `by` declared the limit; without `by` it is a person who changes it.
 */
export type LimitService = {
  /** Oldest first. */
  readonly list: (scope: OrganizationScope) => Promise<readonly LimitWithCounts[]>;
  readonly get: (scope: OrganizationScope, id: string) => Promise<LimitWithCounts>;
  /** @throws request.invalid, resource.too_many */
  readonly create: (scope: OrganizationScope, terms: LimitTerms, by?: Source) => Promise<LimitWithCounts>;
  /** Lays down all terms anew. @throws request.invalid */
  readonly replace: (scope: OrganizationScope, at: LimitPlace, terms: LimitTerms) => Promise<LimitChange>;
  readonly remove: (scope: OrganizationScope, at: LimitPlace) => Promise<Limit>;
};

/** Which limit is changed, by whom, and while that is its revision. */
export type LimitPlace = {
  readonly id: string;
  readonly ifRevision?: number | undefined;
  readonly by?: Source | undefined;
};

export type LimitServiceInput = {
  readonly store: LimitStore;
  readonly counters: Pick<LimitCounters, 'peek'>;
  /** Whether the organization has what a limit is to be about. */
  readonly isThere: (scope: OrganizationScope, kind: LimitSubjectKind, id: string) => Promise<boolean>;
  /** Brings this process up to what was changed. */
  readonly refresh: () => Promise<void>;
  readonly newId: NewWireId;
  readonly now: () => number;
};

export function createLimitService(input: LimitServiceInput): LimitService {
  const { store, newId, now } = input;
  const existing = async (scope: OrganizationScope, id: string): Promise<Limit> => {
    const limit = await store.get(scope, id);
    if (limit === undefined) throw new GatewayError('resource.not_found');
    return limit;
  };
  const mutable = async (scope: OrganizationScope, { id, ifRevision, by = 'store' }: LimitPlace): Promise<Limit> => {
    const limit = await existing(scope, id);
    if (limit.source !== by) throw new GatewayError('resource.read_only');
    if (ifRevision !== undefined && limit.revision !== ifRevision) throw new GatewayError('resource.changed');
    return limit;
  };
  const withCounts = async (limits: readonly Limit[]): Promise<readonly LimitWithCounts[]> => {
    const counts = await countsOf(limits, input);
    return limits.map((limit, place) => ({ limit, counts: counts?.[place] }));
  };
  const one = async (limit: Limit): Promise<LimitWithCounts> => {
    const [found] = await withCounts([limit]);
    return found ?? { limit, counts: undefined };
  };
  return {
    list: async (scope) => withCounts(await store.list(scope)),
    get: async (scope, id) => one(await existing(scope, id)),
    create: async ({ organizationId }, terms, source = 'store') => {
      await assertSound({ organizationId }, terms, input);
      const { length } = await store.list({ organizationId });
      if (length >= LIMITS_MAX) throw invalid('name', `There are ${LIMITS_MAX} limits already.`);
      const [id, at] = [newId('lim'), now()];
      const made = { createdAt: at, updatedAt: at, revision: 1, countsSince: 1 };
      const limit: Limit = { ...terms, ...made, organizationId, id, source };
      await store.insert(limit);
      await input.refresh();
      return one(limit);
    },
    replace: async (scope, at, terms) => {
      const before = await mutable(scope, at);
      await assertSound(scope, terms, input);
      const revision = before.revision + 1;
      const countsSince = countsAlike(before, terms) ? before.countsSince : revision;
      const after = { ...before, ...terms, updatedAt: now(), revision, countsSince };
      if (!(await store.replace(after))) throw new GatewayError('resource.changed');
      await input.refresh();
      return { before, after: await one(after) };
    },
    remove: async (scope, at) => {
      const limit = await mutable(scope, at);
      if (!(await store.remove(scope, at.id, limit.revision))) throw new GatewayError('resource.changed');
      await input.refresh();
      return limit;
    },
  };
}

/** Whether both count the same calls, so that one count goes on. */
function countsAlike(a: LimitTerms, b: LimitTerms): boolean {
  const countedBy = ({ subject, models, measure, window }: LimitTerms) => ({ subject, models, measure, window });
  return isDeepStrictEqual(countedBy(a), countedBy(b));
}

async function assertSound(scope: OrganizationScope, terms: LimitTerms, { isThere }: LimitServiceInput): Promise<void> {
  const { subject, measure, window } = terms;
  const { kind, id } = subject;
  if ((measure === 'concurrent') !== (window === undefined)) {
    throw invalid('window', '`window` is there for everything but `concurrent`, which has none.');
  }
  if (window?.kind === 'calendar' && !isZone(window.timeZone)) {
    throw invalid('window.time_zone', `\`${window.timeZone}\` is no time zone such as \`Asia/Taipei\`.`);
  }
  if (kind === 'organization' && id !== undefined) throw invalid('subject.id', 'An organization limits itself.');
  if (kind === 'tag' && id === undefined) throw invalid('subject.id', 'A tag has a name.');
  if (id !== undefined && !(await isThere(scope, kind, id))) {
    throw invalid('subject.id', `The organization has no such ${kind.replace('_', ' ')}.`);
  }
}

function isZone(name: string): boolean {
  try {
    timeZone(name);
    return true;
  } catch {
    return false;
  }
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError('request.invalid', { param, message });
}

async function countsOf(
  limits: readonly Limit[],
  { counters, now }: Pick<LimitServiceInput, 'counters' | 'now'>,
): Promise<readonly (readonly LimitCount[])[] | undefined> {
  const at = now();
  const asked = limits.map((limit): CountedLimit => {
    const { organizationId, id: limitId, countsSince } = limit;
    return { organizationId, limitId, countsSince, span: createWindows(limit.window)(at) };
  });
  try {
    const found = await counters.peek(asked, at);
    return limits.map((limit, place) => {
      const counts = (found[place] ?? []).map(({ subject, used, resetAtMs }): LimitCount => {
        const left = used < limit.amount ? limit.amount - used : 0n;
        return { subject: subject === '' ? undefined : subject, used, left, resetAtMs };
      });
      return counts.length > 0 || hasMany(limit) ? counts : [unused(limit, asked[place])];
    });
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

function unused({ amount }: Limit, asked: CountedLimit | undefined): LimitCount {
  const resetAtMs = asked?.span.kind === 'calendar' ? asked.span.endMs : undefined;
  return { subject: undefined, used: 0n, left: amount, resetAtMs };
}

/** Whether each whom the limit is about has a count of its own. */
function hasMany({ subject: { kind, id } }: Limit): boolean {
  if (kind === 'tag') return id?.includes('=') !== true;
  return kind !== 'organization' && id === undefined;
}
