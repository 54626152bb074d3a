import { addMeasures, addRecord, type Measures, noMeasures } from '../protocol/measures.ts';
import { type SummedRecord, valuesOf } from '../protocol/usage-sums.ts';
import { LEVELS, type Level, startOf } from './rollup-columns.ts';

/** One dimension alone, for the sums that are asked for most: over long times, in any zone. */
export const SINGLE_DIMENSIONS = ['operation', 'model', 'provider', 'connection', 'project', 'status'] as const;
/** What was called, without who called: a few dozen combinations, however many keys there are. */
export const CALL_DIMENSIONS = ['operation', 'model', 'provider', 'connection', 'status'] as const;
/** Who called, without what: a key is of one project and one member. */
export const CALLER_DIMENSIONS = ['key', 'project', 'member'] as const;
/** What callers name freely. Kept apart by project, since nothing else narrows it, and up to a number a day. */
export const FREE_DIMENSIONS = ['application', 'tag', 'end_user'] as const;
export type FreeDimension = (typeof FREE_DIMENSIONS)[number];

export type SeriesKind =
  | 'all'
  | 'record'
  | 'call'
  | 'caller'
  | 'every_tag'
  | (typeof SINGLE_DIMENSIONS)[number]
  | FreeDimension;

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

/** Sums of one series by the beginnings of quarter-hours. */
export type SeriesSums = { readonly series: Series; readonly byQuarter: Map<number, Measures> };

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

/** Sums records by quarter-hour in every series that they belong to. */
export function sumBySeries(records: Iterable<PendingRecord>): readonly SeriesSums[] {
  const found = new Map<string, SeriesSums>();
  const fixed = new Map<string, readonly SeriesSums[]>();
  for (const record of records) {
    const quarter = startOf(LEVELS.quarterHour, record.startedAt);
    // Whatever agrees in the columns of a record agrees in all series but those of freely named values.
    const name = nameOf(record);
    let targets = fixed.get(name);
    if (targets === undefined) {
      targets = fixedSeriesOf(record).map((series) => sumsOf(found, series));
      fixed.set(name, targets);
    }
    const own = noMeasures();
    addRecord(own, record);
    for (const target of targets) addTo(target, quarter, own);
    for (const series of freeSeriesOf(record)) addTo(sumsOf(found, series), quarter, own);
  }
  return [...found.values()];
}

function addTo({ byQuarter }: SeriesSums, quarter: number, measures: Measures): void {
  const known = byQuarter.get(quarter);
  const sum = known ?? noMeasures();
  addMeasures(sum, measures);
  if (known === undefined) byQuarter.set(quarter, sum);
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
  return `${organizationId}\n${operation}\n${model}\n${providerId}\n${connectionId}\n${keyId}\n${projectId}\n${memberId}\n${status}\n${card}`;
}

function fixedSeriesOf(record: PendingRecord): readonly Series[] {
  const own = columnsOf(record);
  const one = (kind: SeriesKind, columns: Series['columns']): Series => {
    return { organizationId: record.organizationId, kind, columns, isOther: false };
  };
  return [
    one('all', {}),
    one('record', own),
    one('call', Object.fromEntries(CALL_DIMENSIONS.map((name) => [COLUMN_OF[name], own[COLUMN_OF[name]]]))),
    one('caller', { key_id: own.key_id, project_id: own.project_id, member_id: own.member_id }),
    ...SINGLE_DIMENSIONS.map((kind) => one(kind, { [COLUMN_OF[kind]]: own[COLUMN_OF[kind]] })),
  ];
}

function freeSeriesOf(record: PendingRecord): readonly Series[] {
  const { organizationId, projectId: project_id } = record;
  const named = FREE_DIMENSIONS.flatMap((kind) =>
    valuesOf(record, kind).map((value) => ({ organizationId, kind, columns: { project_id, value }, isOther: false })),
  );
  const tags = valuesOf(record, 'tag').map(() => ({
    organizationId,
    kind: 'every_tag' as const,
    columns: { project_id },
    isOther: false,
  }));
  return [...named, ...tags];
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

export function isFree(kind: SeriesKind): kind is FreeDimension {
  return FREE_DIMENSIONS.some((free) => free === kind);
}

/** The levels at which a kind of series is kept. Hours are worth their room where most quarter-hours have a row. */
export function levelsOf(kind: SeriesKind): readonly Level[] {
  return hasHours(kind)
    ? [LEVELS.quarterHour, LEVELS.hour, LEVELS.day, LEVELS.month]
    : [LEVELS.quarterHour, LEVELS.day, LEVELS.month];
}

export function hasHours(kind: SeriesKind): boolean {
  return kind === 'all' || kind === 'call' || SINGLE_DIMENSIONS.some((single) => single === kind);
}

/** Sums of one series over one length of time. */
export type Cell = { readonly level: Level; readonly startAt: number; readonly measures: Measures };

/** A series' sums at every level. */
export function cellsOf({ series, byQuarter }: SeriesSums): readonly Cell[] {
  return levelsOf(series.kind).flatMap((level) => {
    const starts = new Map<number, Measures>();
    for (const [quarter, measures] of byQuarter) {
      const startAt = startOf(level, quarter);
      const sum = starts.get(startAt) ?? noMeasures();
      addMeasures(sum, measures);
      starts.set(startAt, sum);
    }
    return [...starts].map(([startAt, measures]) => ({ level, startAt, measures }));
  });
}
