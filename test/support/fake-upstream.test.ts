import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { isJsonObject, parseJson, parseJsonOrUndefined } from '../../src/kernel/json.ts';
import { behaviourOf, HOSTILE_COUNTS } from './fake-upstream/behaviour.ts';
import { readOracleFile } from './fake-upstream/oracle.ts';
import { type FakeUpstream, startFakeUpstream } from './fake-upstream.ts';

let upstream: FakeUpstream;
let folder: string;
let logFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fake-upstream-'));
  logFile = join(folder, 'finished.jsonl');
  upstream = await startFakeUpstream({ logFile });
});

afterEach(async () => {
  await upstream.close();
  await rm(folder, { recursive: true, force: true });
});

const ASK: JsonObject = { model: 'fake-small', messages: [{ role: 'user', content: 'Say something.' }] };
const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } } },
    },
  },
];

function post(body: JsonObject, path = '/chat/completions', signal?: AbortSignal): Promise<Response> {
  return fetch(`${upstream.baseUrl}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    redirect: 'manual',
    ...(signal === undefined ? {} : { signal }),
  });
}

async function askJson(body: JsonObject, path?: string): Promise<JsonObject> {
  const value = parseJson(await (await post(body, path)).text());
  if (!isJsonObject(value)) throw new Error('not an object');
  return value;
}

async function askEvents(body: JsonObject, path?: string): Promise<string[]> {
  const text = await (await post({ stream: true, ...body }, path)).text();
  return text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => event.replace(/^data: /, ''));
}

describe('a well-behaved provider', () => {
  it('lists models, and the list can change while it runs', async () => {
    upstream.setModels(['one', 'two']);
    const list = await (await fetch(`${upstream.baseUrl}/models`)).json();
    expect(list).toMatchObject({ object: 'list', data: [{ id: 'one', object: 'model' }, { id: 'two' }] });
  });

  it('answers the same words and usage to the same request, under a new id', async () => {
    const [first, second] = [await askJson(ASK), await askJson(ASK)];
    expect(first['choices']).toEqual(second['choices']);
    expect(first['usage']).toEqual(second['usage']);
    expect(first['id']).not.toBe(second['id']);
  });

  it('streams the words that it answers unstreamed', async () => {
    const whole = await askJson(ASK);
    const events = await askEvents(ASK);
    expect(events.at(-1)).toBe('[DONE]');
    const text = events
      .slice(0, -1)
      .map((event) => contentOf(event, 'delta'))
      .join('');
    expect(text).toBe(contentOf(JSON.stringify(whole), 'message'));
    expect(text.length).toBeGreaterThan(0);
  });

  it('sends usage in a stream only when asked: null in all events, then one without choices', async () => {
    const without = await askEvents(ASK);
    expect(without.some((event) => event.includes('"usage"'))).toBe(false);
    const events = (await askEvents({ ...ASK, stream_options: { include_usage: true } })).slice(0, -1);
    const usages = events
      .map((event) => parseJson(event))
      .map((event) => (isJsonObject(event) ? event['usage'] : 'none'));
    const whole = await askJson(ASK);
    expect(usages.slice(0, -1).every((usage) => usage === null)).toBe(true);
    expect(usages.at(-1)).toEqual(whole['usage']);
    expect(parseJson(events.at(-1) ?? '')).toMatchObject({ choices: [] });
  });

  it('calls a tool that the last message names, streamed in pieces as well', async () => {
    const body = { ...ASK, tools: TOOLS, messages: [{ role: 'user', content: 'Use get_weather, please.' }] };
    const whole = await askJson(body);
    expect(whole).toMatchObject({
      choices: [{ finish_reason: 'tool_calls', message: { tool_calls: [{ function: { name: 'get_weather' } }] } }],
    });
    const pieces = [...(await askEvents(body)).join('\n').matchAll(/"arguments":"((?:[^"\\]|\\.)*)"/g)];
    const text = pieces.map((match) => String(JSON.parse(`"${match[1] ?? ''}"`))).join('');
    expect(parseJsonOrUndefined(text)).toEqual({ city: 'sample “text”', days: 7 });
  });

  it('ends with `length` when the caller wants fewer tokens', async () => {
    expect(await askJson({ ...ASK, max_tokens: 2 })).toMatchObject({
      choices: [{ finish_reason: 'length' }],
      usage: { completion_tokens: 2 },
    });
  });

  it('embeds texts as numbers and as base64 of the same numbers', async () => {
    const body = { model: 'fake-embed', input: ['one', 'two'], dimensions: 8 };
    const plain = await askJson(body, '/embeddings');
    const coded = await askJson({ ...body, encoding_format: 'base64' }, '/embeddings');
    const numbers = JSON.stringify(plain).match(/"embedding":(\[[^\]]*\])/)?.[1];
    const bytes = Buffer.from(JSON.stringify(coded).match(/"embedding":"([^"]*)"/)?.[1] ?? '', 'base64');
    expect(JSON.stringify(Array.from({ length: 8 }, (_, index) => bytes.readFloatLE(index * 4)))).toBe(numbers);
  });

  it.each([
    ['an unknown model', { ...ASK, model: 'nobody' }, 404],
    ['an unknown address', ASK, 404],
  ])('answers %s with 404 and an error object', async (name, body, status) => {
    const response = await post(body, name === 'an unknown address' ? '/nowhere' : undefined);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });

  it('refuses credentials that it does not know', async () => {
    upstream.setCredentials(['good']);
    expect((await post(ASK)).status).toBe(401);
  });
});

describe('misbehaviour by model name', () => {
  it.each([401, 403, 404, 413, 422, 500, 503])('answers %i', async (status) => {
    const response = await post({ ...ASK, model: `fake-small@${status}` });
    expect(response.status).toBe(status);
    expect(await response.json()).toHaveProperty('error.message');
  });

  it('answers 429 with the time to wait', async () => {
    const response = await post({ ...ASK, model: 'fake-small@429:retry-after=7' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
  });

  it.each(['headers', 'first-byte', '2'])('hangs at %s until the caller leaves, and notes that it left', async (at) => {
    const leaving = new AbortController();
    const model = `fake-small@hang:${at}`;
    const asked = post({ ...ASK, model, stream: true }, undefined, leaving.signal).then((response) => response.text());
    await upstream.journal.waitFor((entry) => entry.model === model);
    leaving.abort();
    await expect(asked).rejects.toThrow();
    const entry = await upstream.journal.waitFor((seen) => seen.model === model && seen.abortedAt !== undefined);
    expect(entry.finishedAt).toBeUndefined();
  });

  it.each([
    ['cut:reset:events:2', 2],
    ['cut:fin:events:2', 2],
    ['cut:fin:events:0', 0],
  ])('cuts a stream: %s', async (words, events) => {
    const { text, isClean } = await rawAnswer({ ...ASK, model: `fake-small@${words}`, stream: true });
    expect(isClean).toBe(false);
    expect(text.match(/data: /g)?.length ?? 0).toBeLessThanOrEqual(events);
  });

  it('cuts after an exact number of bytes', async () => {
    const response = await post({ ...ASK, model: 'fake-small@cut:end:bytes:37', stream: true });
    expect((await response.arrayBuffer()).byteLength).toBe(37);
  });

  it('ends a stream properly but without its terminator', async () => {
    expect((await askEvents({ ...ASK, model: 'fake-small@no-done' })).at(-1)).not.toBe('[DONE]');
  });

  it.each([
    ['crlf', '\r\n\r\n'],
    ['cr', '\r\r'],
  ])('frames events with %s', async (word, end) => {
    const text = await (await post({ ...ASK, model: `fake-small@${word}`, stream: true })).text();
    expect(text.endsWith(`data: [DONE]${end}`)).toBe(true);
  });

  it('splits its writes and loses nothing', async () => {
    const plain = await (await post({ ...ASK, stream: true })).text();
    const split = await (await post({ ...ASK, model: 'fake-small@split:1+events:3', stream: true })).text();
    expect(split.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(plain).toContain('"finish_reason":"stop"');
  });

  it.each(HOSTILE_COUNTS)('claims a usage of %s', async (text) => {
    const model = `fake-small@usage:hostile:${text}`;
    const answer = await (await post({ ...ASK, model })).text();
    expect(answer).toContain(`"prompt_tokens":${text},`);
  });

  it.each([
    ['missing', 0],
    ['null', 0],
    ['twice', 2],
  ])('reports usage %s at the end of a stream', async (kind, times) => {
    const body = { ...ASK, model: `fake-small@usage:${kind}`, stream_options: { include_usage: true } };
    expect((await askEvents(body)).filter((event) => event.includes('"prompt_tokens"'))).toHaveLength(times);
  });

  it('reports usage in every event', async () => {
    const events = await askEvents({ ...ASK, model: 'fake-small@usage:every-chunk' });
    expect(events.slice(0, -1).every((event) => event.includes('"prompt_tokens"'))).toBe(true);
  });

  it('sends an error event in place of the end', async () => {
    const events = await askEvents({ ...ASK, model: 'fake-small@error-event:3' });
    expect(events).toHaveLength(4);
    expect(events.at(-1)).toContain('"error"');
  });

  it('compresses', async () => {
    const { bytes } = await rawAnswer({ ...ASK, model: 'fake-small@gzip' });
    const start = bytes.indexOf('\r\n\r\n') + 4;
    expect(gunzipSync(bytes.subarray(start)).toString()).toContain('chat.completion');
  });

  it('redirects', async () => {
    const response = await post({ ...ASK, model: 'fake-small@redirect:http://169.254.169.254/' });
    expect([response.status, response.headers.get('location')]).toEqual([302, 'http://169.254.169.254/']);
  });

  it('echoes what it received', async () => {
    const answer = contentOf(JSON.stringify(await askJson({ ...ASK, model: 'fake-small@echo', odd: 1 })), 'message');
    expect(parseJson(answer)).toMatchObject({ body: { odd: 1 } });
  });

  it('pours out an event without an end, as many bytes as told', async () => {
    const { bytes } = await rawAnswer({ ...ASK, model: 'fake-small@firehose:200000', stream: true });
    expect(bytes.length).toBeGreaterThan(200_000);
    expect(bytes.length).toBeLessThan(202_000);
  });

  it('says so when a behaviour is misspelt', async () => {
    expect(() => behaviourOf('fake-small@hnag')).toThrow('no behaviour `hnag`');
    expect((await post({ ...ASK, model: 'fake-small@hnag' })).status).toBe(599);
  });
});

it('follows a script before it looks at the name', async () => {
  upstream.setScript(({ earlier }) => (earlier === 0 ? { instead: { kind: 'status', status: 503 } } : undefined));
  expect([(await post(ASK)).status, (await post(ASK)).status]).toEqual([503, 200]);
});

it('writes finished answers, and only those, to its own file', async () => {
  const answer = await askJson({ ...ASK, user: 'u1' });
  await askEvents({ ...ASK, user: 'u2' });
  await rawAnswer({ ...ASK, user: 'u3', model: 'fake-small@cut:reset:events:2', stream: true });
  await post({ ...ASK, user: 'u4', model: 'fake-small@500' });
  await upstream.close();
  const finished = await readOracleFile(logFile);
  expect(finished.map((line) => [line.user, line.stream])).toEqual([
    ['u1', false],
    ['u2', true],
  ]);
  expect(answer).toMatchObject({
    id: finished[0]?.id,
    usage: { prompt_tokens: finished[0]?.usage.promptTokens, completion_tokens: finished[0]?.usage.completionTokens },
  });
});

function contentOf(text: string, part: 'delta' | 'message'): string {
  const value = parseJson(text);
  const choices = isJsonObject(value) ? value['choices'] : undefined;
  const choice = Array.isArray(choices) ? choices[0] : undefined;
  const holder = isJsonObject(choice) ? choice[part] : undefined;
  const content = isJsonObject(holder) ? holder['content'] : undefined;
  return typeof content === 'string' ? content : '';
}

/** Asks over a bare socket, to see how the connection itself ended. */
function rawAnswer(body: JsonObject): Promise<{ text: string; bytes: Buffer; isClean: boolean }> {
  const text = JSON.stringify(body);
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const socket = connect(upstream.port, '127.0.0.1', () => {
      socket.write(
        `POST /v1/chat/completions HTTP/1.1\r\nhost: fake\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
      );
    });
    socket.on('data', (part: Buffer) => parts.push(part));
    // A reset shows as an error before the close; both endings are what is being looked at.
    socket.on('error', () => parts.push(Buffer.alloc(0)));
    socket.on('close', () => {
      const bytes = Buffer.concat(parts);
      const answer = bytes.toString();
      resolve({ text: answer, bytes, isClean: answer.endsWith('\r\n0\r\n\r\n') || answer.includes('content-length') });
    });
  });
}
