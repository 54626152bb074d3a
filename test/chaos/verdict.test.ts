import { expect, it } from 'vitest';
import { type Evidence, judge, type Seen, type SeenRecord } from './verdict.ts';

const SEEN: Seen = { clientRequestId: 'a', outcome: 'completed', httpStatus: 200, isMeantToFail: false };
const RECORD: SeenRecord = {
  requestId: 'req_1',
  clientRequestId: 'a',
  status: 'success',
  usageBasis: 'reported',
  inputTokens: 8,
  cachedInputTokens: 2,
  outputTokens: 5,
  operation: 'chat',
};
const GOOD: Evidence = {
  seen: [SEEN],
  records: [RECORD],
  finished: [
    {
      id: 'chatcmpl-1',
      model: 'fake-small',
      stream: false,
      at: 1,
      user: 'a',
      usage: { promptTokens: 10, cachedTokens: 2, completionTokens: 5 },
    },
  ],
  reachedUpstream: new Set(['a']),
  integrity: 'ok',
};
const INTERRUPTED: SeenRecord = { ...RECORD, status: 'interrupted', usageBasis: 'estimated' };

it('finds nothing wrong where all agree', () => {
  expect(judge(GOOD).violations).toEqual([]);
});

it('takes an interrupted request with an estimate for what it is', () => {
  const evidence = { ...GOOD, seen: [{ ...SEEN, outcome: 'broken' as const }], records: [INTERRUPTED], finished: [] };
  expect(judge(evidence).violations).toEqual([]);
});

it('takes a refusal of which its caller never heard for what it is', () => {
  const refused: SeenRecord = { ...RECORD, status: 'rejected', usageBasis: undefined };
  const seen = [{ ...SEEN, outcome: 'broken' as const }];
  const evidence = { ...GOOD, seen, records: [refused], finished: [], reachedUpstream: new Set<string>() };
  expect(judge(evidence).violations).toEqual([]);
  expect(judge({ ...evidence, reachedUpstream: new Set(['a']) }).violations).toHaveLength(1);
});

it.each<[string, Partial<Evidence>, RegExp]>([
  ['an answer without a record', { records: [] }, /there is no record/],
  ['a whole answer under another status', { records: [{ ...RECORD, status: 'cut' }] }, /record says cut/],
  ['two records of one caller’s request', { records: [RECORD, { ...RECORD, requestId: 'req_2' }] }, /a: 2 records/],
  ['two records of one request', { records: [RECORD, { ...RECORD, clientRequestId: 'b' }] }, /req_1: 2 records/],
  ['success that the upstream does not know', { finished: [] }, /never finished/],
  ['other counts than the upstream’s', { records: [{ ...RECORD, outputTokens: 4 }] }, /10 \+ 4 tokens are recorded/],
  ['a request that only the upstream saw', { reachedUpstream: new Set(['a', 'z']) }, /z: the upstream saw it/],
  ['a free interruption', { seen: [], records: [{ ...INTERRUPTED, inputTokens: 0, cachedInputTokens: 0 }] }, /free/],
  ['an interruption without an estimate', { seen: [], records: [{ ...INTERRUPTED, usageBasis: undefined }] }, /unsaid/],
  [
    'a caller blamed for the kill',
    { seen: [{ ...SEEN, outcome: 'broken' }], records: [{ ...RECORD, status: 'client_closed' }] },
    /cut short by the kill, the record says client_closed/,
  ],
  ['a damaged database', { integrity: 'row 7 missing from index' }, /integrity_check/],
])('finds %s', (_, change, message) => {
  const { violations } = judge({ ...GOOD, ...change });
  expect(violations.join('\n')).toMatch(message);
});
