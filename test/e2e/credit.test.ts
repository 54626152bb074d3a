import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, parseJson } from '../../src/kernel/json.ts';
import { formatCredits, nanoCredits, parseCredits } from '../../src/kernel/money.ts';
import { tamper } from '../../src/storage/testing/tamper.ts';
import { PURCHASE_LINK, startCreditHub } from '../support/credit-scene.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, chatBody, eventually, type HubAnswer, textOf } from '../support/hub-calls.ts';
import { runCommand } from '../support/hub-command.ts';
import type { HubProcess } from '../support/hub-process.ts';

/** Calls that are paid for with credit, on a hub as a reseller runs it. */

const OF_HUB = { organization_id: 'org_default' };
const ACCOUNT = 'organization/org_default';
/** Dollars for a million tokens, and 20 % on top. */
const PRICES = [
  { unit: 'input', usd_per_million: '1000' },
  { unit: 'output', usd_per_million: '4000' },
];
const CREDIT = 1_000_000_000n;
const SEALED_WITHIN_MS = 30_000;

let upstream: FakeUpstream;
let hub: HubProcess;
let key: string;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  hub = await startCreditHub(upstream);
  const [connection] = await list('/connections');
  const providerId = connection?.['provider_id'] ?? null;
  await hub.control('POST', '/prices', {
    provider_id: providerId,
    model: 'fake-small',
    prices: PRICES,
  });
  await hub.control('POST', '/prices', {
    provider_id: providerId,
    model: 'fake-embed',
    prices: PRICES.slice(0, 1),
  });
  key = (await hub.createKey('credit')).secret;
});

afterAll(async () => {
  await hub.stop();
  await upstream.close();
});

beforeEach(async () => {
  await takeAll();
  upstream.setScript(undefined);
  upstream.journal.clear();
});

async function list(path: string): Promise<readonly JsonObject[]> {
  const page = await hub.control('GET', path);
  const data = isJsonObject(page) ? page['data'] : undefined;
  return Array.isArray(data) ? data.filter(isJsonObject) : [];
}

async function give(nano: bigint, models?: string[]): Promise<void> {
  const amount = formatCredits(nanoCredits(nano));
  await hub.control('POST', '/installation/credit/grants', {
    ...OF_HUB,
    amount,
    name: 'Credit',
    ...(models && { models }),
  });
}

async function takeAll(): Promise<void> {
  const { free } = await balance();
  if (free === 0n) return;
  const amount = formatCredits(nanoCredits(free));
  await hub.control('POST', '/installation/credit/withdrawals', { ...OF_HUB, amount, reason: 'the next test' });
}

/** Once no call holds anything: charges follow the ends of their answers. */
async function balance(): Promise<{ readonly left: bigint; readonly free: bigint }> {
  return await eventually('no hold is open', async () => {
    const found = await balanceNow();
    return found.left === found.free ? found : undefined;
  });
}

async function balanceNow(): Promise<{ readonly left: bigint; readonly free: bigint }> {
  const [account] = await list(`/credit/accounts?account_id=${ACCOUNT}`);
  return { left: nanoOf(account?.['remaining']), free: nanoOf(account?.['available']) };
}

const chat = (more: JsonObject = {}, path = '/v1/chat/completions'): Promise<HubAnswer> =>
  callHub(hub, key, { path, body: chatBody({ max_tokens: 50, ...more }) });

/** Credits that an answer says it took, in nano-credits. */
function chargeOf({ headers, trailers }: HubAnswer): bigint {
  return nanoOf(headers['x-hub-charge'] ?? trailers['x-hub-charge']);
}

/** None where there is none: what is not above zero is no amount to give. */
function nanoOf(credits: unknown): bigint {
  return parseCredits(String(credits)) ?? 0n;
}

function usageOf({ json, events }: HubAnswer): { readonly input: number; readonly output: number } {
  const told = [json, ...events.filter((data) => data.startsWith('{')).map((data) => parseJson(data))];
  const usage = told
    .flatMap((each) => (isJsonObject(each) && isJsonObject(each['usage']) ? [each['usage']] : []))
    .at(-1);
  return { input: Number(usage?.['prompt_tokens']), output: Number(usage?.['completion_tokens']) };
}

/** A token in costs a thousandth of a credit, one out four, each with 20 %. */
const priceOf = ({ input, output }: { readonly input: number; readonly output: number }): bigint =>
  ((BigInt(input) * 1_000_000n + BigInt(output) * 4_000_000n) * 12n) / 10n;

describe('a call that is paid for with credit', () => {
  it.each([false, true])(
    'takes what was used with the margin, and tells neither provider nor cost (stream: %s)',
    async (stream) => {
      await give(100n * CREDIT);
      const answer = await chat({ stream, ...(stream ? { stream_options: { include_usage: true } } : {}) });
      expect(answer.status).toBe(200);
      expect(chargeOf(answer)).toBe(priceOf(usageOf(answer)));
      expect(await balance()).toEqual({
        left: 100n * CREDIT - chargeOf(answer),
        free: 100n * CREDIT - chargeOf(answer),
      });
      const told = { ...answer.headers, ...answer.trailers };
      for (const name of [
        'x-hub-cost',
        'x-hub-provider',
        'x-hub-connection',
        'x-hub-routed-model',
        'x-hub-served-model',
      ]) {
        expect(told).not.toHaveProperty(name);
      }
    },
  );

  it('counts embeddings, too', async () => {
    await give(CREDIT);
    const answer = await callHub(hub, key, {
      path: '/v1/embeddings',
      body: { model: 'fake/fake-embed', input: 'tide' },
    });
    expect(answer.json).toMatchObject({ object: 'list' });
    expect(answer.status).toBe(200);
    expect((await balance()).left).toBe(CREDIT - chargeOf(answer));
    expect(chargeOf(answer)).toBeGreaterThan(0n);
  });

  it.each<[string, JsonObject | undefined, bigint]>([
    ['is free where its provider fails', { instead: { kind: 'status', status: 500 } }, 0n],
    ['is free where its provider refuses it', { instead: { kind: 'status', status: 400 } }, 0n],
  ])('%s', async (_, behaviour, taken) => {
    await give(100n * CREDIT);
    upstream.setScript(() => behaviour as never);
    expect((await chat()).status).toBeGreaterThanOrEqual(400);
    expect(await balance()).toEqual({ left: 100n * CREDIT - taken, free: 100n * CREDIT - taken });
  });

  it('is answered with as much as the credit pays for, and says so', async () => {
    // A thousand and some tokens in at most, and 600 of the 4,000 tokens out that are asked for.
    await give(5n * CREDIT);
    const answer = await chat({ max_tokens: 4000 });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-hub-losses']).toContain('maxOutputTokens');
    const [sent] = upstream.journal.calls();
    const body = parseJson(sent?.body.toString() ?? '');
    const limit = isJsonObject(body) ? Number(body['max_tokens']) : Number.NaN;
    expect(limit).toBeGreaterThanOrEqual(256);
    expect(limit).toBeLessThan(4000);
    // The limit is what is left once the most that may come in is paid for.
    expect(BigInt(limit) * 4_800_000n).toBeLessThanOrEqual(5n * CREDIT);
  });

  it('may not use credit that is for another model', async () => {
    await give(100n * CREDIT, ['fake/fake-large']);
    expect((await chat()).error['code']).toBe('credit.exhausted');
    await give(100n * CREDIT, ['fake/fake-small']);
    expect((await chat()).status).toBe(200);
  });
});

describe('a call that cannot be paid for', () => {
  it.each<[string, JsonObject, (answer: HubAnswer) => unknown, JsonObject]>([
    [
      '/v1/chat/completions',
      {},
      ({ error }) => error,
      {
        code: 'credit.exhausted',
        details: { account: 'organization', link: expect.stringMatching(PURCHASE_LINK) as never },
      },
    ],
    [
      '/v1/messages',
      {},
      ({ json }) => json,
      { type: 'error', error: expect.objectContaining({ type: 'billing_error' }) as never },
    ],
    [
      '/api/v2/chat/completions',
      {},
      ({ error }) => error,
      { type: 'NOT_ENOUGH', link: expect.stringMatching(PURCHASE_LINK) as never },
    ],
  ])('is refused with 402 where the credit is used up: %s', async (path, more, read, expected) => {
    const answer = await chat(more, path);
    expect(answer.status).toBe(402);
    expect(read(answer)).toMatchObject(expected);
    expect(answer.headers['x-should-retry']).toBe('false');
    expect(upstream.journal.calls()).toEqual([]);
  });

  it('is refused with 429 where calls that are under way hold the credit', async () => {
    await give((7n * CREDIT) / 2n);
    upstream.setScript(() => ({ hang: { at: 'headers' } }));
    const first = callHub(hub, key, { body: chatBody({ max_tokens: 400 }), signal: AbortSignal.timeout(3000) }).catch(
      () => undefined,
    );
    await upstream.journal.waitFor(() => true);
    const second = await chat({ max_tokens: 400 });
    expect(second.status).toBe(429);
    expect(second.error['code']).toBe('credit.held');
    expect(second.headers['retry-after']).toBe('2');
    await first;
  });

  it.each<[string, string, JsonObject]>([
    ['a model without a price', '/v1/chat/completions', chatBody({ model: 'fake/fake-large' })],
    ['a film of a model that has no price for one', '/v1/videos', { model: 'fake/fake-small', prompt: 'tide' }],
  ])('is refused with 400: %s', async (_, path, body) => {
    await give(100n * CREDIT);
    const answer = await callHub(hub, key, { path, body });
    expect(answer.status).toBe(400);
    expect(answer.error['code']).toBe('credit.no_price');
  });
});

it('serves exactly as many calls as the balance pays for, ten times as many at once', async () => {
  const one = await (async () => {
    await give(100n * CREDIT);
    return chargeOf(await chat({ max_tokens: 20 }));
  })();
  expect(one).toBeGreaterThan(0n);
  await takeAll();
  await give(4n * CREDIT);
  const answers = await Promise.all(Array.from({ length: 40 }, () => chat({ max_tokens: 20 })));
  const served = answers.filter(({ status }) => status === 200);
  const taken = served.reduce((sum, answer) => sum + chargeOf(answer), 0n);
  expect(served.length).toBeGreaterThan(0);
  expect((await balance()).left).toBe(4n * CREDIT - taken);
  expect(answers.every(({ status }) => [200, 402, 429].includes(status))).toBe(true);
});

describe('the ledger that is left', () => {
  const verify = (...words: readonly string[]) =>
    runCommand(['ledger', 'verify', ...words, '--data-dir', hub.dataDir, '--json']);

  it('shows what a call was charged, and gives it back', async () => {
    await give(100n * CREDIT);
    await chat();
    await balance();
    const [entry] = (await list('/credit/entries')).filter(({ kind }) => kind === 'charge');
    const id = textOf(entry?.['charge_id']);
    const charge = asObject(await hub.control('GET', `/credit/charges/${id}`));
    expect(charge).toMatchObject({
      state: 'settled',
      account_ids: [ACCOUNT],
      entries: [{ amount: entry?.['amount'] }],
    });
    const taken = textOf(charge['amount']);
    const refund = { charge_id: id, amount: taken, reason: 'a broken answer' };
    await hub.control('POST', '/installation/credit/refunds', refund);
    expect((await balance()).left).toBe(100n * CREDIT);
    await expect(hub.control('POST', '/installation/credit/refunds', refund)).rejects.toThrow('0 credits are left');
  });

  it('proves every balance, sealed within seconds', { timeout: 60_000 }, async () => {
    const verdict = await eventually(
      'every entry is sealed',
      async () => {
        const found = await hub.control('GET', '/installation/ledger/verify');
        return isJsonObject(found) && found['unsealed'] === 0 && found;
      },
      SEALED_WITHIN_MS,
    );
    expect(verdict).toMatchObject({ intact: true, differences: [] });
    expect(Number(verdict['entries'])).toBeGreaterThan(10);
    expect(await verify()).toMatchObject({ code: 0, json: { intact: true } });
  });

  it('cannot be changed in its file without a trace', { timeout: 60_000 }, async () => {
    await give(CREDIT);
    const path = join(hub.dataDir, 'hub.db');
    const run = await tamper({ kind: 'sqlite', path }, { guarded: false });
    // Entry and grant together, as who knows the tables would: no balance is uneven by it.
    await run(`UPDATE ledger_entries SET amount_nano = amount_nano + 5 WHERE id = (SELECT MIN(id) FROM ledger_entries
      WHERE kind = 'grant')`);
    await run(`UPDATE ledger_grants SET issued_nano = issued_nano + 5, remaining_nano = remaining_nano + 5
      WHERE id = (SELECT MIN(grant_id) FROM ledger_entries WHERE kind = 'grant')`);
    const found = await verify();
    expect(found.code).toBe(1);
    expect(found.json).toMatchObject({
      intact: false,
      differences: [{ id: 'seal 1', what: 'is not what its entries and the seal before come to' }],
    });
  });
});
