import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { text as textFrom } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALLERS, type CallerKind } from '../support/callers.ts';
import {
  callHub,
  collect,
  eventually,
  type HubAnswer,
  openCall,
  textOf,
  usageRecord,
  usageRecords,
} from '../support/hub-calls.ts';
import { bookedUsage, MODEL_OF, PROVIDER_DIALECTS, toldUsage } from '../support/provider-scene.ts';
import { createRandom } from '../support/random.ts';
import { setTranslatedScene, type TranslatedScene } from './translated/scene.ts';

const MIB = 1024 * 1024;
const SEED = 41;
/** A gone caller's call to the provider ends within this; AIGNE's may come back for it a while longer. */
const ABORT_WITHIN_MS = 1000;
const LEAVERS = 40;
const AT_ONCE = 500;
const SLOW_READERS = 6;
const FLOOD_WORDS = 200_000;
/** An answer that is not streamed begins when all of its words have come. */
const WHOLE_FLOOD_WITHIN_MS = 60_000;
const RSS_GROWTH_MAX = 64 * MIB;
const STANDSTILL_MS = 300;

let scene: TranslatedScene;

beforeAll(async () => {
  scene = await setTranslatedScene({ environment: { HUB_TIMEOUT_IDLE: '20s' } });
});

afterAll(() => scene?.close());

const PAIRS = CALLERS.flatMap((caller) =>
  PROVIDER_DIALECTS.map((provider) => ({ caller, provider, of: caller.dialect })),
);
const PROMPT_CALLERS = CALLERS.filter(({ dialect }) => !dialect.startsWith('aigne-'));

describe('a caller who leaves at any byte', () => {
  it('ends the call to the provider within a second and leaves one record, under a status that fits', {
    timeout: 60_000,
  }, async () => {
    const random = createRandom(SEED);
    scene.behave('events:200+delay:10');
    scene.upstream.journal.clear();
    const leavers = await Promise.all(
      Array.from({ length: LEAVERS }, async (_, index) => {
        const caller = random.pick(PROMPT_CALLERS);
        const provider = random.pick(PROVIDER_DIALECTS);
        const request = caller.ask({ model: MODEL_OF[provider], stream: true, text: `Leaver ${index}.` });
        const response = await openCall(scene.hub, scene.secret, request);
        response.on('error', () => undefined);
        const bytes = random.between(1, 3000);
        let text = '';
        for await (const part of response) {
          text += String(part);
          if (text.length >= bytes) break;
        }
        const leftAt = Date.now();
        response.destroy();
        return { leftAt, index, words: wordsIn(caller, text), id: response.headers['x-request-id'] };
      }),
    );
    for (const { leftAt, index, words, id } of leavers) {
      const text = `Leaver ${index}.`;
      const call = await scene.upstream.journal.waitFor(
        (entry) => entry.body.includes(text) && entry.abortedAt !== undefined,
      );
      expect((call.abortedAt ?? Number.POSITIVE_INFINITY) - leftAt).toBeLessThan(ABORT_WITHIN_MS);
      const record = await eventually('record', () => usageRecord(scene.hub, id).catch(() => undefined));
      expect(record).toMatchObject({ status: 'client_closed', error_code: 'client.closed' });
      // A provider that counts on its way has not counted what came after.
      expect(bookedUsage(record)['output']).toBeGreaterThanOrEqual(words);
      expect(Number(record['cost_nano_usd'])).toBeGreaterThan(0);
    }
    const ids = (await usageRecords(scene.hub)).map((record) => textOf(record['request_id']));
    expect(new Set(ids).size).toBe(ids.length);
    expect(leavers.every(({ id }) => ids.includes(String(id)))).toBe(true);
  });
});

describe('a caller over HTTP/1.0', () => {
  it.each(PAIRS)('$provider → $of: gets the stream without chunks and trailers', async ({ caller, provider }) => {
    scene.behave('events:3');
    const { path = '', body, headers } = caller.ask({ model: MODEL_OF[provider], stream: true, text: 'Over 1.0.' });
    const answer = await overHttp10(path, JSON.stringify(body), { ...headers });
    expect(answer).toMatch(/^HTTP\/1\.[01] 200 /);
    const [head = '', ...rest] = answer.split('\r\n\r\n');
    expect(head.toLowerCase()).not.toMatch(/transfer-encoding|trailer/);
    const text = rest.join('\r\n\r\n');
    expect(wholeText(caller, text), text).not.toBe('');
  });
});

/** What a stream says, where it came to its end; else empty. */
function wholeText(caller: CallerKind, text: string): string {
  const answer = answerOf(text);
  return caller.isWhole(answer) ? caller.textOf(answer) : '';
}

/** The words of a stream that a caller has got so far. */
function wordsIn(caller: CallerKind, text: string): number {
  return caller
    .textOf(answerOf(text))
    .split(' ')
    .filter((word) => word !== '').length;
}

function answerOf(text: string): HubAnswer {
  const bytes = Buffer.from(text);
  return { text, bytes, status: 200, headers: {}, trailers: {}, json: {}, error: {}, events: [], isComplete: true };
}

function overHttp10(path: string, body: string, headers: Readonly<Record<string, unknown>>): Promise<string> {
  const url = new URL(scene.hub.address);
  const socket = connect(Number(url.port), url.hostname);
  const lines = Object.entries({
    authorization: `Bearer ${scene.secret}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  }).map(([name, value]) => `${name}: ${String(value)}\r\n`);
  socket.write(`POST ${path} HTTP/1.0\r\nhost: hub\r\n${lines.join('')}\r\n${body}`);
  return textFrom(socket);
}

describe('callers who stop reading', () => {
  it('hold their providers back, whatever is between', { timeout: 150_000 }, async () => {
    scene.behave(`events:${FLOOD_WORDS}`);
    await callHub(scene.hub, scene.secret, {
      ...PROMPT_CALLERS[0]?.ask({ model: MODEL_OF['ollama-chat'], stream: false }),
      headWithinMs: WHOLE_FLOOD_WITHIN_MS,
    });
    const before = residentBytes(scene.hub.pid);
    const readers = await Promise.all(
      Array.from({ length: SLOW_READERS }, (_, index) => {
        const caller = PROMPT_CALLERS[index % PROMPT_CALLERS.length];
        const provider = PROVIDER_DIALECTS[index % PROVIDER_DIALECTS.length] ?? 'openai-chat';
        // Those before flood the hub, and whoever shares the machine may wait for its first byte.
        return openCall(scene.hub, scene.secret, {
          ...caller?.ask({ model: MODEL_OF[provider], stream: true, text: `Slow ${index}.` }),
          headWithinMs: WHOLE_FLOOD_WITHIN_MS,
        });
      }),
    );
    for (const reader of readers) reader.on('error', () => undefined);
    let last = -1;
    await eventually(
      'standstill',
      async () => {
        const earlier = last;
        last = residentBytes(scene.hub.pid);
        await wait(STANDSTILL_MS);
        return Math.abs(last - earlier) < MIB;
      },
      30_000,
    );
    expect(last - before).toBeLessThan(RSS_GROWTH_MAX);
    scene.behave('events:3');
    const other = await callHub(
      scene.hub,
      scene.secret,
      PROMPT_CALLERS[0]?.ask({ model: MODEL_OF['anthropic-messages'], stream: true }),
    );
    expect(other.isComplete).toBe(true);
    // Whoever reads on gets the rest.
    const [first, ...others] = readers;
    for (const reader of others) reader.destroy();
    if (first === undefined) throw new Error('nobody reads');
    const answer = await collect(first);
    expect(answer.isComplete).toBe(true);
  });
});

/** Resident memory of a process in bytes: https://www.kernel.org/doc/html/latest/filesystems/proc.html */
function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

describe('many at once', () => {
  it('are all answered, each with one record that says what the provider billed', { timeout: 120_000 }, async () => {
    const random = createRandom(SEED);
    scene.behave('delay:3');
    const billedBefore = (await scene.billed()).length;
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, index) => {
        const caller = random.pick(CALLERS);
        const provider = random.pick(PROVIDER_DIALECTS);
        const stream = random.next() < 0.7;
        // Each asks something else: AIGNE's callers who ask the same get the same answer.
        const text = `Number ${index} of many.`;
        const answer = await callHub(scene.hub, scene.secret, caller.ask({ model: MODEL_OF[provider], stream, text }));
        return { caller, stream, answer };
      }),
    );
    for (const { caller, stream, answer } of answers) {
      expect(answer.status, answer.text).toBe(200);
      if (stream) expect(caller.isWhole(answer), answer.text).toBe(true);
      expect(caller.textOf(answer)).not.toBe('');
    }
    // Calls of those who left before may still be ending.
    const ids = new Set(answers.map(({ answer }) => answer.headers['x-request-id']));
    expect(ids.size).toBe(AT_ONCE);
    const records = (await usageRecords(scene.hub)).filter((record) => ids.has(textOf(record['request_id'])));
    expect(records).toHaveLength(AT_ONCE);
    const billed = await eventually('all bills', async () => {
      const all = (await scene.billed()).slice(billedBefore);
      return all.length >= AT_ONCE ? all : undefined;
    });
    const sorted = (rows: readonly unknown[]): string[] => rows.map((row) => JSON.stringify(row)).toSorted();
    expect(sorted(records.map(bookedUsage))).toEqual(sorted(billed.map(toldUsage)));
    for (const record of records) expect(record).toMatchObject({ status: 'success', usage_basis: 'reported' });
  });
});
