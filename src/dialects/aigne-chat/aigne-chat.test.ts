import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { ChatResponse } from '../../protocol/chat-events.ts';
import { PLAIN_CHAT } from '../../protocol/chat-request.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import type { Answering, InboundFace } from '../contract.ts';
import { emitResponse } from '../emit.ts';
import { DIALECTS } from '../index.ts';
import { normalizeBody } from './normalize-body.ts';

const face = inboundOf();
const USAGE = { ...NO_USAGE, inputTokens: 12, outputTokens: 5 };
const ANSWER: ChatResponse = {
  id: 'answer-1',
  servedModel: 'routed-model-0613',
  serviceTier: undefined,
  choices: [
    {
      index: 0,
      parts: [
        { type: 'text', text: 'I look it up.' },
        { type: 'tool-call', id: 'call_a', name: 'tide_table', arguments: '{"port":"Brest"}', kind: 'function' },
      ],
      reason: { kind: 'tool-call', raw: 'tool_use' },
    },
  ],
  usage: { usage: USAGE, anomalies: [] },
};

function inboundOf(): InboundFace {
  const inbound = DIALECTS.get('aigne-chat')?.inbound;
  if (inbound === undefined) throw new Error('the dialect has an inbound face');
  return inbound;
}

function answering(): Answering {
  return {
    requestId: 'req_1',
    recordId: 'ur_1',
    model: 'asked',
    modelWithProvider: 'provider/routed-model',
    nowSeconds: 1_700_000_000,
    newId: (prefix) => `${prefix}_1`,
    request: { ...PLAIN_CHAT, streamed: true, wantsUsage: true },
    keepReasoning: () => undefined,
  };
}

function streamed(): string {
  const encoder = face.openEncoder(answering());
  const events = emitResponse(ANSWER).filter(({ type }) => type !== 'usage' && type !== 'finish');
  return events.map((event) => encoder.push(event)).join('') + encoder.finish(USAGE);
}

describe('OpenAI’s SDK', () => {
  it('reads a whole answer', async () => {
    const { body } = face.encodeResponse(ANSWER, USAGE, answering());
    const completion = await sdk(JSON.stringify(body), 'application/json').chat.completions.create(QUESTION);
    expect(completion.choices[0]?.message.content).toBe('I look it up.');
    expect(completion.choices[0]?.message.tool_calls?.[0]).toMatchObject({ id: 'call_a' });
    expect(completion.usage).toMatchObject({ prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 });
  });

  it('reads a stream, its calls and its usage', async () => {
    const stream = sdk(streamed(), 'text/event-stream').chat.completions.stream(QUESTION);
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'I look it up.',
        tool_calls: [{ id: 'call_a', function: { name: 'tide_table', arguments: '{"port":"Brest"}' } }],
      },
    });
    expect(completion.usage?.total_tokens).toBe(17);
  });

  it('throws the message of an error within a stream', async () => {
    const text = face.encodeStreamError(new GatewayError('upstream.cut'), 'req_1');
    const stream = await sdk(text, 'text/event-stream').chat.completions.create({ ...QUESTION, stream: true });
    const reading = async (): Promise<void> => {
      for await (const chunk of stream) expect.fail(`unexpected: ${chunk.id}`);
    };
    await expect(reading()).rejects.toThrow('ended before it was complete');
  });
});

describe('a reader of the flat form', () => {
  it('finds text, whole calls, and usage once, at the end', () => {
    const events = chunksOf(streamed());
    const deltas = events.map(({ delta }) => delta).filter(isJsonObject);
    expect(deltas.map(({ content }) => (typeof content === 'string' ? content : '')).join('')).toBe('I look it up.');
    expect(deltas.flatMap(({ toolCalls }) => toolCalls ?? [])).toEqual([
      { index: 0, id: 'call_a', type: 'function', function: { name: 'tide_table', arguments: '{"port":"Brest"}' } },
    ]);
    // The library asks `typeof event.usage === 'object'`, which `null` is, too.
    expect(events.map(({ usage }) => typeof usage === 'object')).toEqual(
      events.map((_, at) => at === events.length - 1),
    );
    expect(events.at(-1)?.['usage']).toMatchObject({ promptTokens: 12, completionTokens: 5, totalTokens: 17 });
  });

  it('finds an error by its object', () => {
    const [event] = chunksOf(face.encodeStreamError(new GatewayError('upstream.cut'), 'req_1'));
    expect(event).toMatchObject({
      error: { message: expect.stringContaining('ended') as string, type: 'upstream.cut' },
    });
  });
});

describe('the head of a request', () => {
  it('names the documented model where a chat names none', () => {
    expect(face.readHead({ prompt: 'Hello' }, 'chat', undefined).model).toBe('gpt-3.5-turbo');
  });

  it('streams for a caller that accepts events, unless the body says otherwise', () => {
    expect(face.readHead({}, 'chat', 'text/event-stream').streamed).toBe(true);
    expect(face.readHead({ stream: false }, 'chat', 'text/event-stream').streamed).toBe(false);
    expect(face.readHead({ stream: true }, 'chat', undefined).streamed).toBe(true);
    expect(face.readHead({ model: 'm', input: 'tide' }, 'embeddings', 'text/event-stream').streamed).toBe(false);
  });

  it('finds the model of embeddings in the framework’s frame', () => {
    const body = { input: { input: 'tide', modelOptions: { model: 'a/b' } } };
    expect(face.readHead(body, 'embeddings', undefined).model).toBe('a/b');
    expect(() => face.readHead({ input: { input: 'tide' } }, 'embeddings', undefined)).toThrow(GatewayError);
  });
});

it('normalises a body without changing it', () => {
  const body = deepFreeze({
    topP: 0.5,
    messages: [{ role: 'user', content: [{ type: 'imageUrl', imageUrl: { url: 'u' } }] }],
  });
  expect(normalizeBody(body)).toEqual({
    top_p: 0.5,
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'u' } }] }],
  });
});

const QUESTION = { model: 'asked', messages: [{ role: 'user' as const, content: 'When is high water?' }] };

/** The SDK, answered by nobody but this text. */
function sdk(text: string, contentType: string): OpenAI {
  return new OpenAI({
    apiKey: 'sk-test',
    baseURL: 'http://127.0.0.1:9/api/v2',
    maxRetries: 0,
    fetch: async () => new Response(text, { headers: { 'content-type': contentType } }),
  });
}

/** What a reader gets that parses each event as JSON and passes over what is none. */
function chunksOf(text: string): readonly JsonObject[] {
  return text
    .split('\n\n')
    .map((event) => parseJsonOrUndefined(event.replace(/^data: /, '')))
    .filter(isJsonObject);
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}

describe('what a request refers to at a provider', () => {
  it('is told as OpenAI’s own callers tell it, so that nobody reaches what another project left there', () => {
    const content = [{ type: 'file', file: { file_id: 'file_1' } }];
    const messages = [
      { role: 'user', content },
      { role: 'assistant', audio: { id: 'audio_1' } },
    ];
    expect(face.readHead({ model: 'm', messages }, 'chat', undefined).references).toEqual([
      { id: 'file_1', field: 'messages[0].content[0].file.file_id' },
      { id: 'audio_1', field: 'messages[1].audio.id' },
    ]);
  });
});
