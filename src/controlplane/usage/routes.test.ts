import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accessOf, project } from '../../identity/testing/access.ts';
import { ERRORS } from '../../kernel/errors.ts';
import { NOTHING_SAID, termsOfCharging } from '../../protocol/charging.ts';
import { lossOfCredit } from '../../protocol/for-payers.ts';
import { connection, credential } from '../../storage/testing/rows.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';
import { exampleOutcome } from '../testing/examples.ts';
import { TEST_NOW, TEST_TENANT } from '../testing/memory-state.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

const BEYOND_DOUBLES = 2n ** 53n + 1n;
const HOUR_MS = 3_600_000;
const KEY = {
  projectId: undefined,
  owner: undefined,
  allowedModels: undefined,
  refusesLosses: false,
  cacheSeconds: undefined,
  expiresAt: undefined,
  allowedAddresses: undefined,
  allowedOrigins: undefined,
};

beforeEach(() => {
  const { outcomes } = plane.state;
  for (let index = 1; index <= 5; index += 1)
    outcomes.push(exampleOutcome(index, TEST_NOW - index * HOUR_MS, BEYOND_DOUBLES));
  outcomes.push(exampleOutcome(6, TEST_NOW - 48 * HOUR_MS, undefined));
});

it('records are paged newest first, each exactly once', async () => {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const { body } = await plane.call(
      'GET',
      `/usage/records?limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`,
    );
    const page = body as { data: { id: string }[]; next_cursor?: string };
    seen.push(...page.data.map((row) => row.id));
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  expect(seen).toEqual(['ur_0006', 'ur_0005', 'ur_0004', 'ur_0003', 'ur_0002', 'ur_0001']);
});

it('costs keep every digit; a record without a price has none, and says so', async () => {
  const { body } = await plane.call('GET', '/usage/records');
  const { data } = body as { data: Record<string, unknown>[] };
  expect(data.at(-1)).toMatchObject({ priced: true, cost_nano_usd: '9007199254740993', cost_usd: '9007199.254740993' });
  expect(data[0]).toMatchObject({ priced: false, usage: { input_tokens: 10, output_tokens: 20 } });
  expect(data[0]).not.toHaveProperty('cost_usd');
  expect(data[0]?.['usage']).not.toHaveProperty('reasoning_tokens');
});

it('totals are exact over the time that is asked for', async () => {
  const from = new Date(TEST_NOW - 24 * HOUR_MS).toISOString();
  const { body } = await plane.call('GET', `/usage/totals?from=${from}&group_by=model`);
  expect(body).toMatchObject({
    data: [
      { group: 'small-model', requests: 5, unpriced_requests: 0, cost_nano_usd: (5n * BEYOND_DOUBLES).toString() },
    ],
  });
});

describe('a chargeback', () => {
  const month = new Date(TEST_NOW).toISOString().slice(0, 'YYYY-MM'.length);

  it('tells a month by project, with what it all comes to', async () => {
    const { body } = await plane.call('GET', `/usage/chargeback?month=${month}&by=project`);
    expect(body).toMatchObject({
      month,
      time_zone: 'UTC',
      rows: [{ value: 'proj_test' }],
      total: { unpriced_requests: 0 },
    });
    const { rows, total } = body as { rows: { requests: number; cost_usd: string }[]; total: object };
    expect(rows[0]).toMatchObject(total);
  });

  it('is a file for spreadsheets, and one for programs', async () => {
    const csv = await plane.call('GET', `/usage/chargeback/export?month=${month}&by=tag&tag=team`);
    const [head = '', line = ''] = csv.text.split('\r\n');
    expect(head).toMatch(/^value,name,requests,.*,cost_usd$/);
    expect(line).toMatch(/^search,/);
    expect(csv.headers['content-disposition']).toBe(`attachment; filename="chargeback-${month}-tag.csv"`);
    const { text } = await plane.call('GET', `/usage/chargeback/export?month=${month}&by=project&format=jsonl`);
    expect(text.trimEnd().split('\n')).toHaveLength(1);
  });

  it.each(['month=2026-13&by=team', 'month=2026-1&by=team', `month=${month}`, `month=${month}&by=team&time_zone=Mars`])(
    'is refused for %s',
    async (query) => {
      expect((await plane.call('GET', `/usage/chargeback?${query}`)).status).toBe(400);
    },
  );
});

describe('where calls are paid for with credit', () => {
  const CHARGING = termsOfCharging(NOTHING_SAID, NOTHING_SAID);
  let charged: TestControlPlane;
  let isOperator = false;
  beforeEach(async () => {
    charged = await startTestControlPlane(({ access, credit }) => ({
      credit: { ...credit, charging: () => CHARGING },
      access: {
        ...access,
        within: async (actor, organizationId) => {
          const found = await access.within(actor, organizationId);
          const permissions = [...found.permissions].filter((name) => isOperator || name !== 'installation.read');
          return { ...found, permissions: new Set(permissions) };
        },
      },
    }));
    charged.state.outcomes.push(exampleOutcome(1, TEST_NOW - HOUR_MS, 5n));
    isOperator = false;
  });
  afterEach(async () => charged.app.close());

  it.each(['/usage/records', '/usage/requests/req_call1', '/usage/records/export?format=jsonl'])(
    '%s tells who pays neither cost nor provider',
    async (path) => {
      const { status, text } = await charged.call('GET', path);
      expect(status).toBe(200);
      for (const secret of ['cost', 'cloudy', 'conn_1', 'cred_1', 'rc_', 'routed_model', 'served_model', 'up-1']) {
        expect(text).not.toContain(secret);
      }
      isOperator = true;
      expect((await charged.call('GET', path)).text).toContain('cloudy');
    },
  );

  it('a request’s error and losses name neither who serves nor what its format lacks', async () => {
    const { usage, request } = exampleOutcome(2, TEST_NOW - HOUR_MS, 5n);
    charged.state.outcomes.push({
      usage: { ...usage, status: 'rejected', errorCode: 'provider.dialect_unsupported' },
      request: {
        ...request,
        errorMessage: 'Cloudy takes this operation in no wire format that the request can be translated into.',
        losses: [
          { field: 'seed', reason: 'Cloudy knows no seed' },
          { field: 'seed', reason: 'cloudy-chat has no such field' },
          lossOfCredit(12),
        ],
      },
    });
    const { body } = await charged.call('GET', '/usage/requests/req_call2');
    expect(body).toMatchObject({
      error_message: ERRORS['provider.dialect_unsupported'].message,
      losses: [{ field: 'seed' }, { field: 'maxOutputTokens', reason: 'the credit pays for 12 tokens of answer' }],
    });
    expect(JSON.stringify(body)).not.toMatch(/cloudy/i);
    isOperator = true;
    expect((await charged.call('GET', '/usage/requests/req_call2')).body).toMatchObject({
      error_message: expect.stringContaining('Cloudy'),
      losses: [{ reason: 'Cloudy knows no seed' }, {}, {}],
    });
  });

  it('a request’s own faults are told in the words that the caller read', async () => {
    const { usage, request } = exampleOutcome(3, TEST_NOW - HOUR_MS, 5n);
    const errorMessage = '`temperature` is no number.';
    charged.state.outcomes.push({
      usage: { ...usage, status: 'rejected', errorCode: 'request.invalid' },
      request: { ...request, errorMessage },
    });
    const { body } = await charged.call('GET', '/usage/requests/req_call3');
    expect(body).toMatchObject({ error_message: errorMessage });
  });

  it('the columns of a file hold nothing that is not told', async () => {
    const [head = ''] = (await charged.call('GET', '/usage/records/export')).text.split('\r\n');
    expect(head.split(',')).toContain('charge');
    expect(head).not.toMatch(/cost|provider|connection|rate_card|routed|served/);
  });

  it.each([
    '/usage/records?provider_id=cloudy',
    '/usage/records/export?connection_id=conn_1',
    '/usage/totals?group_by=provider',
    '/usage/totals?provider_id=cloudy',
    `/usage/explore?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&group_by=connection`,
    '/usage/forecast',
    '/usage/chargeback?month=2026-01&by=team',
    '/usage/chargeback/export?month=2026-01&by=team',
    '/usage/savings?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z',
  ])('%s is refused to who pays, and answered to operators', async (path) => {
    expect(await charged.call('GET', path)).toMatchObject({ status: 403, body: { error: { code: 'access.denied' } } });
    isOperator = true;
    expect((await charged.call('GET', path)).status).toBe(200);
  });

  it.each(['/usage/totals', '/usage/explore?from=2026-01-01T00:00:00Z&to=2026-01-03T00:00:00Z&group_by=model'])(
    '%s sums without cost',
    async (path) => {
      const { status, text } = await charged.call('GET', path);
      expect(status).toBe(200);
      expect(text).not.toContain('cost');
      isOperator = true;
      expect((await charged.call('GET', path)).text).toContain('cost_nano_usd');
    },
  );
});

it('one request is shown with its attempts', async () => {
  expect((await plane.call('GET', '/usage/requests/req_call3')).body).toMatchObject({
    usage_record: { request_id: 'req_call3' },
    attempts: [{ outcome: 'success', upstream_request_id: 'up-1' }],
    losses: [],
  });
  expect((await plane.call('GET', '/usage/requests/req_none')).status).toBe(404);
});

it('a request that failed says what to do about it, as far as its error is one of today’s', async () => {
  const [known, unknown] = plane.state.outcomes.splice(0, 2);
  for (const [outcome, errorCode] of [
    [known, 'auth.key_missing'],
    [unknown, 'of.old_times'],
  ] as const) {
    if (outcome !== undefined) plane.state.outcomes.push({ ...outcome, usage: { ...outcome.usage, errorCode } });
  }
  expect((await plane.call('GET', '/usage/requests/req_call1')).body).toMatchObject({
    error_remedy: 'Send the key as `Authorization: Bearer sk-hub-…`.',
  });
  expect((await plane.call('GET', '/usage/requests/req_call2')).body).not.toHaveProperty('error_remedy');
});

describe('who may use some projects only', () => {
  const TEAM = { teamId: 'team_2' };
  const developer = accessOf('developer', TEST_TENANT);

  it('sees the usage of those, and no other is there for them', async () => {
    const limited = await startTestControlPlane(({ access }) => ({
      access: { ...access, within: async () => developer },
    }));
    const { projects, outcomes } = limited.state;
    projects.set('proj_hidden', project('proj_hidden', TEST_TENANT.organizationId, TEAM));
    const hidden = exampleOutcome(7, TEST_NOW, undefined);
    outcomes.push(exampleOutcome(1, TEST_NOW - HOUR_MS, undefined));
    outcomes.push({ ...hidden, usage: { ...hidden.usage, projectId: 'proj_hidden' } });
    const { body } = await limited.call('GET', '/usage/records');
    expect(body).toMatchObject({ data: [{ id: 'ur_0001', project_id: TEST_TENANT.projectId }] });
    expect((await limited.call('GET', '/usage/totals')).body).toMatchObject({ data: [{ requests: 1 }] });
    expect((await limited.call('GET', `/usage/requests/${hidden.usage.requestId}`)).status).toBe(404);
    expect((await limited.call('GET', '/usage/records?project_id=proj_hidden')).status).toBe(404);
    expect((await limited.call('GET', '/usage/totals?project_id=proj_hidden')).status).toBe(404);
    await limited.app.close();
  });

  it('chooses one of them', async () => {
    const named = await plane.call('GET', `/usage/records?project_id=${TEST_TENANT.projectId}`);
    expect((named.body as { data: unknown[] }).data).toHaveLength(6);
    plane.state.projects.set('proj_empty', project('proj_empty', TEST_TENANT.organizationId));
    expect((await plane.call('GET', '/usage/records?project_id=proj_empty')).body).toEqual({ data: [] });
  });
});

describe('exploring usage', () => {
  const day = (daysAgo: number): string => new Date(TEST_NOW - daysAgo * 24 * HOUR_MS).toISOString();

  it('sums a time in all, by group and by bucket, and the buckets add up', async () => {
    const { status, body } = await plane.call(
      'GET',
      `/usage/explore?from=${day(3)}&to=${day(0)}&time_zone=Asia/Kolkata&granularity=day&group_by=model&compare=previous`,
    );
    expect(status).toBe(200);
    const { groups, totals, buckets } = body as {
      groups: { value: string; points: { requests: number; cost_nano_usd: string }[] }[];
      totals: object;
      buckets: { start: string; end: string }[];
    };
    expect(totals).toMatchObject({
      requests: 6,
      unpriced_requests: 1,
      cost_nano_usd: (5n * BEYOND_DOUBLES).toString(),
      latency_ms: { p50: expect.closeTo(90, -1) },
    });
    expect(groups).toMatchObject([{ value: 'small-model', totals }]);
    expect(groups[0]?.points.map(({ requests }) => requests).reduce((a, b) => a + b, 0)).toBe(6);
    expect([buckets[0]?.start, buckets.at(-1)?.end]).toEqual([day(3), day(0)]);
    expect(buckets[1]?.start).toMatch(/T18:30:00.000Z$/);
    expect(body).toMatchObject({ previous_totals: { requests: 0, cost_usd: '0' } });
  });

  it('takes a filter several times, any of whose values will do', async () => {
    const url = `/usage/explore?from=${day(3)}&to=${day(0)}&key_id=vk_0`;
    expect((await plane.call('GET', url)).body).toMatchObject({ totals: { requests: 0 } });
    expect((await plane.call('GET', `${url}&key_id=vk_1`)).body).toMatchObject({ totals: { requests: 6 } });
  });

  it.each([
    ['no zone', `from=${day(1)}&to=${day(0)}&time_zone=Mars/Olympus`, 'time_zone'],
    ['no time', `from=${day(0)}&to=${day(0)}`, 'to'],
    ['too many buckets', `from=${day(20)}&to=${day(0)}&granularity=quarter_hour`, 'granularity'],
    ['too long a time', 'from=1970-01-01T00:00:00Z&to=2020-01-01T00:00:00Z', 'from'],
  ])('refuses %s, and says which parameter it is', async (_name, query, param) => {
    const { status, body } = await plane.call('GET', `/usage/explore?${query}`);
    expect([status, body]).toMatchObject([400, { error: { code: 'request.invalid', param } }]);
  });
});

describe('exporting usage', () => {
  it('gives every record, as many pages as there are, each once', async () => {
    const many = await startTestControlPlane();
    for (let index = 1; index <= 1101; index += 1) {
      const { usage, request } = exampleOutcome(index, TEST_NOW - index, undefined);
      many.state.outcomes.push({ usage: { ...usage, endUser: '=cmd()' }, request });
    }
    const { status, text, headers } = await many.call('GET', '/usage/records/export?format=csv');
    expect([status, headers['content-disposition']]).toEqual([200, 'attachment; filename="usage.csv"']);
    const [head = '', ...lines] = text.trimEnd().split('\r\n');
    expect(lines).toHaveLength(1101);
    const [requestId, endUser] = ['request_id', 'end_user'].map((name) => head.split(',').indexOf(name));
    expect(new Set(lines.map((line) => line.split(',')[requestId ?? 0])).size).toBe(1101);
    // A spreadsheet would run it.
    expect(lines[0]?.split(',')[endUser ?? 0]).toBe("'=cmd()");
    const json = await many.call('GET', '/usage/records/export?format=jsonl&status=success');
    expect(JSON.parse(json.text.split('\n')[0] ?? '')).toMatchObject({
      end_user: '=cmd()',
      usage: { input_tokens: 10 },
    });
    await many.app.close();
  });
});

describe('the forecast of the month', () => {
  it('tells what was spent, and nothing of its end while there are too few days', async () => {
    const { status, body } = await plane.call('GET', '/usage/forecast?time_zone=Asia/Kolkata');
    expect([status, body]).toMatchObject([
      200,
      {
        time_zone: 'Asia/Kolkata',
        month: { start: '2025-12-31T18:30:00.000Z', end: '2026-01-31T18:30:00.000Z' },
        organization: { so_far: { cost_nano_usd: (5n * BEYOND_DOUBLES).toString() }, unpriced_requests: 0 },
        projects: [{ project_id: TEST_TENANT.projectId }],
      },
    ]);
    expect((body as { organization: object }).organization).not.toHaveProperty('projection');
  });

  it('tells what is expected with its range and what that is made of', async () => {
    plane.state.outcomes.push(exampleOutcome(7, TEST_NOW - 60 * 24 * HOUR_MS, 1n));
    const { body } = await plane.call('GET', '/usage/forecast');
    expect(body).toMatchObject({
      today_weekday: 5,
      organization: { projection: { days_of_data: 28, expected: { cost_nano_usd: expect.any(String) } } },
    });
    const { weekdays } = (body as { organization: { projection: { weekdays: { to_come: number }[] } } }).organization
      .projection;
    expect(weekdays.map(({ to_come }) => to_come)).toEqual([4, 4, 4, 4, 4, 5, 4]);
  });

  it('refuses a zone that is none', async () => {
    const { status, body } = await plane.call('GET', '/usage/forecast?time_zone=Mars/Olympus');
    expect([status, body]).toMatchObject([400, { error: { param: 'time_zone' } }]);
  });
});

describe('what could be saved', () => {
  const SPAN = `from=${new Date(TEST_NOW - 24 * HOUR_MS).toISOString()}&to=${new Date(TEST_NOW).toISOString()}`;
  const OLD = TEST_NOW - 31 * 24 * HOUR_MS;

  it('names keys and credentials that could be used and were not for thirty days', async () => {
    const { state, call } = plane;
    const made = await call('POST', '/connections', { provider_id: 'cloudy', credential: { secret: 'sk-cloudy' } });
    expect(made.status).toBe(201);
    for (const name of ['idle', 'busy', 'ended', 'young']) await call('POST', '/keys', { name });
    for (const [id, row] of state.keys) {
      const change = {
        idle: {},
        busy: { lastUsedAt: TEST_NOW },
        ended: { revokedAt: OLD },
        young: { createdAt: TEST_NOW },
      };
      state.keys.set(id, { ...row, createdAt: OLD, ...change[row.name as keyof typeof change] });
    }
    for (const [id, row] of state.credentials)
      state.credentials.set(id, { ...row, createdAt: OLD, lastUsedAt: undefined });
    const { status, body } = await call('GET', `/usage/savings?${SPAN}`);
    expect([status, body]).toMatchObject([
      200,
      {
        findings: [
          { kind: 'unused_keys', keys: [{ name: 'idle' }] },
          { kind: 'unused_credentials', credentials: [{}] },
        ],
      },
    ]);
    expect((body as { findings: { keys?: unknown[] }[] }).findings[0]?.keys).toHaveLength(1);
  });

  it.each([
    ['developer', ['unused_keys']],
    ['billing', []],
  ] as const)('shows a %s nothing that the role may not read', async (role, kinds) => {
    const limited = await startTestControlPlane(({ access }) => ({
      access: { ...access, within: async () => accessOf(role, TEST_TENANT) },
    }));
    await limited.services.keys.create(accessOf('owner', TEST_TENANT), { ...KEY, name: 'idle' });
    for (const [id, row] of limited.state.keys) limited.state.keys.set(id, { ...row, createdAt: OLD });
    limited.state.connections.set('conn_1', { ...connection('conn_1'), ...TEST_TENANT });
    limited.state.credentials.set('cred_1', { ...credential('cred_1', 'conn_1'), ...TEST_TENANT });
    const { body } = await limited.call('GET', `/usage/savings?${SPAN}`);
    expect((body as { findings: { kind: string }[] }).findings.map(({ kind }) => kind)).toEqual(kinds);
    await limited.app.close();
  });

  it('tells what failed calls cost', async () => {
    const { usage, request } = exampleOutcome(8, TEST_NOW - HOUR_MS, 20_000_000n);
    plane.state.outcomes.push({ usage: { ...usage, status: 'cut' }, request });
    expect((await plane.call('GET', `/usage/savings?${SPAN}`)).body).toMatchObject({
      findings: [
        {
          kind: 'failed_spend',
          model: 'small-model',
          requests: 1,
          cost: { cost_usd: '0.02' },
          statuses: [{ status: 'cut' }],
        },
      ],
    });
  });
});
