import { addMeasures, addRecord, type Measures, noMeasures } from '../protocol/measures.ts';
import { type SummedRecord, valuesOf } from '../protocol/usage-sums.ts';
import { LEVELS, type Level, startOf } from './rollup-columns.ts';

/** One dimension alone, for the sums that are asked for most: over long times, in any zone. */
export const SINGLE_DIMENSIONS = ['operation', 'model', 'provider', 'connection', 'project', 'status'] as const;
/** What was called, without who called: a few dozen combinations, however many keys there are. Kept by project, too. */
export const CALL_DIMENSIONS = ['operation', 'model', 'provider', 'connection', 'status'] as const;
/** One thing of what was called, by project: what teams and projects are narrowed by most. */
export const CALL_DIMENSIONS_IN_PROJECT = ['model', 'provider', 'status'] as const;
/** Who called, without what: a key is of one project and one member. */
export const CALLER_DIMENSIONS = ['key', 'project', 'member'] as const;
/** What callers name freely. Kept apart up to a number a day. */
export const FREE_DIMENSIONS = ['application', 'tag', 'end_user'] as const;
type FreeDimension = (typeof FREE_DIMENSIONS)[number];
/** Freely named values, and all tags together: of the whole organization, and again by project. */
type NamedKind = FreeDimension | 'every_tag' | `${FreeDimension | 'every_tag'}_in_project`;

export type SeriesKind =
  | 'all'
  | 'record'
  | 'call'
  | 'project_call'
  | 'caller'
  | (typeof SINGLE_DIMENSIONS)[number]
  | `${(typeof CALL_DIMENSIONS_IN_PROJECT)[number]}_in_project`
  | NamedKind;

/** What is summed together: the records that agree in these columns. */
export type Series = {
  readonly organizationId: string;
  readonly kind: SeriesKind;
  readonly columns: Readonly<Partial<Record<SeriesColumn, string | number | undefined>>>;
  /** Holds what was too much to be kept apart. */
  readonly isOther: boolean;
};

export const SERIES_COLUMNS = [
  'operation',
  'model',
  'provider_id',
  'connection_id',
  'key_id',
  'project_id',
  'member_id',
  'status',
  'rate_card_id',
  'rate_card_version',
  'value',
] as const;
export type SeriesColumn = (typeof SERIES_COLUMNS)[number];

/** Sums by the beginnings of lengths of time. They may be parts of other sums, and are not to be added to. */
export type SumsByStart = Map<number, Measures>;
/** Sums of one series by quarter-hours. */
export type SeriesSums = { readonly series: Series; readonly byQuarter: SumsByStart };

/** A record that is to be summed. */
export type PendingRecord = SummedRecord & {
  readonly organizationId: string;
  readonly rateCardId: string | undefined;
  readonly rateCardVersion: number | undefined;
};

/** Says of two series of an organization whether they are the same. */
export function seriesKey({ kind, columns, isOther }: Series): string {
  return JSON.stringify([kind, isOther ? 1 : 0, ...SERIES_COLUMNS.map((name) => columns[name] ?? null)]);
}

/** Records that agree in all that sums are kept by, summed by quarter-hour. */
type Alike = { readonly record: PendingRecord; readonly byQuarter: SumsByStart };

/**
 * Sums records by quarter-hour in every series that they belong to. Most records of a busy hub are like others: they are
 * added up once, and not again in each of their series. Records are let go as they are added.
 */
export class RecordSums {
  readonly #alike = new Map<string, Alike>();

  add(record: PendingRecord): void {
    const name = nameOf(record);
    let each = this.#alike.get(name);
    if (each === undefined) {
      each = { record, byQuarter: new Map() };
      this.#alike.set(name, each);
    }
    const quarter = startOf(LEVELS.quarterHour, record.startedAt);
    let measures = each.byQuarter.get(quarter);
    if (measures === undefined) {
      measures = noMeasures();
      each.byQuarter.set(quarter, measures);
    }
    addRecord(measures, record);
  }

  /** To be asked for once: the sums are given away, not copied. */
  bySeries(): readonly SeriesSums[] {
    const found = new Map<string, SeriesSums>();
    const add = createAdder();
    for (const { record, byQuarter } of this.#alike.values()) {
      for (const series of [...fixedSeriesOf(record), ...freeSeriesOf(record)]) {
        const sums = sumsOf(found, series).byQuarter;
        for (const [quarter, measures] of byQuarter) add(sums, quarter, measures);
      }
    }
    return [...found.values()];
  }
}

/** Adds to sums by start. Most starts of most series get one thing only, which is kept as it is instead of copied. */
export function createAdder(): (sums: SumsByStart, startAt: number, added: Measures) => void {
  const made = new Set<Measures>();
  return (sums, startAt, added) => {
    const known = sums.get(startAt);
    if (known === undefined) sums.set(startAt, added);
    else if (made.has(known)) addMeasures(known, added);
    else {
      const sum = noMeasures();
      addMeasures(sum, known);
      addMeasures(sum, added);
      made.add(sum);
      sums.set(startAt, sum);
    }
  };
}

function sumsOf(found: Map<string, SeriesSums>, series: Series): SeriesSums {
  const { organizationId, kind, columns } = series;
  const key = `${organizationId}\n${kind}\n${Object.values(columns).join('\n')}`;
  const known = found.get(key);
  if (known !== undefined) return known;
  const made: SeriesSums = { series, byQuarter: new Map() };
  found.set(key, made);
  return made;
}

function nameOf(record: PendingRecord): string {
  const { organizationId, operation, providerId, connectionId, keyId, projectId, memberId, status } = record;
  const model = record.routedModel ?? record.requestedModel;
  const card = `${record.rateCardId}\n${record.rateCardVersion}`;
  const free = JSON.stringify([record.application, record.endUser, record.tags]);
  return `${organizationId}\n${operation}\n${model}\n${providerId}\n${connectionId}\n${keyId}\n${projectId}\n${memberId}\n${status}\n${card}\n${free}`;
}

function fixedSeriesOf(record: PendingRecord): readonly Series[] {
  const own = columnsOf(record);
  const called = Object.fromEntries(CALL_DIMENSIONS.map((name) => [COLUMN_OF[name], own[COLUMN_OF[name]]]));
  const one = (kind: SeriesKind, columns: Series['columns']): Series => {
    return { organizationId: record.organizationId, kind, columns, isOther: false };
  };
  return [
    one('all', {}),
    one('record', own),
    one('call', called),
    one('project_call', { ...called, project_id: own.project_id }),
    one('caller', { key_id: own.key_id, project_id: own.project_id, member_id: own.member_id }),
    ...SINGLE_DIMENSIONS.map((kind) => one(kind, { [COLUMN_OF[kind]]: own[COLUMN_OF[kind]] })),
    ...CALL_DIMENSIONS_IN_PROJECT.map((name) =>
      one(`${name}_in_project`, { [COLUMN_OF[name]]: own[COLUMN_OF[name]], project_id: own.project_id }),
    ),
  ];
}

function freeSeriesOf(record: PendingRecord): readonly Series[] {
  const named = FREE_DIMENSIONS.flatMap((kind) =>
    valuesOf(record, kind).flatMap((value) => [
      { kind, value },
      ...(kind === 'tag' ? [{ kind: 'every_tag' as const }] : []),
    ]),
  );
  const { organizationId, projectId: project_id } = record;
  return named.flatMap(({ kind, ...value }): readonly Series[] => [
    { organizationId, kind, columns: value, isOther: false },
    { organizationId, kind: `${kind}_in_project`, columns: { ...value, project_id }, isOther: false },
  ]);
}

/** The column of `usage_series` that holds a dimension. */
export const COLUMN_OF = {
  operation: 'operation',
  model: 'model',
  provider: 'provider_id',
  connection: 'connection_id',
  key: 'key_id',
  project: 'project_id',
  member: 'member_id',
  status: 'status',
  application: 'value',
  tag: 'value',
  end_user: 'value',
} as const satisfies Record<string, SeriesColumn>;

function columnsOf(record: PendingRecord) {
  const [model] = valuesOf(record, 'model');
  return {
    operation: record.operation,
    model,
    provider_id: record.providerId,
    connection_id: record.connectionId,
    key_id: record.keyId,
    project_id: record.projectId,
    member_id: record.memberId,
    status: record.status,
    rate_card_id: record.rateCardId,
    rate_card_version: record.rateCardVersion,
  };
}

/** Whether the values of a kind of series are kept apart only up to a number a day. */
export function isFree(kind: SeriesKind): boolean {
  return FREE_DIMENSIONS.some((free) => kind === free || kind === `${free}_in_project`);
}

/** Too sparse for sums by the hour: they would be nearly as many as those by the quarter-hour. */
const WITHOUT_HOURS: readonly SeriesKind[] = [
  'record',
  'caller',
  'application',
  'end_user',
  ...([...FREE_DIMENSIONS, 'every_tag'] as const).map((kind) => `${kind}_in_project` as const),
];

/** The levels at which a kind of series is kept, the shortest first. */
export function levelsOf(kind: SeriesKind): readonly Level[] {
  return hasHours(kind)
    ? [LEVELS.quarterHour, LEVELS.hour, LEVELS.sixHours, LEVELS.day, LEVELS.month]
    : [LEVELS.quarterHour, LEVELS.sixHours, LEVELS.day, LEVELS.month];
}

function hasHours(kind: SeriesKind): boolean {
  return !WITHOUT_HOURS.includes(kind);
}

/** Sums of one series over one length of time. */
export type Cell = { readonly level: Level; readonly startAt: number; readonly measures: Measures };

/** A series' sums at every level. Each level is added up from the one before it, whose lengths of time lie whole in its own. */
export function cellsOf({ series, byQuarter }: SeriesSums): readonly Cell[] {
  let sums = byQuarter;
  return levelsOf(series.kind).flatMap((level) => {
    if (level !== LEVELS.quarterHour) sums = sumsAt(level, sums);
    return Array.from(sums, ([startAt, measures]) => ({ level, startAt, measures }));
  });
}

function sumsAt(level: Level, parts: SumsByStart): SumsByStart {
  const sums: SumsByStart = new Map();
  const add = createAdder();
  for (const [startAt, measures] of parts) add(sums, startOf(level, startAt), measures);
  return sums;
}
