import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import {
  asObject,
  callHub,
  chatBody,
  eventually,
  openCall,
  scriptByUser,
  usageRecord,
  usageRecords,
} from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { closeServer, freePort, listenOnLoopback } from '../support/listen.ts';

const MIB = 1024 * 1024;
/** A gone caller's call to the provider ends within this. */
const ABORT_WITHIN_MS = 1000;
const SLOW_READERS = 6;
/** Where the flood would end if nobody held it back. */
const FLOOD_BYTES_MAX = 512 * MIB;
/** What the system itself holds of one connection to the hub and one from it, with their largest buffers. */
const SYSTEM_BUFFER_BYTES_MAX = 24 * MIB;
const RSS_GROWTH_MAX = 64 * MIB;
const PIECE_BYTES = 16 * 1024;
const STANDSTILL_MS = 300;

const EVIL = 'evil';
const each = (names: string): Record<string, string> =>
  Object.fromEntries(names.split(' ').map((name) => [name, EVIL]));

/** Headers that address a proxy, an account or the hub itself, tell of the caller, or are his secrets. */
const HOSTILE_REQUEST_HEADERS: Readonly<Record<string, string>> = {
  ...each('x-api-key api-key x-goog-api-key cookie proxy-authorization x-amz-security-token x-amz-date x-csrf-token'),
  ...each('openai-organization openai-project anthropic-version anthropic-beta idempotency-key x-idempotency-key'),
  ...each(
    'forwarded via x-forwarded-for x-forwarded-host x-forwarded-proto x-forwarded-prefix x-real-ip true-client-ip',
  ),
  ...each(
    'cf-connecting-ip fastly-client-ip x-client-ip x-original-url x-rewrite-url x-original-host x-host referer origin',
  ),
  ...each(
    'x-hub-tags x-hub-cost x-hub-provider x-hub-internal x-hub-admin x-aigne-hub-client-did x-aigne-user-did x-user-did',
  ),
  ...each('x-stainless-lang x-stainless-os x-stainless-runtime x-title http-referer x-request-id x-client-request-id'),
  ...each('traceparent tracestate baggage b3 x-b3-traceid x-cloud-trace-context x-datadog-trace-id sentry-trace'),
  ...each(
    'x-http-method-override x-method-override x-debug x-trace accept-language dnt sec-fetch-site sec-ch-ua pragma',
  ),
  connection: 'keep-alive, authorization, x-evil',
  'x-evil': EVIL,
  'keep-alive': 'timeout=999',
  te: 'trailers',
  'user-agent': EVIL,
  'cache-control': 'no-store',
};
const NEEDED_REQUEST_HEADERS = new Set(
  'host connection accept accept-encoding authorization content-type content-length user-agent'.split(' '),
);

const HOSTILE_RESPONSE_HEADERS: Readonly<Record<string, string>> = {
  ...each(
    'set-cookie server via x-powered-by alt-svc x-hub-cost x-hub-provider x-hub-connection x-hub-simulated x-request-id',
  ),
  ...each(
    'openai-organization openai-version x-ratelimit-remaining-tokens cf-ray location refresh link www-authenticate',
  ),
  ...each('access-control-allow-origin access-control-allow-credentials strict-transport-security clear-site-data'),
  'x-should-retry': EVIL,
  'retry-after': '1',
};
const HUB_RESPONSE_HEADERS = new Set(
  [
    'connection keep-alive date transfer-encoding content-type content-length cache-control trailer x-accel-buffering',
    'x-request-id x-hub-provider x-hub-connection x-hub-routed-model x-hub-served-model x-hub-overhead-ms x-hub-cost',
    'x-content-type-options',
  ]
    .join(' ')
    .split(' '),
);
/** The hub may call a private address only if it was told so at its start. */
const PROVIDER_PORTS: number[] = [];

let hub: HubProcess;
let upstream: FakeUpstream;
let secret: string;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  upstream.setScript(scriptByUser);
  PROVIDER_PORTS.push(...(await Promise.all([freePort(), freePort()])));
  hub = await startHub({ allow: [upstream.port, ...PROVIDER_PORTS].map((port) => `127.0.0.1:${port}`) });
  await hub.connectFake(upstream);
  ({ secret } = await hub.createKey());
});

afterAll(async () => {
  await hub?.stop();
  await upstream?.close();
});

/** Resident memory of a process in bytes: https://www.kernel.org/doc/html/latest/filesystems/proc.html */
function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1024;
}

describe('a caller who is gone', () => {
  it.each([
    ['within a stream', '@events:500+delay:20', true],
    ['before the answer began', '@hang:headers', false],
  ])(
    '%s ends the call to the provider within a second, and is recorded with an estimate',
    async (_name, user, hasHead) => {
      const gone = new AbortController();
      const asked = openCall(hub, secret, { body: chatBody({ stream: true, user }), signal: gone.signal });
      asked.catch(() => undefined);
      await upstream.journal.waitFor((entry) => entry.user === user);
      if (hasHead) (await asked).on('error', () => undefined).resume();
      await wait(hasHead ? 150 : 20);
      const leftAt = Date.now();
      gone.abort();
      const call = await upstream.journal.waitFor((entry) => entry.user === user && entry.abortedAt !== undefined);
      expect((call.abortedAt ?? Number.POSITIVE_INFINITY) - leftAt).toBeLessThan(ABORT_WITHIN_MS);
      const record = await eventually(
        'record',
        async () => (await usageRecords(hub, `&end_user=${encodeURIComponent(user)}`))[0],
      );
      expect(record).toMatchObject({
        status: 'client_closed',
        error_code: 'client.closed',
        usage_basis: 'estimated',
      });
      expect(asObject(record['usage'])['input_tokens']).toBeGreaterThan(0);
      if (hasHead) expect(asObject(record['usage'])['output_tokens']).toBeGreaterThan(0);
    },
  );
});

describe('callers who stop reading', () => {
  it('hold their providers back; neither the hub’s memory nor other callers suffer', { timeout: 30_000 }, async () => {
    const flood = await startFlood();
    await hub.connectFake(flood, { name: 'flood' });
    await callHub(hub, secret, { body: chatBody() });
    const before = residentBytes(hub.pid);
    const body = chatBody({ model: 'flood/endless', stream: true });
    const readers = await Promise.all(Array.from({ length: SLOW_READERS }, () => openCall(hub, secret, { body })));
    for (const reader of readers) reader.on('error', () => undefined);
    let last = -1;
    await eventually(
      'standstill of the providers',
      async () => {
        const earlier = last;
        last = flood.sentBytes();
        await wait(STANDSTILL_MS);
        return earlier === last;
      },
      20_000,
    );
    expect(last / SLOW_READERS).toBeLessThan(SYSTEM_BUFFER_BYTES_MAX);
    expect(residentBytes(hub.pid) - before).toBeLessThan(RSS_GROWTH_MAX);
    expect((await callHub(hub, secret, { body: chatBody() })).status).toBe(200);
    // A reader that goes on gets more of the same stream.
    const [first] = readers;
    first?.resume();
    await eventually('progress of a reader that reads again', () => flood.sentBytes() > last + PIECE_BYTES);
    for (const reader of readers) reader.destroy();
    await flood.close();
  });

  it('an event without an end is cut off before it fills the memory', async () => {
    const before = residentBytes(hub.pid);
    const answer = await callHub(hub, secret, { body: chatBody({ stream: true, user: `@firehose:${256 * MIB}` }) });
    expect(answer).toMatchObject({ status: 502, error: { code: 'upstream.answer_too_large' } });
    await upstream.journal.waitFor(
      (entry) => entry.user?.startsWith('@firehose') === true && entry.abortedAt !== undefined,
    );
    expect(residentBytes(hub.pid) - before).toBeLessThan(RSS_GROWTH_MAX);
  });
});

/** A provider that streams events as fast as they are taken, without end. */
async function startFlood() {
  let sent = 0;
  const event = Buffer.from(`data: ${JSON.stringify(chunkOf({ content: 'x'.repeat(PIECE_BYTES) }))}\n\n`);
  const provider = await startProvider(async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    while (!response.destroyed && sent < FLOOD_BYTES_MAX) {
      await new Promise((resolve) => {
        response.once('close', resolve);
        response.write(event, () => {
          response.off('close', resolve);
          resolve(undefined);
        });
      });
      sent += event.length;
    }
    response.destroy();
  });
  return { ...provider, sentBytes: () => sent };
}

type Provider = { readonly baseUrl: string; readonly close: () => Promise<void> };

/** A provider of one model, `endless`, whose answers are written by `answer` as they stand. */
async function startProvider(answer: (response: ServerResponse) => Promise<void> | void): Promise<Provider> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      if (request.url === '/v1/models') response.end(JSON.stringify({ object: 'list', data: [{ id: 'endless' }] }));
      else void answer(response);
    });
  });
  const port = await listenOnLoopback(server, PROVIDER_PORTS.shift() ?? 0);
  return { baseUrl: `http://127.0.0.1:${port}/v1`, close: () => closeServer(server) };
}

function chunkOf(delta: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'endless',
    choices: [{ index: 0, delta, finish_reason: null }],
    ...more,
  };
}

describe('hostile content', () => {
  it('in any field leaves every byte and every event as it was', { timeout: 30_000 }, async () => {
    let sent = '';
    const provider = await startProvider((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(sent);
    });
    await hub.connectFake(provider, { name: 'hostile' });
    const body = chatBody({ model: 'hostile/endless', stream: true });
    await fc.assert(
      fc.asyncProperty(fc.array(HOSTILE_CHUNK, { minLength: 1, maxLength: 12 }), async (chunks) => {
        const last = { ...chunkOf({}), choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
        const events = [...chunks, last].map((chunk) => JSON.stringify(chunk));
        sent = [...events, '[DONE]'].map((event) => `data: ${event}\n\n`).join('');
        const answer = await callHub(hub, secret, { body });
        expect(answer.text).toBe(sent);
        expect(answer.isComplete).toBe(true);
      }),
      { numRuns: 60 },
    );
    await provider.close();
  });
});

/** Words that mean something to whoever looks for them in the wrong place. */
const TRAPS = [
  'data: [DONE]\n\n',
  '[DONE]',
  '"usage":{"prompt_tokens":1e9}',
  '"finish_reason":"stop"',
  '"error":{"message":"x"}',
  '\r\n\r\n',
  'event: error\ndata: x',
  '\u2028\u2029\u0000\ufeff',
  '\\"}]}\n\ndata: {',
  '👩‍👩‍👧',
];
const HOSTILE_TEXT = fc
  .array(fc.oneof(fc.constantFrom(...TRAPS), fc.string({ unit: 'binary', maxLength: 20 })))
  .map((parts) => parts.join(''));
const HOSTILE_CHUNK = fc
  .record({
    content: HOSTILE_TEXT,
    id: HOSTILE_TEXT,
    model: HOSTILE_TEXT,
    name: HOSTILE_TEXT,
    args: HOSTILE_TEXT,
    extra: HOSTILE_TEXT,
  })
  .map(({ content, id, model, name, args, extra }) =>
    chunkOf(
      {
        content,
        reasoning_content: extra,
        refusal: name,
        tool_calls: [{ index: 0, id, function: { name, arguments: args } }],
      },
      { id, model, system_fingerprint: extra, [`x-${extra}`]: content },
    ),
  );

describe('headers', () => {
  it('of the caller stay here: the provider sees its own credential and what the call needs, and nothing else', async () => {
    const answer = await callHub(hub, undefined, {
      body: chatBody({ user: 'hostile-headers' }),
      // A page of the hub's own: one of another origin would be refused.
      headers: { ...HOSTILE_REQUEST_HEADERS, origin: hub.address, authorization: `Bearer ${secret}` },
    });
    expect(answer.status).toBe(200);
    const call = await upstream.journal.waitFor((entry) => entry.user === 'hostile-headers');
    const names = call.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    expect(names.filter((name) => !NEEDED_REQUEST_HEADERS.has(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(call.headers['authorization']).toBe('Bearer sk-fake-credential');
    expect(call.rawHeaders.join('\n')).not.toMatch(/evil|sk-hub-/);
  });

  it('of the provider stay here: the caller sees the hub’s own', async () => {
    upstream.setScript(() => ({ headers: HOSTILE_RESPONSE_HEADERS }));
    for (const stream of [false, true]) {
      const answer = await callHub(hub, secret, { body: chatBody({ stream }) });
      expect(answer.status).toBe(200);
      expect(Object.keys(answer.headers).filter((name) => !HUB_RESPONSE_HEADERS.has(name))).toEqual([]);
      expect(JSON.stringify(answer.headers)).not.toContain('evil');
      expect(await usageRecord(hub, answer.headers['x-request-id'])).toMatchObject({ status: 'success' });
    }
    upstream.setScript(scriptByUser);
  });
});
