import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts';
import { formatCredits, nanoCredits, parseCredits } from '../../src/kernel/money.ts';
import { SOUND } from '../support/fake-upstream/media-audio.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, eventually, textOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

/** Pictures, speech and transcriptions that are paid for with credit, on every route that makes them. */

const ACCOUNT = 'organization/org_default';
const MODELS = [
  'gpt-image-1',
  'dall-e-3',
  'tts-1',
  'gpt-4o-mini-tts',
  'whisper-1',
  'gpt-4o-transcribe',
  'gemini-2.5-flash-image',
  'imagen-4.0-generate-001',
];
const TOKENS = [
  { unit: 'input', usd_per_million: '5' },
  { unit: 'image-input', usd_per_million: '10' },
  { unit: 'image-output', usd_per_million: '40' },
  { unit: 'output', usd_per_million: '10' },
];
const EACH = [{ unit: 'image', usd_per_million: '40000' }];
/** Dollars for a million, by provider and model. */
const PRICES: readonly (readonly [string, string, readonly JsonObject[]])[] = [
  ['openai', 'gpt-image-1', TOKENS],
  [
    'openai',
    'dall-e-3',
    [
      { unit: 'image', usd_per_million: '40000', image_size: '1024x1024', image_quality: 'standard' },
      { unit: 'image', usd_per_million: '80000', image_size: '1792x1024', image_quality: 'standard' },
      { unit: 'image', usd_per_million: '120000', image_size: '1792x1024', image_quality: 'hd' },
    ],
  ],
  ['openai', 'tts-1', [{ unit: 'character', usd_per_million: '15' }]],
  [
    'openai',
    'gpt-4o-mini-tts',
    [
      { unit: 'input', usd_per_million: '0.6' },
      { unit: 'audio-output', usd_per_million: '12' },
    ],
  ],
  ['openai', 'whisper-1', [{ unit: 'minute', usd_per_million: '6000' }]],
  [
    'openai',
    'gpt-4o-transcribe',
    [
      { unit: 'input', usd_per_million: '2.5' },
      { unit: 'audio-input', usd_per_million: '6' },
      { unit: 'output', usd_per_million: '10' },
    ],
  ],
  ['google', 'gemini-2.5-flash-image', TOKENS],
  ['google', 'imagen-4.0-generate-001', EACH],
];

const OPTIONS = { environment: { HUB_CREDIT: 'true', HUB_SIMULATED: 'off' } };

let dataDir: string;
let upstream: FakeUpstream;
let hub: HubProcess;
let key: string;

beforeAll(async () => {
  upstream = await startFakeUpstream({ models: MODELS });
  dataDir = await mkdtemp(join(tmpdir(), 'hub-credit-media-'));
  hub = await startHub({ ...OPTIONS, dataDir, allow: [new URL(upstream.url).host] });
  await hub.connectFake(upstream, { name: 'openai' });
  await hub.connectFake(upstream, { name: 'google', providerId: 'google' });
  const ids = new Map((await list('/connections')).map((row) => [textOf(row['name']), row['provider_id'] ?? null]));
  for (const [name, model, prices] of PRICES) {
    await hub.control('POST', '/prices', { provider_id: ids.get(name) ?? null, model, prices: [...prices] });
  }
  key = (await hub.createKey('credit')).secret;
});

afterAll(async () => {
  await hub?.stop();
  await upstream?.close();
  await rm(dataDir, { recursive: true, force: true });
});

beforeEach(async () => {
  upstream.setScript(undefined);
  upstream.journal.clear();
  const left = await balance();
  if (left === 0n) return;
  const amount = formatCredits(nanoCredits(left));
  await hub.control('POST', '/installation/credit/withdrawals', {
    organization_id: 'org_default',
    amount,
    reason: 'the next test',
  });
});

async function list(path: string): Promise<readonly JsonObject[]> {
  const page = await hub.control('GET', path);
  const data = isJsonObject(page) ? page['data'] : undefined;
  return Array.isArray(data) ? data.filter(isJsonObject) : [];
}

const give = (nano: bigint) =>
  hub.control('POST', '/installation/credit/grants', {
    organization_id: 'org_default',
    amount: formatCredits(nanoCredits(nano)),
    name: 'Credit',
  });

const nanoOf = (credits: unknown): bigint => parseCredits(String(credits)) ?? 0n;

/** Once no call holds anything. */
async function balance(): Promise<bigint> {
  return await eventually('no hold is open', async () => {
    const [account] = await list(`/credit/accounts?account_id=${ACCOUNT}`);
    const left = nanoOf(account?.['remaining']);
    return left === nanoOf(account?.['available']) ? left : undefined;
  });
}

type Made = { readonly status: number; readonly code: unknown; readonly charge: bigint; readonly requestId: string };

async function post(path: string, body: FormData | string, headers: Record<string, string> = {}): Promise<Made> {
  const answer = await fetch(`${hub.address}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
    body,
  });
  const text = await answer.text();
  const code = answer.ok ? undefined : /"(?:code|type)":"(credit\.[a-z_]+)"/.exec(text)?.[1];
  const requestId = answer.headers.get('x-request-id') ?? '';
  return { status: answer.status, code, charge: nanoOf(answer.headers.get('x-hub-charge')), requestId };
}

const json = (path: string, body: JsonObject) =>
  post(path, JSON.stringify(body), { 'content-type': 'application/json' });

function form(path: string, fields: Record<string, string>, file: Buffer = SOUND, name = 'file'): Promise<Made> {
  const body = new FormData();
  for (const [field, value] of Object.entries(fields)) body.append(field, value);
  body.append(name, new Blob([new Uint8Array(file)]), 'a.wav');
  return post(path, body);
}

const picture = (more: JsonObject = {}) =>
  json('/v1/images/generations', { model: 'openai/dall-e-3', prompt: 'tide', ...more });

/** Whole seconds of sound in one channel of 8,000 samples of 16 bits; what its head says of its length is `claimed`. */
function wave(seconds: number, claimed = seconds): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + claimed * 16_000, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  // Ten times the byte rate would make it a tenth as long.
  head.writeUInt32LE(160_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(claimed * 16_000, 40);
  return Buffer.concat([head, Buffer.alloc(seconds * 16_000)]);
}

type Charge = { readonly state: string; readonly amount: number; readonly held: number; readonly overrun: number };

async function chargeOf({ requestId }: Made): Promise<Charge> {
  await balance();
  const database = new Database(join(hub.dataDir, 'hub.db'), { readonly: true });
  try {
    const found = database
      .prepare<[string], Charge>(
        `SELECT c.state, c.amount_nano AS amount, c.held_nano AS held, c.overrun_nano AS overrun
        FROM ledger_charges AS c JOIN usage_records AS u ON u.id = c.id WHERE u.request_id = ?`,
      )
      .all(requestId);
    expect(found).toHaveLength(1);
    const [charge] = found;
    if (charge === undefined) throw new Error('there is no charge');
    return charge;
  } finally {
    database.close();
  }
}

async function explainedOf(requestId: string): Promise<JsonObject> {
  const detail = await hub.control('GET', `/usage/requests/${requestId}`);
  const charge = isJsonObject(detail) ? detail['charge'] : undefined;
  return asObject(isJsonObject(charge) ? charge['explained'] : undefined);
}

const MUCH = 1_000_000_000_000n;
const ROUTES: readonly (readonly [string, () => Promise<Made>])[] = [
  ['a picture by the piece', () => picture()],
  ['a picture by its tokens', () => json('/v1/images/generations', { model: 'openai/gpt-image-1', prompt: 'tide' })],
  [
    'a picture as a stream',
    () => json('/v1/images/generations', { model: 'openai/gpt-image-1', prompt: 'tide', stream: true }),
  ],
  [
    'a changed picture',
    () => form('/v1/images/edits', { model: 'openai/gpt-image-1', prompt: 'tide' }, Buffer.alloc(5000, 7), 'image'),
  ],
  [
    'a picture of Gemini, by the framework',
    () =>
      json('/api/v2/image', { input: { prompt: 'tide', modelOptions: { model: 'google/gemini-2.5-flash-image' } } }),
  ],
  [
    'a picture of Imagen, by AIGNE’s API',
    () => json('/api/v2/image/generations', { model: 'google/imagen-4.0-generate-001', prompt: 'tide', n: 2 }),
  ],
  ['speech', () => json('/v1/audio/speech', { model: 'openai/tts-1', voice: 'alloy', input: 'Good day' })],
  [
    'a transcription by the second',
    () => form('/v1/audio/transcriptions', { model: 'openai/whisper-1', response_format: 'verbose_json' }),
  ],
  ['a transcription by the token', () => form('/v1/audio/transcriptions', { model: 'openai/gpt-4o-transcribe' })],
  [
    'a text whose length is not told',
    () => form('/v1/audio/transcriptions', { model: 'openai/whisper-1', response_format: 'text' }),
  ],
  [
    'a translation',
    () => form('/v1/audio/translations', { model: 'openai/whisper-1', response_format: 'verbose_json' }),
  ],
];

describe.each(ROUTES)('%s', (_, call) => {
  it('is served exactly as often as the credit pays for', async () => {
    await give(MUCH);
    const first = await call();
    expect(first.status).toBe(200);
    const { amount, held, overrun } = await chargeOf(first);
    expect(overrun).toBe(0);
    expect(amount).toBeGreaterThan(0);
    expect(held).toBeGreaterThanOrEqual(amount);
    await hub.control('POST', '/installation/credit/withdrawals', {
      organization_id: 'org_default',
      amount: formatCredits(nanoCredits(await balance())),
      reason: 'exactly so much',
    });
    const times = 3;
    await give(BigInt(amount) * BigInt(times - 1) + BigInt(held));
    for (let time = 0; time < times; time += 1) {
      expect((await call()).status).toBe(200);
      await balance();
    }
    const refused = await call();
    expect([refused.status, refused.code]).toEqual([402, expect.stringMatching(/^credit\.exhausted$|undefined/)]);
    expect(await balance()).toBe(BigInt(held) - BigInt(amount));
  });

  it('is explained by its record to the last billionth', async () => {
    await give(MUCH);
    const made = await call();
    const { amount } = await chargeOf(made);
    const explained = await explainedOf(made.requestId);
    expect(nanoOf(explained['price'])).toBe(BigInt(amount));
    expect(MUCH - (await balance())).toBe(BigInt(amount));
  });

  it('is free where its provider fails', async () => {
    await give(MUCH);
    upstream.setScript(() => ({ instead: { kind: 'status', status: 500 } }) as never);
    expect((await call()).status).toBeGreaterThanOrEqual(400);
    expect(await balance()).toBe(MUCH);
  });
});

describe('a call of which nothing was heard', () => {
  const hanging = async (call: (signal: AbortSignal) => Promise<unknown>): Promise<() => void> => {
    await give(MUCH);
    upstream.setScript(() => ({ hang: { at: 'headers' } }));
    const gone = new AbortController();
    void call(gone.signal).catch(() => undefined);
    await upstream.journal.waitFor(() => true);
    return () => gone.abort();
  };
  const speak = (signal: AbortSignal) =>
    callHub(hub, key, {
      path: '/v1/audio/speech',
      body: { model: 'openai/tts-1', voice: 'alloy', input: 'Good day' },
      signal,
    });

  it('pays for what went in where its caller leaves', async () => {
    const leave = await hanging(speak);
    leave();
    expect(MUCH - (await balance())).toBe(8n * 15_000n);
  });

  it('pays for what went in where the hub dies, once, and is not explained by what nobody knows', async () => {
    await hanging(speak);
    await hub.kill9();
    hub = await startHub({ ...OPTIONS, dataDir, allow: [new URL(upstream.url).host] });
    expect(MUCH - (await balance())).toBe(8n * 15_000n);
    const [record] = await list('/usage/records?limit=1');
    expect(record).toMatchObject({ status: 'interrupted', operation: 'speech' });
    const detail = await hub.control('GET', `/usage/requests/${textOf(record?.['request_id'])}`);
    const charge = isJsonObject(detail) ? asObject(detail['charge']) : {};
    expect(charge).toMatchObject({ state: 'estimated' });
    expect(charge).not.toHaveProperty('explained');
  });
});

describe('a picture is charged by size and quality', () => {
  it.each<[string, JsonObject, number, number]>([
    ['as its model makes it where nothing is said', {}, 40_000_000, 40_000_000],
    ['that are asked for', { size: '1792x1024', quality: 'hd' }, 120_000_000, 120_000_000],
    ['at the dearest that may be', { size: '1792x1024', quality: 'auto' }, 80_000_000, 80_000_000],
  ])('%s', async (_, more, held, amount) => {
    await give(MUCH);
    expect(await chargeOf(await picture(more))).toMatchObject({ held, amount, overrun: 0 });
  });
});

describe('a request cannot make its hold smaller than what it may use', () => {
  it.each<[string, JsonObject, number]>([
    ['pictures below zero', { n: -1 }, 10],
    ['no picture', { n: 0 }, 10],
    ['half a picture', { n: 2.5 }, 10],
    ['a number in words', { n: 'three' }, 10],
    ['a number as text', { n: '3' }, 3],
    ['another field for the number', { batch_size: 4 }, 4],
  ])('%s', async (_, more, pictures) => {
    await give(BigInt(pictures) * 40_000_000n - 1n);
    expect((await picture(more)).code).toBe('credit.exhausted');
    expect(upstream.journal.calls()).toEqual([]);
  });

  it('a million pictures need the credit for a million', async () => {
    await give(1_000_000n * 40_000_000n - 1n);
    expect((await picture({ n: 1_000_000 })).code).toBe('credit.exhausted');
  });

  it.each(['1x1', '1e9x1e9', '__proto__'])('a size that has no price is refused: %s', async (size) => {
    await give(MUCH);
    expect((await picture({ size })).code).toBe('credit.no_price');
  });

  it.each<[string, Buffer, number]>([
    ['as long as it says', wave(60), 61],
    ['says it is a second', wave(60, 1), 61],
    ['says it is a day', wave(60, 86_400), 61],
    ['is no sound at all', Buffer.alloc(75_000), 101],
    ['is short', wave(1), 10],
  ])('a file that %s is held by the bytes that are there', async (_, file, seconds) => {
    await give(MUCH);
    const { held } = await chargeOf(await form('/v1/audio/transcriptions', { model: 'openai/whisper-1' }, file));
    expect(held).toBe(seconds * 100_000);
  });
});

describe('what cannot be paid for is refused, and does not leave', () => {
  it.each<[string, () => Promise<Made>]>([
    [
      'speech without a price per character',
      () => json('/v1/audio/speech', { model: 'openai/gpt-4o-mini-tts', voice: 'alloy', input: 'Good day' }),
    ],
    [
      'sound that is somewhere else',
      () => json('/v1/audio/transcriptions', { model: 'openai/whisper-1', url: 'https://example.com/a.mp3' }),
    ],
    [
      'a film of a model that has no price for one',
      () => json('/v1/videos', { model: 'openai/dall-e-3', prompt: 'tide' }),
    ],
  ])('%s', async (_, call) => {
    await give(MUCH);
    const { status, code } = await call();
    expect([status, code]).toEqual([400, 'credit.no_price']);
    expect(upstream.journal.calls()).toEqual([]);
  });

  it('names the unit', async () => {
    await give(MUCH);
    const body = { model: 'openai/gpt-4o-mini-tts', voice: 'alloy', input: 'Good day' };
    const answer = await callHub(hub, key, { path: '/v1/audio/speech', body });
    expect(answer.error['details']).toEqual({ model: 'gpt-4o-mini-tts', units: ['character'] });
  });
});
