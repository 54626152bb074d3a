import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { parseCredits } from '../../src/kernel/money.ts';
import type { BrokenStreamPolicy } from '../../src/protocol/broken-streams.ts';
import { giveMuch, setPrices, withStore } from '../support/credit-scene.ts';
import { type FakeUpstream, type Script, startFakeUpstream } from '../support/fake-upstream.ts';
import {
  asObject,
  callHub,
  chatBody,
  eventually,
  listOf,
  openCall,
  requestDetail,
  textOf,
} from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

/** What is charged for answers that break off, by the policy of their organization. */

const OPTIONS = { environment: { HUB_CREDIT: 'true', HUB_SIMULATED: 'off' } };
/** Nano-credits for a token, as the scene sets them. */
const INPUT = 2000n;
const OUTPUT = 8000n;
const WORDS = 40;

let dataDir: string;
let upstream: FakeUpstream;
let hub: HubProcess;
let key: string;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  dataDir = await mkdtemp(join(tmpdir(), 'hub-broken-'));
  hub = await startHub({ ...OPTIONS, dataDir, allow: [new URL(upstream.url).host] });
  await hub.connectFake(upstream, { name: 'fake' });
  await setPrices(hub);
  key = (await hub.createKey('broken')).secret;
  await withStore(join(dataDir, 'hub.db'), (store) => giveMuch(store, ['organization/org_default']));
});

afterAll(async () => {
  await hub.stop();
  await upstream.close();
  await rm(dataDir, { recursive: true, force: true });
});

beforeEach(() => {
  upstream.setScript(undefined);
  upstream.journal.clear();
});

const setPolicy = (policy: BrokenStreamPolicy) =>
  hub.control('PUT', '/installation/credit/organizations/org_default/broken-streams', { policy });

let calls = 0;

/** The body of a call that can be told from those before by its end user. */
function nextBody(): JsonObject {
  calls += 1;
  return chatBody({ stream: true, max_tokens: 200, user: `caller-${calls}` });
}

const stream = () => callHub(hub, key, { body: nextBody() });

/** What the last call was charged, as its page shows it, once it is over. */
async function lastCharge(): Promise<{ readonly record: JsonObject; readonly charge: JsonObject }> {
  return await eventually('the charge of the last call', async () => {
    const [record] = await listOf(hub, '/usage/records?limit=1');
    if (record?.['end_user'] !== `caller-${calls}`) return undefined;
    const { charge } = await requestDetail(hub, textOf(record['request_id']));
    return charge === undefined ? undefined : { record, charge: asObject(charge) };
  });
}

/** An answer whose provider says with its first words already what all of it uses, and stops after a few. */
const CUT: Script = () => ({
  contentEvents: WORDS,
  usage: { kind: 'every-chunk' },
  cut: { how: 'reset', unit: 'events', after: 5 },
});
/** One that breaks off before the first of it. */
const CUT_AT_ONCE: Script = () => ({ hang: { at: 'headers' } });

/** Hangs until the caller has left. */
async function leaveBeforeAnything(): Promise<void> {
  upstream.setScript(CUT_AT_ONCE);
  const gone = new AbortController();
  const call = callHub(hub, key, { body: nextBody(), signal: gone.signal });
  await upstream.journal.waitFor(() => true);
  gone.abort();
  await call.catch(() => undefined);
}

const nanoOf = (credits: unknown): bigint => parseCredits(String(credits)) ?? 0n;

function tokensOf({ usage }: JsonObject): { readonly input: bigint; readonly output: bigint } {
  const { input_tokens: input, output_tokens: output } = asObject(usage);
  return { input: BigInt(Number(input)), output: BigInt(Number(output)) };
}

describe('an answer that its provider cuts', () => {
  it('is charged what the provider has reported', async () => {
    await setPolicy('bill-provider-usage');
    upstream.setScript(CUT);
    await stream();
    const { record, charge } = await lastCharge();
    const { input, output } = tokensOf(record);
    expect(output).toBeGreaterThanOrEqual(BigInt(WORDS));
    expect(nanoOf(charge['amount'])).toBe(input * INPUT + output * OUTPUT);
    expect(charge).toMatchObject({
      state: 'settled',
      basis: 'reported, bill-provider-usage, ended by the provider',
      explained: { broken_stream_policy: 'bill-provider-usage', waived: false },
    });
  });

  it('is charged what arrived, and says so, while its record keeps what the provider reported', async () => {
    await setPolicy('bill-received');
    upstream.setScript(CUT);
    await stream();
    const { record, charge } = await lastCharge();
    const { input, output } = tokensOf(record);
    const { lines, price } = asObject(charge['explained']);
    const arrived = (Array.isArray(lines) ? lines.map(asObject) : []).find(({ unit }) => unit === 'output');
    expect(output).toBeGreaterThanOrEqual(BigInt(WORDS));
    expect(Number(arrived?.['units'])).toBeGreaterThan(0);
    expect(Number(arrived?.['units'])).toBeLessThan(10);
    expect(nanoOf(charge['amount'])).toBe(input * INPUT + BigInt(Number(arrived?.['units'])) * OUTPUT);
    expect(charge).toMatchObject({
      state: 'estimated',
      amount: price,
      basis: 'estimated, bill-received, ended by the provider',
      explained: { broken_stream_policy: 'bill-received' },
    });
  });

  it('is not waived where something of it was delivered', async () => {
    await setPolicy('waive-if-nothing-delivered');
    upstream.setScript(CUT);
    await stream();
    const { record, charge } = await lastCharge();
    const { input, output } = tokensOf(record);
    expect(nanoOf(charge['amount'])).toBe(input * INPUT + output * OUTPUT);
    expect(charge['basis']).toBe('reported, waive-if-nothing-delivered, ended by the provider');
  });
});

describe('an answer that its caller leaves before anything of it has come', () => {
  it.each(['bill-provider-usage', 'bill-received'] as const)('is charged what went in: %s', async (policy) => {
    await setPolicy(policy);
    await leaveBeforeAnything();
    const { record, charge } = await lastCharge();
    expect(nanoOf(charge['amount'])).toBe(tokensOf(record).input * INPUT);
    expect(charge).toMatchObject({ state: 'estimated', basis: `estimated, ${policy}, ended by the caller` });
  });

  it('is waived, which is the operator’s loss', async () => {
    await setPolicy('waive-if-nothing-delivered');
    await leaveBeforeAnything();
    const { record, charge } = await lastCharge();
    expect(Number(record['cost_nano_usd'])).toBeGreaterThan(0);
    expect(charge).toMatchObject({
      amount: '0',
      basis: 'nothing was delivered, waive-if-nothing-delivered, ended by the caller',
      explained: { price: '0', lines: [], broken_stream_policy: 'waive-if-nothing-delivered', waived: true },
    });
  });
});

describe('a complete answer', () => {
  it('is charged as always, and names the policy that was agreed', async () => {
    await setPolicy('waive-if-nothing-delivered');
    await stream();
    const { record, charge } = await lastCharge();
    const { input, output } = tokensOf(record);
    expect(nanoOf(charge['amount'])).toBe(input * INPUT + output * OUTPUT);
    expect(charge).toMatchObject({
      state: 'settled',
      basis: 'reported',
      explained: { broken_stream_policy: 'waive-if-nothing-delivered' },
    });
    expect(asObject(charge['explained'])).not.toHaveProperty('waived');
  });
});

describe('the policy counts that was set when the call began', () => {
  it('also where it is another when the answer breaks off', async () => {
    await setPolicy('waive-if-nothing-delivered');
    upstream.setScript(CUT_AT_ONCE);
    const gone = new AbortController();
    const call = callHub(hub, key, { body: nextBody(), signal: gone.signal });
    await upstream.journal.waitFor(() => true);
    await setPolicy('bill-received');
    gone.abort();
    await call.catch(() => undefined);
    expect((await lastCharge()).charge).toMatchObject({ amount: '0' });
  });
});

describe('a hub that is killed charges at its next start as it would have', () => {
  const dieAndComeBack = async (): Promise<void> => {
    await hub.kill9();
    hub = await startHub({ ...OPTIONS, dataDir, allow: [new URL(upstream.url).host] });
  };

  it('nothing where nothing was delivered, if that is waived', async () => {
    await setPolicy('waive-if-nothing-delivered');
    upstream.setScript(CUT_AT_ONCE);
    callHub(hub, key, { body: nextBody() }).catch(() => undefined);
    await upstream.journal.waitFor(() => true);
    await dieAndComeBack();
    const { record, charge } = await lastCharge();
    expect(record['status']).toBe('interrupted');
    expect(charge).toMatchObject({
      amount: '0',
      basis: 'nothing was delivered, waive-if-nothing-delivered, ended by the hub, which was stopped',
    });
  });

  it.each(['waive-if-nothing-delivered', 'bill-received'] as const)(
    'what had arrived by then, as far as was noted: %s',
    async (policy) => {
      await setPolicy(policy);
      upstream.setScript(() => ({ contentEvents: WORDS, hang: { at: 'event', after: 6 } }));
      const answer = await openCall(hub, key, { body: nextBody() });
      answer.on('error', () => undefined).resume();
      await eventually('a note of how far the answer is', hasNotedProgress);
      await dieAndComeBack();
      const { record, charge } = await lastCharge();
      const { input, output } = tokensOf(record);
      expect(output).toBeGreaterThan(0n);
      expect(nanoOf(charge['amount'])).toBe(input * INPUT + output * OUTPUT);
      expect(charge['basis']).toBe(`estimated, ${policy}, ended by the hub, which was stopped`);
    },
  );
});

async function hasNotedProgress(): Promise<true | undefined> {
  const folder = join(dataDir, 'journal');
  const names = (await readdir(folder)).filter((name) => name.startsWith('inflight-'));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.some((text) => text.includes('"contentEvents"')) || undefined;
}
