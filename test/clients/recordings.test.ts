import { createServer, type Server } from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts';
import { asObject, usageRecords } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { closeServer, listenOnLoopback } from '../support/listen.ts';
import { connectDialects, MODEL_OF, type ProviderDialect } from '../support/provider-scene.ts';
import { isOneAnswer, type RecordedUsage, textIn, usageIn } from './recorded-facts.ts';
import { type Recording, readRecordings } from './recordings.ts';

/**
 * Real answers of real providers, played in small writes: an official SDK sees through the hub what it sees without it,
 * one of another format reads the same words, and the hub books the provider's own numbers.
 */

const FOLDER = process.env['HUB_TEST_RECORDINGS'];
const RECORDINGS = FOLDER === undefined ? [] : readRecordings(FOLDER).filter(isOneAnswer);
const RECORDINGS_MIN = 900;
/** An answer is cut into about so many writes. */
const WRITES = 150;

let player: Server;
let playerUrl: string;
let playing: Recording | undefined;
let hub: HubProcess;
let secret: string;

const startPlayer = (): Server =>
  createServer((request, response) => {
    const recording = playing;
    request.resume();
    if (recording === undefined || request.method !== 'POST') {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': recording.contentType });
    const { body } = recording;
    const size = Math.max(1, Math.ceil(body.length / WRITES));
    const play = (at: number): void => {
      if (at >= body.length) response.end();
      else response.write(body.subarray(at, at + size), () => play(at + size));
    };
    play(0);
  });

type Target = { readonly origin: string; readonly key: string; readonly model: string };

/** What an official SDK of the recording's own format gives its caller: every event, or the one answer. */
async function seenBy(recording: Recording, target: Target): Promise<unknown> {
  const { dialect, streamed } = recording;
  if (dialect === 'anthropic-messages') return messages(streamed, target);
  if (dialect === 'openai-responses') return responses(streamed, target);
  return chat(streamed, target);
}

async function chat(streamed: boolean, { origin, key, model }: Target): Promise<unknown> {
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: key, maxRetries: 0 });
  const body = { model, messages: [{ role: 'user' as const, content: 'Go on.' }] };
  if (!streamed) return client.chat.completions.create(body);
  return all(await client.chat.completions.create({ ...body, stream: true, stream_options: { include_usage: true } }));
}

async function responses(streamed: boolean, { origin, key, model }: Target): Promise<unknown> {
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: key, maxRetries: 0 });
  const body = { model, input: 'Go on.' };
  return streamed ? all(await client.responses.create({ ...body, stream: true })) : client.responses.create(body);
}

async function messages(streamed: boolean, { origin, key, model }: Target): Promise<unknown> {
  const client = new Anthropic({ baseURL: origin, apiKey: key, maxRetries: 0 });
  const body = { model, max_tokens: 8000, messages: [{ role: 'user' as const, content: 'Go on.' }] };
  return streamed ? all(await client.messages.create({ ...body, stream: true })) : client.messages.create(body);
}

/** What came, and at its end the error that was thrown, if any. */
async function all(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const events: unknown[] = [];
  try {
    for await (const event of stream) events.push(event);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    events.push({ thrown: error.message });
  }
  return events;
}

/** The words that a caller of another format reads. */
async function wordsThrough(recording: Recording): Promise<string> {
  const target = { origin: hub.address, key: secret, model: MODEL_OF[recording.dialect] };
  const isChat = recording.dialect === 'openai-chat';
  const seen = await (isChat ? messages(recording.streamed, target) : chat(recording.streamed, target));
  const said = (Array.isArray(seen) ? seen : [seen]).filter((event): event is JsonObject => isJsonObject(event));
  return textIn({ ...recording, said, dialect: isChat ? 'anthropic-messages' : 'openai-chat' });
}

/** What was booked last, in the sums of the recordings. */
async function booked(): Promise<{ readonly status: unknown; readonly usage: RecordedUsage }> {
  const [record] = await usageRecords(hub, '');
  const { status, usage } = asObject(record);
  const counts = isJsonObject(usage) ? usage : {};
  const sum = (...names: string[]): number => names.reduce((total, name) => total + Number(counts[name] ?? 0), 0);
  const cached = sum('cached_input_tokens');
  return {
    status,
    usage: {
      input: sum(
        'input_tokens',
        'cached_input_tokens',
        'cache_write_5m_tokens',
        'cache_write_1h_tokens',
        'audio_input_tokens',
        'image_input_tokens',
      ),
      cached,
      output: sum('output_tokens', 'reasoning_tokens', 'audio_output_tokens', 'image_output_tokens'),
    },
  };
}

const named = (recordings: readonly Recording[]) => recordings.map((recording) => [recording.name, recording] as const);

const OWN: readonly ProviderDialect[] = ['openai-chat', 'openai-responses', 'anthropic-messages'];

describe.skipIf(FOLDER === undefined)(
  `recorded answers${FOLDER === undefined ? ' (not run: set HUB_TEST_RECORDINGS)' : ''}`,
  () => {
    beforeAll(async () => {
      player = startPlayer();
      const port = await listenOnLoopback(player, 0);
      playerUrl = `http://127.0.0.1:${port}`;
      hub = await startHub({ allow: [`127.0.0.1:${port}`] });
      await connectDialects(hub, playerUrl, 'unlisted');
      ({ secret } = await hub.createKey());
    });

    afterAll(async () => {
      await hub?.stop();
      if (player !== undefined) await closeServer(player);
    });

    it('are there', () => expect(RECORDINGS.length).toBeGreaterThan(RECORDINGS_MIN));

    it.each(named(RECORDINGS.filter(({ dialect }) => OWN.includes(dialect))))(
      'look the same through the hub: %s',
      async (_, recording) => {
        playing = recording;
        const model = MODEL_OF[recording.dialect];
        const direct = await seenBy(recording, { origin: playerUrl, key: 'sk-direct', model });
        const through = await seenBy(recording, { origin: hub.address, key: secret, model });
        expect(through).toEqual(direct);
        const { status, usage } = await booked();
        expect(status).toBe('success');
        const told = usageIn(recording);
        if (told !== undefined) expect(usage).toEqual(told);
      },
    );

    it.each(named(RECORDINGS))('read the same in another format: %s', async (_, recording) => {
      playing = recording;
      expect(await wordsThrough(recording)).toBe(textIn(recording));
      const { status, usage } = await booked();
      expect(status).toBe('success');
      const told = usageIn(recording);
      if (told !== undefined) expect(usage).toEqual(told);
    });
  },
);
