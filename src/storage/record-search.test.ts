import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RequestStatus, UsageRecord } from '../protocol/records.ts';
import type { RecordPage, RecordQuestion, RecordStore } from '../records/ports.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import { outcome } from './testing/rows.ts';
import { freshStore, TEST_ENGINES } from './testing/stores.ts';

const START = Date.UTC(2026, 2, 30);
const SPAN_MS = 5 * 86_400_000;
/** So small that hundreds of records go beyond them. */
const SMALL = { recordSearchBounds: { records: 40, quarters: 5, candidates: 20 } };

const maybe = <T>(...values: T[]): fc.Arbitrary<T | undefined> => fc.constantFrom(undefined, ...values);
const instant = fc.oneof(
  fc.integer({ min: 0, max: SPAN_MS }),
  // Many at once: a page ends between records of one time.
  fc.constantFrom(0, 900_000, 86_400_000, 2 * 86_400_000),
);
const record: fc.Arbitrary<Partial<UsageRecord>> = fc.record({
  startedAt: instant.map((ms) => START + ms),
  projectId: fc.constantFrom('p_1', 'p_2', 'p_3'),
  keyId: fc.constantFrom('vk_1', 'vk_2'),
  connectionId: maybe('c_1', 'c_2'),
  providerId: maybe('openai', 'other'),
  application: fc.constantFrom('a_1', 'a_2', 'a_3'),
  endUser: maybe('Anna', 'e_2', 'e_3'),
  requestedModel: fc.constantFrom('m_1', 'm_2'),
  routedModel: maybe('m_1', 'm_3'),
  status: fc.constantFrom<RequestStatus>('success', 'success', 'success', 'timeout'),
  corrects: maybe('ur_before'),
});
const question: fc.Arbitrary<RecordQuestion> = fc.record(
  {
    projectIds: fc.subarray(['p_1', 'p_3', 'p_none']),
    fromMs: instant.map((ms) => START + ms),
    toMs: instant.map((ms) => START + ms + 1),
    keyId: fc.constant('vk_1'),
    model: fc.constantFrom('m_1', 'm_3'),
    providerId: fc.constant('openai'),
    connectionId: fc.constant('c_1'),
    status: fc.constant<RequestStatus>('timeout'),
    endUser: fc.constant('Anna'),
    application: fc.constant('a_1'),
    text: fc.constantFrom('anna', 'M_3', '%', 'nothing'),
  },
  { requiredKeys: [] },
);

function answers({ usage }: { readonly usage: UsageRecord }, asked: RecordQuestion): boolean {
  const texts = [usage.requestedModel, usage.routedModel, usage.endUser, usage.application, usage.requestId];
  const { text = '' } = asked;
  return (
    asked.projectIds?.includes(usage.projectId) !== false &&
    usage.startedAt >= (asked.fromMs ?? 0) &&
    usage.startedAt < (asked.toMs ?? Number.POSITIVE_INFINITY) &&
    [undefined, usage.keyId].includes(asked.keyId) &&
    [undefined, usage.routedModel ?? usage.requestedModel].includes(asked.model) &&
    [undefined, usage.providerId].includes(asked.providerId) &&
    [undefined, usage.connectionId].includes(asked.connectionId) &&
    [undefined, usage.status].includes(asked.status) &&
    [undefined, usage.endUser].includes(asked.endUser) &&
    [undefined, usage.application].includes(asked.application) &&
    texts.some((each) => each?.toLowerCase().includes(text.toLowerCase()))
  );
}

async function everyPage(records: RecordStore, asked: RecordQuestion, limit: number): Promise<readonly RecordPage[]> {
  const pages: RecordPage[] = [];
  let cursor: string | undefined;
  do {
    const page = await records.search(DEFAULT_TENANT, asked, { limit, cursor });
    pages.push(page);
    cursor = page.nextCursor;
  } while (cursor !== undefined && pages.length < 1000);
  return pages;
}

describe.each(TEST_ENGINES)('the search for records in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('its pages together are all that match, newest first, summed or not', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(record, { minLength: 50, maxLength: 200 }),
          fc.double({ min: 0, max: 1, noNaN: true }),
          fc.array(fc.tuple(question, fc.integer({ min: 1, max: 20 })), { minLength: 8, maxLength: 8 }),
          async (list, summed, questions) => {
            const { records, usageRollups } = await freshStore(engine, { ...SMALL, usageValuesPerDayMax: 2 });
            const outcomes = list.map((fields, index) => outcome(index, { ...fields }));
            await records.commit(outcomes);
            await usageRollups.rollUp(Math.ceil(list.length * summed));
            for (const [asked, limit] of questions) {
              const expected = outcomes
                .filter((each) => answers(each, asked))
                .map(({ usage }) => usage)
                .toSorted((a, b) => b.startedAt - a.startedAt || (b.id < a.id ? -1 : 1));
              const pages = await everyPage(records, asked, limit);
              expect(pages.flatMap((page) => page.records.map(({ id }) => id))).toEqual(expected.map(({ id }) => id));
              expect(pages.every((page) => page.records.length <= limit)).toBe(true);
            }
          },
        ),
        { numRuns: 6 },
      );
    });

    test('a page that found little says how far back it looked, and the next one goes on there', async () => {
      const { records } = await freshStore(engine, SMALL);
      await records.commit(
        Array.from({ length: 100 }, (_, index) =>
          outcome(index, { startedAt: START + index * 60_000, endUser: index === 3 ? 'Anna' : undefined }),
        ),
      );
      const first = await records.search(DEFAULT_TENANT, { text: 'anna' }, { limit: 5, cursor: undefined });
      expect(first).toEqual({ records: [], nextCursor: expect.any(String), searchedBackToMs: START + 59 * 60_000 });
      const pages = await everyPage(records, { text: 'anna' }, 5);
      expect(pages.map((page) => page.records.length)).toEqual([0, 0, 1]);
    });

    test('the sums lead to a single record among many, however long ago it was', async () => {
      const { records, usageRollups } = await freshStore(engine, SMALL);
      await records.commit(
        Array.from({ length: 300 }, (_, index) =>
          outcome(index, { startedAt: START + index * 900_000, status: index === 3 ? 'timeout' : 'success' }),
        ),
      );
      await usageRollups.rollUp(1000);
      const page = await records.search(DEFAULT_TENANT, { status: 'timeout' }, { limit: 5, cursor: undefined });
      expect(page.records.map(({ startedAt }) => startedAt)).toEqual([START + 3 * 900_000]);
      expect(page.nextCursor).toBeUndefined();
    });

    test.each(['ur_none', 'before:x', 'before:1e999'])('the cursor %s is of no page', async (cursor) => {
      const { records } = await freshStore(engine);
      await expect(records.search(DEFAULT_TENANT, {}, { limit: 5, cursor })).rejects.toMatchObject({
        code: 'request.invalid',
        param: 'cursor',
      });
    });
  });
});
