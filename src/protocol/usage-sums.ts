import { addRecord, type MeasuredRecord, type Measures, noMeasures } from './measures.ts';
import type { UsageRecord } from './records.ts';

/** What usage is told apart by in the store. Teams are projects by another name, and come from outside. */
export const USAGE_DIMENSIONS = [
  'operation',
  'model',
  'provider',
  'connection',
  'key',
  'project',
  'member',
  'status',
  'application',
  'tag',
  'end_user',
] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

/** Of each dimension that is named, one of these values. A tag is `name=value`. */
export type UsageFilters = Readonly<Partial<Record<UsageDimension, readonly string[]>>>;

/** Which records, told apart by what. */
export type UsageQuestion = {
  readonly filters: UsageFilters;
  /** `every_tag`: one group, in which a record counts once for each of its tags. */
  readonly groupBy: UsageDimension | 'every_tag' | undefined;
};

export type SumsWanted = UsageQuestion & {
  /** Rising instants: one bucket from each to the next. */
  readonly edges: readonly number[];
  /** Groups are put together under these names, as projects are under their teams; the others are one without a name. */
  readonly names?: ReadonlyMap<string, string | undefined> | undefined;
  /** Leaves out all other groups; `undefined` in it is the group of what has no value. */
  readonly values?: readonly (string | undefined)[] | undefined;
  /** Groups that come behind so many others may be left out. */
  readonly first?: { readonly by: 'cost' | 'requests'; readonly count: number } | undefined;
  /** `few`: requests, failed ones, the two main token classes and the cost; `counts`: everything but distributions. */
  readonly detail: 'few' | 'counts' | 'all';
};

export type GroupSum = { readonly value: string | undefined; readonly bucket: number; readonly measures: Measures };

/** A record as far as sums and their dimensions need it. */
export type SummedRecord = MeasuredRecord &
  Pick<
    UsageRecord,
    | 'startedAt'
    | 'operation'
    | 'requestedModel'
    | 'routedModel'
    | 'providerId'
    | 'connectionId'
    | 'keyId'
    | 'projectId'
    | 'memberId'
    | 'application'
    | 'endUser'
    | 'tags'
  >;

/** The values of a record in one dimension: several tags, or one value, which may be missing. */
export function valuesOf(record: SummedRecord, dimension: UsageDimension): readonly (string | undefined)[] {
  switch (dimension) {
    case 'operation':
      return [record.operation];
    case 'model':
      // The one that was sent upstream, or what was asked for where nothing was sent.
      return [record.routedModel ?? record.requestedModel];
    case 'provider':
      return [record.providerId];
    case 'connection':
      return [record.connectionId];
    case 'key':
      return [record.keyId];
    case 'project':
      return [record.projectId];
    case 'member':
      return [record.memberId];
    case 'status':
      return [record.status];
    case 'application':
      return [record.application];
    case 'end_user':
      return [record.endUser];
    case 'tag':
      return Object.entries(record.tags ?? {}).map(([name, value]) => `${name}=${value}`);
  }
}

/** Sums over records, one by one. */
export function sumRecords(records: Iterable<SummedRecord>, wanted: SumsWanted): readonly GroupSum[] {
  const sums = new Map<string, GroupSum>();
  const isWanted = wanted.values === undefined ? undefined : new Set(wanted.values);
  for (const record of records) {
    const bucket = bucketOf(wanted.edges, record.startedAt);
    if (bucket === undefined || !matches(record, wanted)) continue;
    for (const value of groupsOf(record, wanted)) {
      if (isWanted?.has(value) === false) continue;
      const key = `${bucket} ${value === undefined ? '' : `=${value}`}`;
      const sum = sums.get(key) ?? { value, bucket, measures: noMeasures() };
      addRecord(sum.measures, record);
      sums.set(key, sum);
    }
  }
  return [...sums.values()];
}

function groupsOf(record: SummedRecord, { groupBy, names }: SumsWanted): readonly (string | undefined)[] {
  if (groupBy === undefined) return [undefined];
  if (groupBy === 'every_tag') return valuesOf(record, 'tag').map(() => undefined);
  const values = valuesOf(record, groupBy);
  return names === undefined ? values : values.map((value) => names.get(value ?? ''));
}

function matches(record: SummedRecord, { filters }: SumsWanted): boolean {
  return Object.entries(filters).every(([dimension, values]) => {
    // The keys of UsageFilters are dimensions.
    const own = valuesOf(record, dimension as UsageDimension);
    return own.some((value) => value !== undefined && values.includes(value));
  });
}

/** Which bucket an instant falls into. */
function bucketOf(edges: readonly number[], at: number): number | undefined {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low === 0 || low === edges.length ? undefined : low - 1;
}
