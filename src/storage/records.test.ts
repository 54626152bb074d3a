import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nanoUsd } from '../kernel/money.ts';
import type { RequestOutcome, UsageRecord } from '../protocol/records.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import type { UsageFilter, UsageGroup } from '../records/ports.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import { outcome } from './testing/rows.ts';
import { freshStore, openAt, TEST_ENGINES } from './testing/stores.ts';

const STRANGER: Tenant = { organizationId: 'org_other', projectId: 'proj_other' };
const DAY_MS = 86_400_000;
const ALL = { limit: 1000, cursor: undefined };

describe.each(TEST_ENGINES)('records in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('both records of a request come back as they went in', async () => {
      const store = await freshStore(engine);
      const written = outcome(1, EVERY_FIELD);
      await store.records.commit([written]);
      expect(await store.records.get(DEFAULT_TENANT, written.usage.requestId)).toEqual(written);
      expect(await store.records.get(STRANGER, written.usage.requestId)).toBeUndefined();
      // A charge names the record, and not the request.
      expect(await store.records.get(DEFAULT_TENANT, written.usage.id)).toEqual(written);
      expect(await store.records.get(STRANGER, written.usage.id)).toBeUndefined();
      expect(await store.records.get(DEFAULT_TENANT, 'ur_none')).toBeUndefined();
      expect(await store.records.get(DEFAULT_TENANT, 'req_none')).toBeUndefined();
    });

    test('what was never said stays unsaid', async () => {
      const store = await freshStore(engine);
      const written = outcome(1, {
        usage: NO_USAGE,
        costNano: undefined,
        firstByteMs: undefined,
        routedModel: undefined,
      });
      await store.records.commit([written]);
      expect(await store.records.get(DEFAULT_TENANT, written.usage.requestId)).toEqual(written);
    });

    test('a replay writes nothing twice and changes nothing', async () => {
      const store = await freshStore(engine);
      const batch = Array.from({ length: 20 }, (_, index) => outcome(index));
      await store.records.commit(batch.slice(0, 12));
      await store.records.commit(batch.slice(8).map((each) => withStatus(each, 'interrupted')));
      await store.records.commit([...batch, ...batch]);
      const stored = await store.records.list(DEFAULT_TENANT, {}, ALL);
      expect(stored.map((record) => [record.id, record.status])).toEqual(
        batch.map((each, index) => [each.usage.id, index < 12 ? 'success' : 'interrupted']).toReversed(),
      );
      expect((await store.integrityCheck()).problems).toEqual([]);
    });

    test('one request has one record, whatever ids two writers gave it', async () => {
      const store = await freshStore(engine);
      const first = outcome(1);
      const second: RequestOutcome = {
        usage: { ...first.usage, id: 'ur_other', status: 'interrupted' },
        request: { ...first.request, id: 'ur_other' },
      };
      await store.records.commit([first]);
      await store.records.commit([second, outcome(2)]);
      expect((await store.records.list(DEFAULT_TENANT, {}, ALL)).map((record) => record.id)).toEqual([
        outcome(2).usage.id,
        first.usage.id,
      ]);
      expect(await store.records.get(DEFAULT_TENANT, first.usage.requestId)).toEqual(first);
    });

    test('text that a database cannot hold keeps no record out', async () => {
      const store = await freshStore(engine);
      await store.records.commit([
        outcome(1, { endUser: 'a\u0000b\ud800c', application: 'x\u0001', tags: { 't\u0000': '\udc00' } }),
        outcome(2, { endUser: '\\u0000 is text, \u{1f600} too' }),
      ]);
      const [second, first] = await store.records.list(DEFAULT_TENANT, {}, ALL);
      expect(first?.application).toBe('x\u0001');
      expect(second?.endUser).toBe('\\u0000 is text, \u{1f600} too');
    });

    test('any whole cost and any text comes back exactly', async () => {
      const store = await freshStore(engine);
      let number = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
          fc.string({ unit: fc.constantFrom('a', '"', '\\', "'", '\n', '{', 'é', '😀', '\u007f') }),
          async (cost, text) => {
            number += 1;
            const written = outcome(number, { costNano: nanoUsd(cost), endUser: text, tags: { [text]: text } });
            await store.records.commit([written]);
            expect(await store.records.get(DEFAULT_TENANT, written.usage.requestId)).toEqual(written);
          },
        ),
        { numRuns: 60 },
      );
    });

    test('pages are newest first, and a cursor goes on where the page before ended', async () => {
      const store = await freshStore(engine);
      // Three records of each moment, so that a page ends between records of one time.
      const batch = Array.from({ length: 12 }, (_, index) =>
        outcome(index, { startedAt: 1000 + Math.floor(index / 3) }),
      );
      await store.records.commit(batch);
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.records.list(DEFAULT_TENANT, {}, { limit: 5, cursor });
        seen.push(...page.map((record) => record.id));
        cursor = page.at(-1)?.id;
      } while (cursor !== undefined);
      expect(seen).toEqual(batch.map((each) => each.usage.id).toReversed());
      await expect(store.records.list(DEFAULT_TENANT, {}, { limit: 5, cursor: 'ur_none' })).rejects.toMatchObject({
        code: 'request.invalid',
        param: 'cursor',
      });
    });

    test('a filter finds what it names and nothing else', async () => {
      const store = await freshStore(engine);
      await store.records.commit(FOUR);
      for (const [filter, expected] of FILTERS) {
        const hint = JSON.stringify(filter);
        const found = await store.records.list(DEFAULT_TENANT, filter, ALL);
        expect(
          found.map((record) => record.startedAt / 1000),
          hint,
        ).toEqual(expected);
        const totals = await store.records.totals(DEFAULT_TENANT, filter, undefined);
        expect(totals, hint).toMatchObject([{ requests: expected.length }]);
        expect(await store.records.list(STRANGER, filter, ALL), hint).toEqual([]);
        expect(await store.records.totals(STRANGER, filter, 'key'), hint).toEqual([]);
      }
    });

    test('totals are exact beyond 2^53 and say what they could not price', async () => {
      const store = await freshStore(engine);
      const large = 9_007_199_254_740_993n;
      await store.records.commit([
        outcome(1, {
          costNano: nanoUsd(large),
          usage: { ...NO_USAGE, inputTokens: 1, cachedInputTokens: 2, outputTokens: 3, reasoningTokens: 4 },
        }),
        outcome(2, { costNano: nanoUsd(2n ** 63n - 1n), usage: NO_USAGE, usageBasis: 'estimated' }),
        outcome(3, { costNano: nanoUsd(2n ** 63n - 1n), usage: NO_USAGE }),
        outcome(4, { costNano: undefined, usage: NO_USAGE, status: 'cut' }),
      ]);
      expect(await store.records.totals(DEFAULT_TENANT, {}, undefined)).toEqual([
        {
          group: undefined,
          requests: 4,
          failedRequests: 1,
          estimatedRequests: 1,
          unpricedRequests: 1,
          inputTokens: 1,
          cachedInputTokens: 2,
          outputTokens: 3,
          reasoningTokens: 4,
          costNano: large + 2n * (2n ** 63n - 1n),
        },
      ]);
    });

    test('a correction counts in tokens and money, and is no request', async () => {
      const store = await freshStore(engine);
      const written = outcome(2, {
        corrects: outcome(1).usage.id,
        usage: { ...NO_USAGE, inputTokens: -4 },
        costNano: nanoUsd(-500n),
        status: 'upstream_error',
      });
      await store.records.commit([outcome(1), written]);
      expect(await store.records.get(DEFAULT_TENANT, written.usage.requestId)).toEqual(written);
      expect(await store.records.totals(DEFAULT_TENANT, {}, undefined)).toMatchObject([
        { requests: 1, failedRequests: 0, unpricedRequests: 0, inputTokens: 6, outputTokens: 5, costNano: 1000n },
      ]);
    });

    test('totals of nothing are zeros', async () => {
      const store = await freshStore(engine);
      expect(await store.records.totals(DEFAULT_TENANT, {}, undefined)).toMatchObject([{ requests: 0, costNano: 0n }]);
      expect(await store.records.totals(DEFAULT_TENANT, {}, 'model')).toEqual([]);
    });

    test('totals by a group are one line per group', async () => {
      const store = await freshStore(engine);
      await store.records.commit(FOUR);
      for (const [group, expected] of GROUPS) {
        const lines = await store.records.totals(DEFAULT_TENANT, {}, group);
        const found = new Map(lines.map((line) => [line.group, line.requests]));
        expect(found, group).toEqual(new Map(expected));
        expect(lines.map((line) => line.requests)).toEqual(expected.map(([, requests]) => requests));
      }
    });

    test('totals by day are by UTC day', async () => {
      const store = await freshStore(engine);
      const midnight = Date.UTC(2026, 0, 2);
      await store.records.commit([
        outcome(1, { startedAt: midnight - 1 }),
        outcome(2, { startedAt: midnight }),
        outcome(3, { startedAt: midnight + DAY_MS - 1 }),
      ]);
      const lines = await store.records.totals(DEFAULT_TENANT, {}, 'day');
      expect(lines.map((line) => [line.group, line.requests])).toEqual([
        ['2026-01-02', 2],
        ['2026-01-01', 1],
      ]);
    });

    test('writers of two processes and a long change do not lose or mix a batch', async () => {
      const location = await engine.migratedLocation();
      const stores = [openAt(location), openAt(location)];
      const commits = stores.flatMap((store, which) =>
        Array.from({ length: 25 }, (_, batch) =>
          store.records.commit([outcome(which * 1000 + batch * 2), outcome(which * 1000 + batch * 2 + 1)]),
        ),
      );
      const changes = stores.map((store) =>
        store.rateCards
          .insert([])
          .then(() => store.catalogue.apply([{ id: 'p', document: '{}', source: 't', appliedAt: 1 }])),
      );
      await Promise.all([...commits, ...changes]);
      expect(await stores[0]?.records.list(DEFAULT_TENANT, {}, ALL)).toHaveLength(100);
    });
  });
});

const EVERY_FIELD: Partial<UsageRecord> = {
  made: { imageSize: '1792x1024', imageQuality: 'hd' },
  deliveredTokens: 12,
  memberId: 'mem_1',
  serviceAccountId: 'svc_1',
  endUser: 'eve',
  tags: { team: 'search', empty: '' },
  clientRequestId: 'client-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  streamed: true,
  usage: {
    inputTokens: 0,
    cachedInputTokens: 1,
    cacheWrite5mTokens: 2,
    cacheWrite1hTokens: 3,
    audioInputTokens: 4,
    outputTokens: 5,
    reasoningTokens: 6,
    audioOutputTokens: 7,
    imageInputTokens: 12,
    imageOutputTokens: 13,
    images: 8,
    seconds: 9.5,
    characters: 10,
    toolCalls: 11,
    providerCostUsd: '0.00012',
  },
  usageBasis: 'estimated',
  costNano: nanoUsd(9_007_199_254_740_993n),
  status: 'upstream_error',
  httpStatus: 502,
  errorCode: 'upstream.error',
  requestBytes: 2 ** 40,
};

const FOUR: readonly RequestOutcome[] = [
  outcome(1, { startedAt: 1000, endUser: 'eve' }),
  outcome(2, { startedAt: 2000, keyId: 'vk_two', requestedModel: 'fast', routedModel: 'claude' }),
  outcome(3, {
    startedAt: 3000,
    routedModel: 'claude',
    providerId: 'anthropic',
    connectionId: 'conn_two',
    application: 'app',
  }),
  outcome(4, {
    startedAt: 4000,
    requestedModel: 'blocked',
    routedModel: undefined,
    providerId: undefined,
    status: 'rejected',
  }),
];

/** Each record of FOUR by its second. */
const FILTERS: readonly [UsageFilter, readonly number[]][] = [
  [{}, [4, 3, 2, 1]],
  [{ fromMs: 2000, toMs: 4000 }, [3, 2]],
  [{ keyId: 'vk_two' }, [2]],
  [{ model: 'claude' }, [3, 2]],
  [{ model: 'gpt-example' }, [1]],
  [{ providerId: 'anthropic' }, [3]],
  [{ connectionId: 'conn_two' }, [3]],
  [{ status: 'rejected' }, [4]],
  [{ endUser: 'eve' }, [1]],
  [{ application: 'app' }, [3]],
  [{ model: 'claude', keyId: 'vk_one' }, [3]],
];

/** Lines with the most requests come first. */
const GROUPS: readonly [UsageGroup, readonly [string | undefined, number][]][] = [
  [
    'model',
    [
      ['claude', 2],
      ['blocked', 1],
      ['gpt-example', 1],
    ],
  ],
  [
    'provider',
    [
      ['openai', 2],
      ['anthropic', 1],
      [undefined, 1],
    ],
  ],
  [
    'connection',
    [
      ['conn_one', 3],
      ['conn_two', 1],
    ],
  ],
  [
    'key',
    [
      ['vk_one', 3],
      ['vk_two', 1],
    ],
  ],
  [
    'status',
    [
      ['success', 3],
      ['rejected', 1],
    ],
  ],
  ['operation', [['chat', 4]]],
  [
    'endUser',
    [
      [undefined, 3],
      ['eve', 1],
    ],
  ],
  [
    'application',
    [
      ['vk_one', 3],
      ['app', 1],
    ],
  ],
];

function withStatus(each: RequestOutcome, status: UsageRecord['status']): RequestOutcome {
  return { ...each, usage: { ...each.usage, status } };
}
