import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { createSealDigest } from '../../src/ledger/seals.ts';
import { verifyLedger } from '../../src/ledger/verify.ts';
import { giveMuch, setPrices, withStore } from '../support/credit-scene.ts';
import { HOSTILE_COUNTS } from '../support/fake-upstream/behaviour.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody, eventually, type HubAnswer } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

/** Credit against providers that tell nonsense of what was used, and callers that ask for it. */

const ACCOUNT = 'organization/org_default';

let upstream: FakeUpstream;
let hub: HubProcess;
let key: string;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  hub = await startHub({
    allow: [new URL(upstream.url).host],
    environment: { HUB_CREDIT: 'true', HUB_SIMULATED: 'off', HUB_METRICS_ACCESS: 'loopback' },
  });
  await hub.connectFake(upstream, { name: 'fake' });
  await setPrices(hub);
  key = (await hub.createKey('credit')).secret;
  await withStore(join(hub.dataDir, 'hub.db'), (store) => giveMuch(store, [ACCOUNT]));
});

afterAll(async () => {
  await hub.stop();
  await upstream.close();
});

type Row = { readonly state: string; readonly amount: number; readonly held: number; readonly overrun: number };

/** The charges of a call, once no call holds anything. */
async function chargesOf({ headers }: HubAnswer): Promise<readonly Row[]> {
  return await eventually('no hold is open', () => {
    const database = new Database(join(hub.dataDir, 'hub.db'), { readonly: true });
    try {
      const open = database.prepare<[], { count: number }>('SELECT COUNT(*) AS count FROM ledger_holds').get();
      if (open?.count !== 0) return undefined;
      return database
        .prepare<[string], Row>(
          `SELECT c.state, c.amount_nano AS amount, c.held_nano AS held, c.overrun_nano AS overrun
          FROM ledger_charges AS c JOIN usage_records AS u ON u.id = c.id WHERE u.request_id = ?`,
        )
        .all(String(headers['x-request-id']));
    } finally {
      database.close();
    }
  });
}

/** What the metrics have counted so far. */
async function counted() {
  const { text } = await callHub(hub, undefined, { method: 'GET', path: '/metrics' });
  const valueOf = (series: string): number =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1] ?? 0,
    );
  return {
    hostile: valueOf('hub_usage_unbelievable_total') + valueOf('hub_answers_unreadable_total'),
    overruns: valueOf('hub_credit_overruns_total'),
    overrunNano: valueOf('hub_credit_overrun_nano_total'),
    estimated: valueOf('hub_credit_charges_total{state="estimated"}'),
  };
}

const chat = (more: JsonObject): Promise<HubAnswer> => callHub(hub, key, { body: chatBody(more) });

describe.each([false, true])('usage that cannot be believed (stream: %s)', (stream) => {
  it.each([...HOSTILE_COUNTS])(
    '%s is charged once, as estimated or as told, and never beyond what was held',
    async (text) => {
      upstream.setScript(() => ({ usage: { kind: 'hostile', text } }));
      const before = await counted();
      const answer = await chat({ stream, max_tokens: 100 });
      const charges = await chargesOf(answer);
      expect(charges).toHaveLength(1);
      const [charge] = charges;
      expect(charge?.amount).toBeGreaterThanOrEqual(0);
      expect(charge?.amount).toBeLessThanOrEqual(charge?.held ?? -1);
      expect((await counted()).hostile - before.hostile).toBe(1);
      // Whoever got an answer pays for it.
      if (answer.status === 200) expect(charge?.amount).toBeGreaterThan(0);
    },
  );

  it.each(['missing', 'null', 'twice', 'every-chunk'] as const)('%s is charged once', async (kind) => {
    upstream.setScript(() => ({ usage: { kind } }));
    const before = await counted();
    const charges = await chargesOf(await chat({ stream, max_tokens: 100 }));
    expect(charges).toHaveLength(1);
    expect(charges[0]?.state).toBe(kind === 'twice' || kind === 'every-chunk' ? 'settled' : 'estimated');
    expect(charges[0]?.amount).toBeGreaterThan(0);
    const after = await counted();
    expect(after.hostile).toBe(before.hostile);
    expect(after.estimated - before.estimated).toBe(charges[0]?.state === 'estimated' ? 1 : 0);
  });

  it('far beyond what was asked for is charged as far as was held, and the rest is told', async () => {
    upstream.setScript(() => ({ usage: { kind: 'hostile', text: '1000000' } }));
    const before = await counted();
    const [charge] = await chargesOf(await chat({ stream, max_tokens: 100 }));
    expect(charge).toMatchObject({ state: 'settled', amount: charge?.held });
    // A million tokens in and out, at two and eight dollars.
    expect(charge?.overrun).toBe(10_000_000_000 - (charge?.held ?? 0));
    const after = await counted();
    expect(after.overruns - before.overruns).toBe(1);
    expect(after.overrunNano - before.overrunNano).toBe(charge?.overrun);
  });
});

describe('a request cannot make its hold smaller than what it may use', () => {
  const full = async (): Promise<number> => (await chargesOf(await chat({})))[0]?.held ?? 0;

  it.each<[string, JsonObject]>([
    ['no limit', {}],
    ['a limit below zero', { max_tokens: -1 }],
    ['a limit of nothing', { max_tokens: 0 }],
    ['a limit in words', { max_tokens: '10' }],
    ['choices below zero', { n: -1 }],
    ['no choices', { n: 0 }],
  ])('%s', async (_, more) => {
    upstream.setScript(() => undefined);
    const answer = await chat(more);
    if (answer.status === 400) return;
    const [charge] = await chargesOf(answer);
    expect(charge?.held).toBeGreaterThanOrEqual((await full()) * 0.99);
  });

  it.each<[string, JsonObject, number]>([
    ['every choice is counted', { n: 4, max_tokens: 1000 }, 4 * 1000 * 8000],
    ['the larger of two limits counts', { max_tokens: 10, max_completion_tokens: 3000 }, 3000 * 8000],
    ['a limit beyond all models is the context', { max_tokens: 1e18 }, 200_000 * 8000],
  ])('%s', async (_, more, least) => {
    upstream.setScript(() => undefined);
    const [charge] = await chargesOf(await chat(more));
    expect(charge?.held).toBeGreaterThanOrEqual(least);
  });

  it('an absurd number of choices costs more than anybody has', async () => {
    const answer = await chat({ n: 1e15, max_tokens: 1e9 });
    expect([400, 402]).toContain(answer.status);
  });
});

it('leaves a ledger that proves every balance', async () => {
  const verdict = await withStore(join(hub.dataDir, 'hub.db'), (store) =>
    verifyLedger(store.ledgerProof, createSealDigest(Buffer.from('none'))),
  );
  expect(verdict.differences.filter(({ id }) => !id.startsWith('seal'))).toEqual([]);
});
