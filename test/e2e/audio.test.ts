import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import {
  CAPTIONS,
  SECONDS,
  SOUND,
  SPEECH_USAGE,
  TRANSCRIPT,
  TRANSCRIPT_USAGE,
  WEB_CAPTIONS,
} from '../support/fake-upstream/media-audio.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, eventually, usageRecords } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const MODELS = ['tts-1', 'gpt-4o-mini-tts', 'whisper-1', 'gpt-4o-transcribe'];
/** A recording that holds what looks like the end of a form. */
const RECORDING = Buffer.concat([Buffer.from('RIFF\r\n--not-a-boundary--\r\n'), SOUND]);
const TEXT = 'Good day, 世界 👋';

let upstream: FakeUpstream;
let hub: HubProcess;
let client: OpenAI;
let secret: string;
let seen = 0;

beforeAll(async () => {
  upstream = await startFakeUpstream({ models: MODELS });
  hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`] });
  await hub.connectFake(upstream, { name: 'openai' });
  ({ secret } = await hub.createKey('sound'));
  client = new OpenAI({ baseURL: `${hub.address}/v1`, apiKey: secret, maxRetries: 0 });
});

afterAll(async () => {
  await hub?.stop();
  await upstream?.close();
});

beforeEach(async () => {
  seen = (await usageRecords(hub)).length;
  upstream.setScript(undefined);
});

/** The one record that the test’s call left. */
async function onlyRecord(): Promise<JsonObject> {
  const records = await eventually('new record', async () => {
    const all = await usageRecords(hub);
    return all.length > seen ? all : undefined;
  });
  expect(records).toHaveLength(seen + 1);
  const [newest] = records;
  if (newest === undefined) throw new Error('there is no usage record');
  return newest;
}

async function recording(): Promise<File> {
  return toFile(RECORDING, 'recording "one".wav', { type: 'audio/wav' });
}

function lastCall(): { readonly body: Buffer; readonly path: string } {
  const entry = upstream.journal.calls().at(-1);
  if (entry === undefined) throw new Error('nothing reached the provider');
  return entry;
}

describe('speech', () => {
  it('comes byte for byte, and is booked by its characters', async () => {
    const answer = await client.audio.speech.create({ model: 'openai/tts-1', voice: 'alloy', input: TEXT });
    expect(answer.headers.get('content-type')).toBe('audio/mpeg');
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(SOUND);
    expect(JSON.parse(lastCall().body.toString())).toEqual({ model: 'tts-1', voice: 'alloy', input: TEXT });
    expect(await onlyRecord()).toMatchObject({
      operation: 'speech',
      status: 'success',
      routed_model: 'tts-1',
      usage_basis: 'estimated',
      usage: { characters: 14 },
    });
  });

  it('comes as events where they are asked for, and is booked by the tokens that the last one tells', async () => {
    const answer = await callHub(hub, secret, {
      path: '/v1/audio/speech',
      body: { model: 'openai/gpt-4o-mini-tts', voice: 'alloy', input: TEXT, stream_format: 'sse' },
    });
    expect(answer.headers['content-type']).toContain('text/event-stream');
    expect(answer.events.map((data) => JSON.parse(data).type)).toEqual([
      'speech.audio.delta',
      'speech.audio.delta',
      'speech.audio.done',
    ]);
    expect(await onlyRecord()).toMatchObject({
      streamed: true,
      usage_basis: 'reported',
      usage: { input_tokens: SPEECH_USAGE.input_tokens, audio_output_tokens: SPEECH_USAGE.output_tokens },
    });
  });

  it('that is cut breaks the connection, and what was asked for is booked', async () => {
    upstream.setScript(() => ({ cut: { how: 'reset', unit: 'events', after: 2 } }));
    const answer = await callHub(hub, secret, {
      path: '/v1/audio/speech',
      body: { model: 'openai/tts-1', voice: 'alloy', input: TEXT },
    });
    expect(answer.isComplete).toBe(false);
    expect(answer.bytes.length).toBeLessThan(SOUND.length);
    expect(SOUND.subarray(0, answer.bytes.length)).toEqual(answer.bytes);
    expect(await onlyRecord()).toMatchObject({
      status: 'cut',
      error_code: 'upstream.cut',
      usage: { characters: 14 },
    });
  });

  it('that is cut before its first byte is an error like any other', async () => {
    upstream.setScript(() => ({ cut: { how: 'reset', unit: 'events', after: 0 } }));
    const answer = await callHub(hub, secret, {
      path: '/v1/audio/speech',
      body: { model: 'openai/tts-1', voice: 'alloy', input: TEXT },
    });
    expect(answer.status).toBe(502);
    expect(await onlyRecord()).toMatchObject({ status: 'cut', http_status: 502 });
  });

  it('that the provider refuses is told in OpenAI’s form and costs nothing', async () => {
    const answer = await callHub(hub, secret, {
      path: '/v1/audio/speech',
      body: { model: 'openai/tts-1', input: TEXT },
    });
    expect(answer).toMatchObject({ status: 400, error: { code: 'upstream.bad_request' } });
    expect(await onlyRecord()).toMatchObject({ status: 'upstream_error', cost_usd: '0' });
  });
});

describe('a transcription', () => {
  const ask = async (model: string, format: string): Promise<unknown> =>
    client.audio.transcriptions.create({
      model,
      file: await recording(),
      // Every format that OpenAI knows; the type of the answer hangs on it.
      response_format: format as 'json',
    });

  it('sends the form on byte for byte, but for the model’s name', async () => {
    const boundary = 'a-boundary-of-the-callers-own';
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\n`;
    const rest = Buffer.concat([
      Buffer.from(
        `\r\n--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a;b.wav"\r\n` +
          'Content-Type: audio/wav\r\n\r\n',
      ),
      RECORDING,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    const answer = await callHub(hub, secret, {
      path: '/v1/audio/transcriptions',
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: Buffer.concat([Buffer.from(`${head}openai/whisper-1`), rest]),
    });
    expect(answer.status).toBe(200);
    expect(lastCall().body).toEqual(Buffer.concat([Buffer.from(`${head}whisper-1`), rest]));
  });

  it('in JSON is booked by its tokens, or by its seconds', async () => {
    expect(await ask('openai/gpt-4o-transcribe', 'json')).toEqual({ text: TRANSCRIPT, usage: TRANSCRIPT_USAGE });
    expect(await onlyRecord()).toMatchObject({
      operation: 'transcriptions',
      usage_basis: 'reported',
      usage: { input_tokens: 10, audio_input_tokens: 34, output_tokens: 12 },
    });
    seen += 1;
    await ask('openai/whisper-1', 'json');
    expect(await onlyRecord()).toMatchObject({ usage_basis: 'reported', usage: { seconds: SECONDS } });
  });

  it('with its segments is booked by the duration that it tells', async () => {
    expect(await ask('openai/whisper-1', 'verbose_json')).toMatchObject({ text: TRANSCRIPT, duration: 8.96 });
    expect(await onlyRecord()).toMatchObject({ usage_basis: 'reported', usage: { seconds: 8.96 } });
  });

  it('as captions is booked by the last time in them, which is the hub’s reckoning', async () => {
    expect(await ask('openai/whisper-1', 'srt')).toBe(CAPTIONS);
    expect(await onlyRecord()).toMatchObject({ usage_basis: 'estimated', usage: { seconds: 8.96 } });
    seen += 1;
    expect(await ask('openai/whisper-1', 'vtt')).toBe(WEB_CAPTIONS);
    expect(await onlyRecord()).toMatchObject({ usage_basis: 'estimated', usage: { seconds: 8.96 } });
  });

  it('as plain text tells nothing of its length, so its cost is unknown and not zero', async () => {
    expect(await ask('openai/whisper-1', 'text')).toBe(`${TRANSCRIPT}\n`);
    const record = await onlyRecord();
    expect(record).toMatchObject({ status: 'success' });
    expect(record).not.toHaveProperty('cost_usd');
  });

  it('comes in pieces where a stream is asked for', async () => {
    const stream = await client.audio.transcriptions.create({
      model: 'openai/gpt-4o-transcribe',
      file: await recording(),
      stream: true,
    });
    let text = '';
    const types: string[] = [];
    for await (const event of stream) {
      types.push(event.type);
      if (event.type === 'transcript.text.delta') text += event.delta;
    }
    expect(text.trim()).toBe(TRANSCRIPT);
    expect(types.at(-1)).toBe('transcript.text.done');
    expect(await onlyRecord()).toMatchObject({
      streamed: true,
      status: 'success',
      usage: { input_tokens: 10, audio_input_tokens: 34, output_tokens: 12 },
    });
  });

  it('that is cut in its stream ends with an error', async () => {
    upstream.setScript(() => ({ cut: { how: 'end', unit: 'events', after: 3 } }));
    const answer = async (): Promise<void> => {
      const stream = await client.audio.transcriptions.create({
        model: 'openai/gpt-4o-transcribe',
        file: await recording(),
        stream: true,
      });
      for await (const _event of stream);
    };
    await expect(answer()).rejects.toThrow();
    expect(await onlyRecord()).toMatchObject({ status: 'cut' });
  });

  it('without a file is refused by the provider, and without a model by the hub', async () => {
    const form = (fields: Record<string, string>): Promise<Response> => {
      const data = new FormData();
      for (const [name, value] of Object.entries(fields)) data.set(name, value);
      const url = `${hub.address}/v1/audio/transcriptions`;
      return fetch(url, { method: 'POST', headers: { authorization: `Bearer ${secret}` }, body: data });
    };
    expect(await (await form({ model: 'openai/whisper-1' })).json()).toMatchObject({
      error: { code: 'upstream.bad_request' },
    });
    expect(await (await form({ language: 'en' })).json()).toMatchObject({
      error: { code: 'request.invalid', param: 'model' },
    });
  });

  it('is not to be smuggled past the hub by a second model in the form', async () => {
    const boundary = 'b';
    const field = (name: string, value: string): string =>
      `--${boundary}\r\ncontent-disposition: form-data; ${name}\r\n\r\n${value}\r\n`;
    const smuggled = [
      field('name="model"', 'openai/whisper-1') + field('name="model"', 'gpt-4o-transcribe'),
      field('name="model"', 'openai/whisper-1') + field('name="model"', 'gpt-4o-transcribe'.padEnd(70_000)),
      field('name="model"', 'openai/whisper-1') + field('name="model"; filename="x"', 'gpt-4o-transcribe'),
      field('name="model"; name="file"', 'openai/whisper-1'),
    ];
    for (const body of smuggled) {
      const answer = await callHub(hub, secret, {
        path: '/v1/audio/transcriptions',
        headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
        body: `${body}--${boundary}--\r\n`,
      });
      expect(answer.status).toBe(400);
    }
  });
});

it('a translation goes the same way', async () => {
  const answer = await client.audio.translations.create({ model: 'openai/whisper-1', file: await recording() });
  expect(answer).toMatchObject({ text: TRANSCRIPT });
  expect(lastCall().path).toBe('/v1/audio/translations');
  expect(await onlyRecord()).toMatchObject({ operation: 'translations', usage: { seconds: SECONDS } });
});

it('AIGNE’s documented addresses take sound as OpenAI’s do', async () => {
  const aigne = new OpenAI({ baseURL: `${hub.address}/api/v2`, apiKey: secret, maxRetries: 0 });
  const answer = await aigne.audio.speech.create({ model: 'openai/tts-1', voice: 'alloy', input: TEXT });
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(SOUND);
  const heard = await aigne.audio.transcriptions.create({ model: 'openai/whisper-1', file: await recording() });
  expect(heard.text).toBe(TRANSCRIPT);
});
