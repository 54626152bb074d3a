import { GatewayError } from '../../../kernel/errors.ts';
import { invalid } from '../../../kernel/invalid.ts';
import type { UsageRecord } from '../../../protocol/records.ts';
import type { UsageFilters } from '../../../protocol/usage-sums.ts';
import type { UsageFilter } from '../../../records/ports.ts';
import { type Audience, filtersOf, userDidOf } from './audience.ts';
import { type CallType, callsIn, operationsOf, typeOf } from './measures.ts';
import type { UsageReads } from './ports.ts';
import { type Range, textOf, wholeOf, wordOf } from './query.ts';

/** Records that are looked through for one answer. */
const LOOKED_AT_MAX = 50_000;
const BATCH = 500;
/** A person's keys are read side by side, each a little at a time. */
const SMALL_BATCH = 50;
const SECONDS_MAX = 86_400;
const FAILURES = ['upstream_error', 'rejected', 'client_closed', 'cut', 'timeout', 'interrupted'] as const;

/** In which fields of a call a text may be looked for. */
const SEARCHED = {
  id: (record) => record.id,
  requestId: (record) => record.requestId,
  model: (record) => modelOf(record),
  providerId: (record) => record.providerId ?? '',
  appDid: (record) => record.application,
  userDid: (record) => userDidOf(record),
  traceId: (record) => record.traceparent ?? '',
} satisfies Record<string, (record: UsageRecord) => string>;
type SearchField = keyof typeof SEARCHED;
// Object.keys gives the names of what was written above.
const SEARCH_FIELDS = Object.keys(SEARCHED) as readonly SearchField[];

export type CallsWanted = {
  readonly audience: Audience;
  readonly range: Range;
  readonly model: string | undefined;
  readonly providerId: string | undefined;
  readonly application: string | undefined;
  readonly type: CallType | undefined;
  readonly status: 'success' | 'failed' | undefined;
  readonly search: { readonly text: string; readonly fields: readonly SearchField[] } | undefined;
  readonly minDurationMs: number | undefined;
  /** Whether it is not told who served. */
  readonly hidesServers?: boolean | undefined;
};

type CallsAsked = {
  readonly usage: Pick<UsageReads, 'charges'>;
  readonly audience: Audience;
  readonly range: Range;
  readonly types: readonly CallType[];
};

/** The filters of a list of calls. @throws request.invalid, or access.denied for who may not know the provider */
export function callsWanted(query: URLSearchParams, { usage: { charges }, audience, range, types }: CallsAsked) {
  const providerId = textOf(query, 'providerId');
  if (providerId !== undefined && charges !== undefined) {
    throw new GatewayError('access.denied', {
      message: 'Who serves calls is the operator’s own.',
      param: 'providerId',
    });
  }
  const status = wordOf(query, 'status', ['all', 'success', 'failed']);
  const type = wordOf(query, 'type', ['all', ...types]);
  const text = textOf(query, 'search');
  const seconds = wholeOf(query, 'minDurationSeconds', { min: 0, max: SECONDS_MAX });
  return {
    audience,
    range,
    model: textOf(query, 'model'),
    providerId,
    application: textOf(query, 'appDid'),
    type: type === 'all' ? undefined : type,
    status: status === 'all' ? undefined : status,
    search:
      text === undefined ? undefined : { text: text.toLowerCase(), fields: searchFields(query, charges !== undefined) },
    minDurationMs: seconds === undefined ? undefined : seconds * 1000,
    hidesServers: charges !== undefined,
  } satisfies CallsWanted;
}

/** Fields that the hub does not know are left alone: clients name what the original has. */
function searchFields(query: URLSearchParams, isProviderHidden: boolean): readonly SearchField[] {
  const names = (textOf(query, 'searchFields') ?? '').split(',').map((name) => name.trim());
  const fields = SEARCH_FIELDS.filter((field) => field !== 'providerId' || !isProviderHidden);
  const known = fields.filter((field) => names.includes(field));
  return known.length === 0 ? fields : known;
}

/** A page of calls, newest first, and how many there are in all. @throws request.invalid where they are too many to look through */
export async function readCalls(
  usage: UsageReads,
  wanted: CallsWanted,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<{ readonly rows: readonly UsageRecord[]; readonly count: number }> {
  // Sums know nothing of texts and single durations, so those calls are counted one by one.
  const isCounted = wanted.search === undefined && wanted.minDurationMs === undefined;
  const count = isCounted ? await countCalls(usage, wanted) : undefined;
  const rows: UsageRecord[] = [];
  let seen = 0;
  if (count !== undefined && offset >= count) return { rows, count };
  for await (const record of newestCalls(usage, wanted)) {
    seen += 1;
    if (seen > offset && rows.length < limit) rows.push(record);
    if (count !== undefined && (rows.length === limit || seen === count)) break;
  }
  return { rows, count: count ?? seen };
}

/** How many calls there are, without a look at any. */
export async function countCalls(usage: UsageReads, wanted: CallsWanted): Promise<number> {
  const { audience, range } = wanted;
  const edges = [range.fromMs, range.toMs];
  const filters = sumFilters(wanted);
  const sums = await usage.view(audience, (view) => view.sums({ edges, filters, groupBy: undefined, detail: 'few' }));
  return callsIn(sums);
}

function sumFilters(wanted: CallsWanted): UsageFilters {
  const { model, providerId, application, type, status } = wanted;
  return {
    ...filtersOf(wanted.audience),
    ...(model === undefined ? {} : { model: [model] }),
    ...(providerId === undefined ? {} : { provider: [providerId] }),
    ...(application === undefined ? {} : { application: [application] }),
    ...(type === undefined ? {} : { operation: operationsOf(type) }),
    ...(status === undefined ? {} : { status: status === 'success' ? ['success'] : FAILURES }),
  };
}

/** The calls one by one, newest first. @throws request.invalid where too many have to be looked through */
export async function* newestCalls(usage: UsageReads, wanted: CallsWanted): AsyncGenerator<UsageRecord> {
  let left = LOOKED_AT_MAX;
  for await (const record of await recordsOf(usage, wanted)) {
    if (left === 0) {
      throw invalid('startTime', `more than ${LOOKED_AT_MAX} calls would have to be looked through; take less time.`);
    }
    left -= 1;
    if (matches(record, wanted)) yield record;
  }
}

/** What the store can tell apart. It lists by key and not by person, so a person's keys are read side by side. */
async function recordsOf(usage: UsageReads, wanted: CallsWanted): Promise<AsyncGenerator<UsageRecord>> {
  const { audience, range } = wanted;
  const filter: UsageFilter = {
    fromMs: range.fromMs,
    toMs: range.toMs,
    model: wanted.model,
    providerId: wanted.providerId,
    application: wanted.application,
    status: wanted.status === 'success' ? 'success' : undefined,
    ...(audience.kind === 'project' ? { projectIds: [audience.projectId] } : {}),
  };
  if (audience.kind !== 'member') return pages(usage, audience, filter, BATCH);
  const edges = [range.fromMs, range.toMs];
  const filters = sumFilters(wanted);
  const sums = await usage.view(audience, (view) => view.sums({ edges, filters, groupBy: 'key', detail: 'few' }));
  const keys = [...new Set(sums.flatMap(({ value }) => value ?? []))];
  const batch = keys.length === 1 ? BATCH : SMALL_BATCH;
  return sideBySide(keys.map((keyId) => pages(usage, audience, { ...filter, keyId }, batch)));
}

async function* pages(
  usage: UsageReads,
  scope: Audience,
  filter: UsageFilter,
  limit: number,
): AsyncGenerator<UsageRecord> {
  let cursor: string | undefined;
  do {
    const records = await usage.list(scope, filter, { limit, cursor });
    yield* records;
    cursor = records.length < limit ? undefined : records.at(-1)?.id;
  } while (cursor !== undefined);
}

/** Several lists that are newest first, as one. */
async function* sideBySide(lists: readonly AsyncGenerator<UsageRecord>[]): AsyncGenerator<UsageRecord> {
  const heads = await Promise.all(lists.map(async (list) => ({ list, head: await list.next() })));
  for (;;) {
    let newest: (typeof heads)[number] | undefined;
    for (const each of heads) {
      if (each.head.done !== true && (newest === undefined || isNewer(each.head.value, newest.head.value)))
        newest = each;
    }
    if (newest === undefined || newest.head.done === true) return;
    yield newest.head.value;
    newest.head = await newest.list.next();
  }
}

function isNewer(a: UsageRecord, b: UsageRecord): boolean {
  return a.startedAt === b.startedAt ? a.id > b.id : a.startedAt > b.startedAt;
}

/** What the store does not tell apart. A correction is no call of its own. */
function matches(record: UsageRecord, wanted: CallsWanted): boolean {
  const { audience, type, status, search, minDurationMs } = wanted;
  if (record.corrects !== undefined) return false;
  if (audience.kind === 'member' && record.memberId !== audience.memberId) return false;
  if (type !== undefined && typeOf(record.operation) !== type) return false;
  if (status === 'failed' && record.status === 'success') return false;
  if (minDurationMs !== undefined && record.durationMs < minDurationMs) return false;
  if (search === undefined) return true;
  // Where who served is not told, a search must not find out either.
  const seen = wanted.hidesServers === true ? { ...record, providerId: undefined, routedModel: undefined } : record;
  return search.fields.some((field) => SEARCHED[field](seen).toLowerCase().includes(search.text));
}

/** The model that a call is counted under: the one that was sent upstream, or what was asked for where nothing was sent. */
export function modelOf({ routedModel, requestedModel }: UsageRecord): string {
  return routedModel ?? requestedModel;
}
