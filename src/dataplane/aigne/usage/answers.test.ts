import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, parseJson } from '../../../kernel/json.ts';
import { nanoCredits } from '../../../kernel/money.ts';
import type { Grant } from '../../../protocol/ledger.ts';
import type { Role } from '../../../protocol/people.ts';
import type { Principal } from '../../../protocol/principal.ts';
import type { UsageRecord } from '../../../protocol/records.ts';
import { sumRecords } from '../../../protocol/usage-sums.ts';
import { outcome } from '../../../storage/testing/rows.ts';
import { USAGE_ROUTES } from './answers.ts';
import { CALL_TYPES, operationsOf, typeOf } from './measures.ts';
import type { UsageReads } from './ports.ts';

const NOW = Date.parse('2026-03-10T12:00:00Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const PRINCIPAL: Principal = {
  organizationId: 'org_1',
  projectId: 'proj_1',
  keyId: 'vk_1',
  keyName: 'key',
  memberId: 'mem_1',
  serviceAccountId: undefined,
  teamId: undefined,
  refusesLosses: false,
  cacheSeconds: undefined,
};

let nextNumber = 0;

/** A call of so many milliseconds before now. */
function call(agoMs: number, fields: Partial<UsageRecord> = {}): UsageRecord {
  nextNumber += 1;
  const { organizationId, projectId, memberId, keyId } = PRINCIPAL;
  const own = { organizationId, projectId, memberId, keyId, startedAt: NOW - agoMs, application: 'app' };
  return outcome(nextNumber, { ...own, ...fields }).usage;
}

/** What the store would answer, of records in memory. */
function reads(records: readonly UsageRecord[], role: Role = 'developer'): UsageReads {
  return {
    view: (_scope, work) => work({ sums: async (wanted) => sumRecords(records, wanted), isCapped: async () => false }),
    list: async (_scope, filter, { limit, cursor }) => {
      const found = records
        .filter(({ keyId }) => filter.keyId === undefined || keyId === filter.keyId)
        .filter(({ application }) => filter.application === undefined || application === filter.application)
        .filter(({ startedAt }) => startedAt >= (filter.fromMs ?? 0) && startedAt < (filter.toMs ?? NOW))
        .toSorted((a, b) => b.startedAt - a.startedAt);
      const start = found.findIndex(({ id }) => id === cursor) + 1;
      return found.slice(start, start + limit);
    },
    roleOf: async () => role,
    named: async (_organizationId, id) => (id === 'mem_1' ? { fullName: 'Ann', email: 'ann@acme.test' } : undefined),
    providerName: (id) => (id === 'openai' ? 'OpenAI' : undefined),
    pageOf: (id) => `https://hub.test/dashboard/${id}`,
    charges: undefined,
  };
}

const GRANTS: readonly Grant[] = (['organization/org_1', 'project/proj_1', 'member/mem_1', 'key/vk_1'] as const).map(
  (accountId, index) => ({
    id: `gr_${index}`,
    organizationId: 'org_1',
    accountId,
    kind: index === 0 ? 'purchased' : 'allotment',
    name: `of ${accountId}`,
    issuedNano: nanoCredits(5_000_000_000n),
    remainingNano: nanoCredits(index === 3 ? 0n : 4_000_000_000n),
    heldNano: nanoCredits(0n),
    priority: 100,
    expiresAt: index === 2 ? NOW - 1 : undefined,
    createdAt: NOW - index * DAY_MS,
    models: undefined,
    projectIds: undefined,
  }),
);

/** The same where each call was charged as many billionths of a credit as its place among them. */
function paidReads(records: readonly UsageRecord[], role: Role = 'developer'): UsageReads {
  const amountOf = (id: string) => nanoCredits(BigInt(records.findIndex((record) => record.id === id) + 1));
  return {
    ...reads(records, role),
    charges: {
      seenBy: async () => ({
        balance: {
          availableNano: nanoCredits(6_000_000_000n),
          heldNano: nanoCredits(1_500_000_000n),
          issuedNano: nanoCredits(10_000_000_000n),
          grants: 2,
        },
        name: 'stars',
        prefix: '€',
        purchaseLink: 'https://example.com/credit',
      }),
      grants: async (_organizationId, accountIds) => GRANTS.filter(({ accountId }) => accountIds.includes(accountId)),
      of: async (_scope, ids) => new Map(ids.map((id) => [id, amountOf(id)])),
      sums: async (_scope, { edges, groupBy }) =>
        records.flatMap(({ id, startedAt, operation, application }) => {
          const bucket = edges.findLastIndex((edge) => edge <= startedAt);
          const value = groupBy && { operation, application }[groupBy];
          return bucket < 0 || bucket >= edges.length - 1 ? [] : [{ bucket, value, amountNano: amountOf(id) }];
        }),
    },
  };
}

async function answer(usage: UsageReads, path: string, query = '', body: JsonObject = {}, principal = PRINCIPAL) {
  const route = USAGE_ROUTES.get(path);
  if (route === undefined) throw new Error(`nothing is served at ${path}`);
  const asked = { principal, query: new URLSearchParams(query), body: async () => body, nowMs: NOW, usage };
  return await route.answer(asked);
}

async function read(usage: UsageReads, path: string, query = '', body: JsonObject = {}): Promise<JsonObject> {
  const value = parseJson((await answer(usage, path, query, body)).body);
  if (!isJsonObject(value)) throw new Error('no object');
  return value;
}

it('every operation is of one kind', () => {
  const table = CALL_TYPES.flatMap((type) => operationsOf(type).map((operation) => [operation, type]));
  expect(table).toHaveLength(10);
  for (const [operation = '', type] of table) expect(typeOf(operation)).toBe(type);
  expect(typeOf('of an older hub')).toBe('custom');
});

describe('a call', () => {
  it('is told in AIGNE’s names and units', async () => {
    const usage = { ...call(0).usage, inputTokens: 10, cachedInputTokens: 4, outputTokens: 5, reasoningTokens: 2 };
    const record = call(HOUR_MS, {
      usage,
      durationMs: 1260,
      firstByteMs: 312.6,
      requestedModel: 'openai/gpt-example',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    const { list } = await read(reads([record]), '/api/user/model-calls');
    expect(list).toEqual([
      {
        id: record.id,
        providerId: 'openai',
        model: 'gpt-example',
        type: 'chatCompletion',
        totalUsage: 21,
        usageMetrics: { inputTokens: 14, outputTokens: 7, cacheReadInputTokens: 4 },
        credits: 0,
        status: 'success',
        duration: 1.3,
        appDid: 'app',
        userDid: 'mem_1',
        requestId: record.requestId,
        metadata: { startTime: NOW - HOUR_MS, originalModel: 'openai/gpt-example' },
        callTime: (NOW - HOUR_MS) / 1000,
        traceId: '0af7651916cd43dd8448eb211c80319c',
        ttfb: 313,
        createdAt: '2026-03-10T11:00:00.000Z',
        provider: { id: 'openai', name: 'openai', displayName: 'OpenAI' },
        appInfo: { appName: 'app', appDid: 'app', appLogo: '', appUrl: '' },
        userInfo: { did: 'mem_1', fullName: 'Ann', email: 'ann@acme.test', avatar: '' },
      },
    ]);
  });

  it('that failed before a provider was chosen says why, and names none', async () => {
    const failed = { status: 'rejected', errorCode: 'model.not_found', providerId: undefined } as const;
    const { list } = await read(reads([call(0, failed)]), '/api/user/model-calls');
    expect(list).toMatchObject([
      { status: 'failed', providerId: '', errorReason: expect.stringMatching(/model/i), provider: { displayName: '' } },
    ]);
  });

  it('shows its credential to owners and admins alone', async () => {
    const shown = await read(reads([call(0)], 'admin'), '/api/user/model-calls', 'allUsers=1');
    expect(shown['list']).toMatchObject([{ credentialId: 'cred_one' }]);
    await expect(read(reads([call(0)], 'billing'), '/api/user/model-calls', 'allUsers=1')).rejects.toMatchObject({
      code: 'access.denied',
    });
  });

  it('is a line of the file, with headings in two languages', async () => {
    const records = [call(HOUR_MS, { application: '+SUM(A1)' })];
    const [head, line] = (await answer(reads(records), '/api/user/model-calls/export')).body.split('\r\n');
    expect(head).toBe(
      'Timestamp,Request ID,User DID,User Name,User Email,Model,Provider,Type,Status,' +
        'Input Tokens,Output Tokens,Total Usage,Credits,Duration(s),App DID',
    );
    expect(line).toBe(
      `2026-03-10T11:00:00.000Z,${records[0]?.requestId},mem_1,Ann,ann@acme.test,gpt-example,OpenAI,` +
        "chatCompletion,success,10,5,15,0,0,'+SUM(A1)",
    );
    const chinese = await answer(reads(records), '/api/user/model-calls/export', 'locale=zh');
    expect(chinese.body.split('\r\n')[0]?.split(',')).toHaveLength(15);
    expect(chinese.fileName).toBe('model-calls-2026-03-10.csv');
  });
});

describe('a list of calls', () => {
  it('joins a person’s keys, newest first, each call once', async () => {
    const records = Array.from({ length: 130 }, (_, index) => call(index * 1000, { keyId: `vk_${index % 3}` }));
    const corrected = call(500, { corrects: records[0]?.id, keyId: 'vk_1' });
    const foreign = call(700, { memberId: 'mem_2', keyId: 'vk_9' });
    const seen: unknown[] = [];
    for (const page of [1, 2]) {
      const query = `page=${page}&pageSize=100`;
      const { count, list } = await read(reads([...records, corrected, foreign]), '/api/user/model-calls', query);
      expect(count).toBe(130);
      if (Array.isArray(list)) seen.push(...list.map((row) => (isJsonObject(row) ? row['id'] : undefined)));
    }
    expect(seen).toEqual(records.map(({ id }) => id));
  });

  it('counts what only a look at each call can tell', async () => {
    const slow = [1000, 2000, 3000].map((durationMs) => call(durationMs, { durationMs }));
    const { count, list } = await read(reads(slow), '/api/user/model-calls', 'minDurationSeconds=2&pageSize=1');
    expect([count, Array.isArray(list) && list.length]).toEqual([2, 1]);
  });

  it('says so where too many would have to be looked through', async () => {
    const one = call(0);
    const endless = { ...reads([one]), list: async () => Array.from({ length: 500 }, () => one) };
    await expect(read(endless, '/api/user/model-calls', 'search=none')).rejects.toMatchObject({
      code: 'request.invalid',
      param: 'startTime',
    });
  });
});

describe('sums', () => {
  it('are told by kind, day and model, against the time before', async () => {
    const records = [
      call(HOUR_MS),
      call(HOUR_MS, { operation: 'completions', status: 'timeout' }),
      call(DAY_MS, { operation: 'embeddings', routedModel: 'embed', providerId: 'other' }),
      call(HOUR_MS, { providerId: undefined, status: 'rejected', routedModel: undefined }),
      call(9 * DAY_MS),
    ];
    expect(await read(reads(records), '/api/user/usage-stats', 'timezoneOffset=-480')).toEqual({
      summary: {
        totalCredits: 0,
        totalCalls: 4,
        modelCount: 2,
        byType: {
          chatCompletion: { totalUsage: 45, totalCredits: 0, totalCalls: 3, successCalls: 1 },
          embedding: { totalUsage: 15, totalCredits: 0, totalCalls: 1, successCalls: 1 },
        },
      },
      dailyStats: ['03', '04', '05', '06', '07', '08', '09', '10'].map((day) => ({
        date: `2026-03-${day}`,
        credits: 0,
        tokens: { '09': 15, '10': 45 }[day] ?? 0,
        requests: { '09': 1, '10': 3 }[day] ?? 0,
      })),
      modelStats: [
        { providerId: 'openai', provider: 'OpenAI', model: 'gpt-example', totalCalls: 2 },
        { providerId: 'other', provider: 'other', model: 'embed', totalCalls: 1 },
      ],
      totalModelCount: 2,
      trendComparison: {
        current: { totalUsage: 60, totalCredits: 0, totalCalls: 4 },
        previous: { totalUsage: 15, totalCredits: 0, totalCalls: 1 },
        growth: { usageGrowth: 3, creditsGrowth: 0, callsGrowth: 3 },
      },
    });
  });

  it('are told of applications, busiest first, with the last call', async () => {
    const records = [
      call(HOUR_MS, { durationMs: 1000 }),
      call(2 * HOUR_MS, { durationMs: 3000, status: 'cut' }),
      call(3 * HOUR_MS, { application: 'other', durationMs: 500 }),
    ];
    const { projects, total } = await read(reads(records), '/api/usage/projects');
    expect(total).toBe(2);
    expect(projects).toMatchObject([
      { appDid: 'app', totalCalls: 2, successRate: 50, totalCredits: 0, lastCallTime: (NOW - HOUR_MS) / 1000 },
      { appDid: 'other', totalCalls: 1, successRate: 100, lastCallTime: (NOW - 3 * HOUR_MS) / 1000 },
    ]);
    // Means are within two percent.
    expect(projects).toMatchObject([{ avgDuration: expect.closeTo(2, 1) }, { avgDuration: expect.closeTo(0.5, 1) }]);
    const rising = await read(reads(records), '/api/usage/projects', 'sortOrder=asc&pageSize=1');
    expect(rising).toMatchObject({ projects: [{ appDid: 'other' }], total: 2, page: 1, pageSize: 1 });
  });

  it('are told over time, with the hours in which nothing was called', async () => {
    const records = [call(HOUR_MS, { firstByteMs: 200 }), call(HOUR_MS, { application: 'other', firstByteMs: 400 })];
    const query = `startTime=${(NOW - 3 * HOUR_MS) / 1000}&endTime=${NOW / 1000 - 1}`;
    const one = await read(reads(records), '/api/usage/projects/trends', `${query}&appDid=other`);
    expect(one).toMatchObject({ project: { appDid: 'other', totalCalls: 1 }, granularity: 'hour' });
    expect(one['trends']).toMatchObject([
      { timestamp: (NOW - 3 * HOUR_MS) / 1000, calls: 0, successRate: 0, avgTtfb: 0 },
      { calls: 0 },
      { calls: 1, successCalls: 1, successRate: 100, totalUsage: 15, avgTtfb: expect.closeTo(0.4, 1) },
    ]);
    const { trends } = await read(reads(records), '/api/usage/projects/group-trends', query);
    expect(trends).toMatchObject([
      { byProject: {} },
      { byProject: {} },
      { byProject: { app: { totalCalls: 1 }, other: { totalCalls: 1, totalUsage: 15 } } },
    ]);
  });
});

describe('where calls are paid for with credit', () => {
  const records = [
    call(HOUR_MS, { application: 'one' }),
    call(2 * HOUR_MS, { application: 'two' }),
    call(26 * HOUR_MS, { application: 'one', operation: 'embeddings', requestedModel: 'a/embed' }),
    call(9 * DAY_MS, { application: 'one' }),
  ];

  it.each(['/api/user/model-calls', '/api/user/usage-stats', '/api/usage/projects', '/api/user/model-calls/export'])(
    '%s names no provider, credential or cost',
    async (path) => {
      const { body } = await answer(
        paidReads(records, 'owner'),
        path,
        path.includes('model-calls') ? 'allUsers=1' : '',
      );
      expect(body).not.toMatch(/openai|cred_one|cost/i);
    },
  );

  it('calls are told with what they were charged, under the model that was asked for', async () => {
    const { list } = await read(paidReads(records), '/api/user/model-calls');
    expect(list).toMatchObject([
      { credits: 1e-9, providerId: '', provider: { id: '', name: '', displayName: '' } },
      { credits: 2e-9 },
      { credits: 3e-9, model: 'a/embed' },
      { credits: 4e-9 },
    ]);
    const { body } = await answer(paidReads(records), '/api/user/model-calls/export');
    expect(body.split('\r\n')[1]?.split(',').slice(-3)[0]).toBe('1e-9');
  });

  it('sums hold what was charged, by day, kind and application, against the time before', async () => {
    const stats = await read(paidReads(records), '/api/user/usage-stats');
    expect(stats).toMatchObject({
      summary: {
        totalCredits: 6e-9,
        byType: { chatCompletion: { totalCredits: 3e-9 }, embedding: { totalCredits: 3e-9 } },
      },
      modelStats: [{ providerId: '', provider: '', model: 'gpt-example', totalCalls: 3 }],
      trendComparison: { previous: { totalCredits: 4e-9 }, growth: { creditsGrowth: 0.5 } },
    });
    const days = stats['dailyStats'];
    expect(Array.isArray(days) && days.slice(-2)).toMatchObject([{ credits: 3e-9 }, { credits: 3e-9 }]);
    const { projects } = await read(paidReads(records), '/api/usage/projects', 'sortBy=totalCredits');
    expect(projects).toMatchObject([
      { appDid: 'one', totalCredits: 4e-9 },
      { appDid: 'two', totalCredits: 2e-9 },
    ]);
  });

  it('nobody finds out by a filter or a search who serves', async () => {
    await expect(read(paidReads(records), '/api/user/model-calls', 'providerId=openai')).rejects.toMatchObject({
      code: 'access.denied',
    });
    for (const more of ['', '&searchFields=providerId']) {
      const { count } = await read(paidReads(records), '/api/user/model-calls', `search=openai${more}`);
      expect(count).toBe(0);
    }
  });
});

describe('credit as clients ask after it', () => {
  const records = [call(HOUR_MS), call(2 * HOUR_MS), call(9 * DAY_MS)];
  const CURRENCY = { name: 'stars', symbol: '€', decimal: 9 };

  it('is told in smallest units, and to people in decimals', async () => {
    expect(await read(paidReads(records), '/api/user/credit/balance')).toMatchObject({
      balance: '6000000000',
      total: '10000000000',
      grantCount: 2,
      pendingCredit: '1500000000',
      currency: CURRENCY,
    });
    expect(await read(paidReads(records), '/api/user/info')).toMatchObject({
      creditBalance: { balance: '6', total: '10', grantCount: 2, pendingCredit: '1.5' },
      creditPrefix: '€',
      profileLink: 'https://hub.test/dashboard/org_1',
    });
    const link = await answer(paidReads(records), '/api/user/credit/payment-link');
    expect(parseJson(link.body)).toBe('https://example.com/credit');
  });

  it('lasts as long as what was used a day says', async () => {
    const quota = await read(paidReads(records), '/api/usage/quota');
    expect(quota).toMatchObject({ total: '10', remaining: '6', used: '2.5', pendingCredit: '1.5', currency: CURRENCY });
    // The third call lies before the days that are averaged, and three billionths over seven days last for ever.
    expect(quota).toMatchObject({ dailyAvgCredits: 0, estimatedDaysRemaining: 999 });
  });

  it.each([
    ['a member', 'developer', {}, ['key/vk_1', 'member/mem_1']],
    ['an owner', 'owner', {}, ['key/vk_1', 'member/mem_1', 'organization/org_1', 'project/proj_1']],
    ['who pays the bills', 'billing', {}, ['key/vk_1', 'member/mem_1', 'organization/org_1', 'project/proj_1']],
    ['nobody', 'owner', { memberId: undefined }, ['key/vk_1', 'project/proj_1']],
  ] as const)('a key of %s is told of the grants that it may see', async (_who, role, of, seen) => {
    const usage = paidReads(records, role);
    const { body } = await answer(usage, '/api/user/credit/grants', '', {}, { ...PRINCIPAL, ...of });
    const names = [...body.matchAll(/"name":"(of [^"]+)"/g)].map(([, name]) => name);
    expect(new Set(names)).toEqual(new Set(seen.map((id) => `of ${id}`)));
  });

  it('grants come in pages, of a time, each with what became of it', async () => {
    const owner = paidReads(records, 'owner');
    expect(await read(owner, '/api/user/credit/grants', 'page=2&pageSize=3')).toMatchObject({
      count: 4,
      list: [{ id: 'gr_3', status: 'depleted', amount: '5000000000', remaining_amount: '0' }],
      paging: { page: 2, pageSize: 3 },
    });
    const since = Math.floor((NOW - DAY_MS) / 1000);
    expect(await read(owner, '/api/user/credit/grants', `start=${since}`)).toMatchObject({
      count: 2,
      list: [
        { category: 'paid', status: 'granted' },
        { category: 'promotional', expires_at: 0 },
      ],
    });
    await expect(read(owner, '/api/user/credit/grants', 'start=2&end=1')).rejects.toMatchObject({ param: 'end' });
    await expect(read(owner, '/api/user/credit/grants', 'pageSize=101')).rejects.toMatchObject({ param: 'pageSize' });
  });

  it('transactions are the calls with what each took', async () => {
    expect(await read(paidReads(records), '/api/user/credit/transactions', 'pageSize=2')).toMatchObject({
      count: 3,
      list: [
        { id: records[0]?.id, credit_amount: '1' },
        { credit_amount: '2', paymentCurrency: CURRENCY },
      ],
      paging: { page: 1, pageSize: 2 },
    });
    await expect(read(paidReads(records), '/api/user/credit/transactions', 'allUsers=true')).rejects.toMatchObject({
      code: 'access.denied',
    });
  });

  it('is none where nobody is charged', async () => {
    const none = reads(records);
    expect(await read(none, '/api/user/credit/balance')).toMatchObject({ balance: '0', currency: null });
    expect(await read(none, '/api/user/credit/grants')).toMatchObject({ count: 0, list: [] });
    expect(await read(none, '/api/user/credit/transactions')).toMatchObject({ count: 0, list: [] });
    expect(await read(none, '/api/usage/quota')).toMatchObject({ remaining: '0', estimatedDaysRemaining: 999 });
    expect((await answer(none, '/api/user/credit/payment-link')).body).toBe('null');
  });
});
