import type { FinishedAnswer } from '../support/fake-upstream/oracle.ts';

/**
 * What a caller saw of one of its requests. `completed`: an answer with its end; `refused`: an error answer, whole;
 * `broken`: the connection or the stream ended early; `left`: the caller itself hung up.
 */
export type Seen = {
  readonly clientRequestId: string;
  readonly outcome: 'completed' | 'refused' | 'broken' | 'left';
  readonly httpStatus: number | undefined;
  /** Whether the upstream was told to fail this request: then it may end badly without any kill. */
  readonly isMeantToFail: boolean;
};

/** The fields of a usage record that the rules look at. */
export type SeenRecord = {
  readonly requestId: string;
  readonly clientRequestId: string | undefined;
  readonly status: string;
  readonly usageBasis: string | undefined;
  /** Undefined where the record says nothing. */
  readonly inputTokens: number | undefined;
  readonly cachedInputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly operation: string;
};

export type Evidence = {
  readonly seen: readonly Seen[];
  readonly records: readonly SeenRecord[];
  /** What the upstream wrote to its own file. */
  readonly finished: readonly FinishedAnswer[];
  /** Client request ids of every request that reached the upstream. */
  readonly reachedUpstream: ReadonlySet<string>;
  /** What the database said of itself; `ok` when it is whole. */
  readonly integrity: string;
};

export type Verdict = { readonly violations: readonly string[]; readonly counts: Readonly<Record<string, number>> };

/** Holds what the hub wrote against what the callers and the upstream saw. Every line of `violations` names a request. */
export function judge(evidence: Evidence): Verdict {
  const byClient = groupBy(evidence.records, (record) => record.clientRequestId ?? '(none)');
  const finishedByUser = new Map(evidence.finished.map((answer) => [answer.user ?? '(none)', answer]));
  const violations = [
    ...integrityOf(evidence.integrity),
    ...duplicates(evidence.records, byClient),
    ...evidence.seen.flatMap((seen) => answersWithoutRecord(seen, byClient.get(seen.clientRequestId) ?? [])),
    ...evidence.records.flatMap((record) =>
      falseSuccess(record, finishedByUser.get(record.clientRequestId ?? '(none)')),
    ),
    ...[...evidence.reachedUpstream]
      .filter((id) => !byClient.has(id))
      .map((id) => `${id}: the upstream saw it, no record does`),
    ...evidence.records.flatMap((record) => freeInterruption(record)),
    ...brokenByTheKill(evidence, byClient),
  ];
  return { violations, counts: countsOf(evidence) };
}

function integrityOf(integrity: string): string[] {
  return integrity === 'ok' ? [] : [`database: integrity_check says ${integrity}`];
}

function duplicates(records: readonly SeenRecord[], byClient: ReadonlyMap<string, readonly SeenRecord[]>): string[] {
  const twiceForCaller = [...byClient]
    .filter(([id, found]) => id !== '(none)' && found.length > 1)
    .map(([id, found]) => `${id}: ${found.length} records (${found.map((record) => record.status).join(', ')})`);
  const twiceInHub = [...groupBy(records, (record) => record.requestId)]
    .filter(([, found]) => found.length > 1)
    .map(([id, found]) => `${id}: ${found.length} records of one request`);
  return [...twiceForCaller, ...twiceInHub];
}

function answersWithoutRecord(seen: Seen, records: readonly SeenRecord[]): string[] {
  if (seen.outcome !== 'completed') return [];
  const [record] = records;
  if (record === undefined) return [`${seen.clientRequestId}: the caller saw the answer's end, there is no record`];
  return record.status === 'success'
    ? []
    : [`${seen.clientRequestId}: the caller saw a whole answer, the record says ${record.status}`];
}

function falseSuccess(record: SeenRecord, finished: FinishedAnswer | undefined): string[] {
  if (record.status !== 'success') return [];
  const id = record.clientRequestId ?? record.requestId;
  if (finished === undefined) return [`${id}: the record claims success, the upstream never finished the answer`];
  if (record.usageBasis !== 'reported') return [];
  const input = (record.inputTokens ?? 0) + (record.cachedInputTokens ?? 0);
  const output = record.outputTokens ?? 0;
  const { promptTokens, completionTokens } = finished.usage;
  if (input === promptTokens && output === completionTokens) return [];
  return [
    `${id}: ${input} + ${output} tokens are recorded, the upstream counted ${promptTokens} + ${completionTokens}`,
  ];
}

/** A request that the kill cut short is estimated and not free. */
function freeInterruption(record: SeenRecord): string[] {
  if (record.status !== 'interrupted') return [];
  const id = record.clientRequestId ?? record.requestId;
  const problems: string[] = [];
  if (record.usageBasis !== 'estimated')
    problems.push(`${id}: interrupted, but its usage is ${record.usageBasis ?? 'unsaid'}`);
  if ((record.inputTokens ?? 0) + (record.cachedInputTokens ?? 0) === 0) problems.push(`${id}: interrupted and free`);
  return problems;
}

/**
 * A request that was under way at the kill is `interrupted`, unless its record was written before the caller had the
 * answer's end: also that of a refusal, whose request then left nothing behind and never reached the upstream. Nothing
 * else breaks a request that the upstream was not told to fail.
 */
function brokenByTheKill(evidence: Evidence, byClient: ReadonlyMap<string, readonly SeenRecord[]>): string[] {
  return evidence.seen.flatMap((seen) => {
    const [record] = byClient.get(seen.clientRequestId) ?? [];
    if (seen.outcome !== 'broken' || seen.isMeantToFail || record === undefined) return [];
    if (record.status === 'interrupted' || record.status === 'success') return [];
    const isUnused = record.usageBasis === undefined && !evidence.reachedUpstream.has(seen.clientRequestId);
    if (record.status === 'rejected' && isUnused) return [];
    return [`${seen.clientRequestId}: cut short by the kill, the record says ${record.status}`];
  });
}

function countsOf({ seen, records, finished, reachedUpstream }: Evidence): Record<string, number> {
  const counts: Record<string, number> = {
    'requests sent': seen.length,
    'requests that reached the upstream': reachedUpstream.size,
    'answers that the upstream finished': finished.length,
    records: records.length,
  };
  for (const { outcome, httpStatus } of seen) {
    const name = `callers: ${outcome}${outcome === 'refused' ? ` with ${httpStatus ?? '?'}` : ''}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  for (const { status } of records) counts[`records: ${status}`] = (counts[`records: ${status}`] ?? 0) + 1;
  return counts;
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
