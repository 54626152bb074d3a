import { startOfMonth, type TimeZone } from '../kernel/time-zone.ts';
import { addMeasures, countOf, isNothing, type Measures, mergedMeasures, noMeasures } from '../protocol/measures.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import type { GroupSum, UsageFilters } from '../protocol/usage-sums.ts';
import { zoneOf } from './explore.ts';
import type { UsageStore } from './usage-ports.ts';

/** Whom a month is told apart by: teams, projects, or what calls say under the name of a tag. */
export type ChargebackBy =
  | { readonly kind: 'team' }
  | { readonly kind: 'project' }
  | { readonly kind: 'tag'; readonly tag: string | undefined };

export type ChargebackQuery = {
  /** Its first day in UTC. */
  readonly monthMs: number;
  /** By whose clocks the month begins and ends. */
  readonly timeZone: string;
  readonly by: ChargebackBy;
  /** The projects that may be seen; `undefined`: all of the organization. */
  readonly projectIds: readonly string[] | undefined;
};

export type ChargebackRow = {
  /** `undefined`: what belongs to none. */
  readonly value: string | undefined;
  /** What a team or project is called; `undefined` where it is not there any more. */
  readonly name: string | undefined;
  readonly measures: Measures;
};

/** A month's bill, inside the organization: its rows come to the whole. */
export type Chargeback = {
  readonly fromMs: number;
  readonly toMs: number;
  /** Dearest first, and what belongs to none at the end. */
  readonly rows: readonly ChargebackRow[];
  readonly whole: Measures;
  /** The names of the tags of the month, where it is told apart by one, and the one that was taken. */
  readonly tags: readonly string[];
  readonly tag: string | undefined;
  /** Whether a day had more values than are kept apart: what those hold is with what belongs to none. */
  readonly isCapped: boolean;
};

type Deps = {
  readonly store: UsageStore;
  readonly projects: (
    scope: OrganizationScope,
  ) => Promise<readonly { readonly id: string; readonly name: string; readonly teamId: string | undefined }[]>;
  readonly teamName: (scope: OrganizationScope, id: string) => Promise<string | undefined>;
};

/** Says what each part of an organization has used and cost in a month, each record once. */
export function createChargeback({ store, projects, teamName }: Deps) {
  return async (scope: OrganizationScope, query: ChargebackQuery): Promise<Chargeback> => {
    const { by, projectIds } = query;
    const [fromMs, toMs] = monthOf(zoneOf(query.timeZone), query.monthMs);
    const known = by.kind === 'tag' ? [] : await projects(scope);
    const filters: UsageFilters = projectIds === undefined ? {} : { project: projectIds };
    const groupBy = by.kind === 'tag' ? 'tag' : 'project';
    const teams = by.kind === 'team' ? new Map(known.map(({ id, teamId }) => [id, teamId])) : undefined;
    const wanted = { filters, edges: [fromMs, toMs], detail: 'counts' } as const;
    const { whole, sums, isCapped } = await store.view(scope, async (view) => ({
      whole: mergedMeasures(await view.sums({ ...wanted, groupBy: undefined })),
      sums: await view.sums({ ...wanted, groupBy, names: teams }),
      isCapped: await view.isCapped({ filters, groupBy }, fromMs, toMs),
    }));
    const tags = by.kind === 'tag' ? tagsIn(sums) : [];
    const tag = by.kind === 'tag' ? (by.tag ?? tags[0]) : undefined;
    const projectName = new Map(known.map(({ id, name }) => [id, name]));
    const partOf = (value: string) => (by.kind === 'tag' ? valueOf(value, tag) : value);
    const nameOf = async (value: string): Promise<string | undefined> => {
      if (by.kind === 'tag') return undefined;
      return by.kind === 'team' ? await teamName(scope, value) : projectName.get(value);
    };
    const rows = await rowsOf(sums, { whole, partOf, nameOf });
    return { fromMs, toMs, rows, whole, tags, tag, isCapped };
  };
}

/** Where a month begins and where the next does, by the clocks of a zone. */
function monthOf(zone: TimeZone, monthMs: number): readonly [number, number] {
  const first = new Date(monthMs);
  const nextMs = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1);
  return [startOfMonth(zone, monthMs), startOfMonth(zone, nextMs)];
}

type Parts = {
  readonly whole: Measures;
  readonly partOf: (value: string) => string | undefined;
  readonly nameOf: (value: string) => Promise<string | undefined>;
};

/** What belongs to none is the whole less all parts, so that nothing is left out. */
async function rowsOf(sums: readonly GroupSum[], { whole, partOf, nameOf }: Parts): Promise<readonly ChargebackRow[]> {
  const parts = new Map<string, Measures>();
  const left = mergedMeasures([{ measures: whole }]);
  for (const { value, measures } of sums) {
    const part = value === undefined ? undefined : partOf(value);
    if (part === undefined) continue;
    const own = parts.get(part) ?? noMeasures();
    addMeasures(own, measures);
    parts.set(part, own);
    addMeasures(left, measures, -1);
  }
  const named = await Promise.all(
    [...parts].map(async ([value, measures]) => ({ value, name: await nameOf(value), measures })),
  );
  const rows = named.toSorted((a, b) => dearest(a.measures, b.measures) || (a.value < b.value ? -1 : 1));
  return isNothing(left) ? rows : [...rows, { value: undefined, name: undefined, measures: left }];
}

function dearest(a: Measures, b: Measures): number {
  if (a.costNano === b.costNano) return countOf(b, 'requests') - countOf(a, 'requests');
  return a.costNano < b.costNano ? 1 : -1;
}

/** A tag is `name=value`. */
function tagsIn(sums: readonly GroupSum[]): readonly string[] {
  return [
    ...new Set(sums.flatMap(({ value }) => (value === undefined ? [] : value.slice(0, value.indexOf('='))))),
  ].toSorted();
}

function valueOf(pair: string, tag: string | undefined): string | undefined {
  return tag !== undefined && pair.startsWith(`${tag}=`) ? pair.slice(tag.length + 1) : undefined;
}
