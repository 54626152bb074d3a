import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../kernel/json.ts';
import type { StreamWatcher } from '../contract.ts';
import { openDecoder } from './stream-decoder.ts';
import { openWatcher } from './stream-watcher.ts';

function watcherOf(body: JsonObject = {}): StreamWatcher {
  return openWatcher({
    raw: Buffer.alloc(0),
    body,
    spans: new Map(),
    model: 'm',
    streamed: true,
    wantsUsage: true,
    manyChoices: false,
    endUser: undefined,
    references: [],
  });
}

const event = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: 4, ...fields })}\n\n`;
const delta = (text: string, type = 'response.output_text.delta'): string =>
  event(type, { item_id: 'msg_1', output_index: 0, content_index: 0, delta: text, obfuscation: 'Zk3' });

const COMPLETED = {
  type: 'response.completed',
  response: {
    id: 'resp_1',
    status: 'completed',
    model: 'gpt-5-mini-2025-08-07',
    output: [{ id: 'msg_1', type: 'message', content: [] }],
    usage: { input_tokens: 10, output_tokens: 4, total_tokens: 14 },
  },
};

describe('a run of deltas needs no look', () => {
  test('and its content is counted as it stands, without padding', () => {
    const watcher = watcherOf();
    expect(
      watcher.isPlain(delta('At ') + delta('Craignure') + delta('{"a"', 'response.mcp_call_arguments.delta')),
    ).toBe(true);
    expect(watcher.contentEvents).toBe(3);
    expect(watcher.contentBytes).toBe('At '.length + 'Craignure'.length + '{\\"a\\"'.length);
  });

  test('without event names, and with the number before the type', () => {
    expect(watcherOf().isPlain('data: {"type":"response.output_text.delta","delta":"x"}\n\n')).toBe(true);
    expect(watcherOf().isPlain('data: {"sequence_number":12,"type":"response.refusal.delta","delta":"x"}\n\n')).toBe(
      true,
    );
  });

  test('though a text speaks of other events', () => {
    const watcher = watcherOf();
    expect(watcher.isPlain(delta('data: {"type":"response.completed","response":{}}\n\n'))).toBe(true);
    expect(watcher.isFinished).toBe(false);
  });
});

describe('a run has to be looked into', () => {
  test.each([
    ['the end', event('response.completed', { response: {} })],
    ['an error', event('error', { message: 'no' })],
    ['an item', event('response.output_item.done', { output_index: 0, item: {} })],
    [
      'an end that says again what a caller wrote',
      event('response.completed', { metadata: { type: 'response.output_text.delta' } }),
    ],
    ['a type at another place', 'data: {"delta":"x","type":"response.output_text.delta"}\n\n'],
    ['a type under an escape', 'data: {"type":"response.\\u0063ompleted"}\n\n'],
    ['several lines of data', 'data: {"type":"response.output_text.delta",\ndata: "delta":"x"}\n\n'],
    ['a comment', ': keep alive\n\n'],
    ['other line ends', 'data: {"type":"response.output_text.delta","delta":"x"}\r\n\r\n'],
    ['the chat format’s end', 'data: [DONE]\n\n'],
  ])('%s', (_name, run) => {
    expect(watcherOf().isPlain(run)).toBe(false);
    expect(watcherOf().isPlain(delta('x') + run)).toBe(false);
    expect(watcherOf().isPlain(run + delta('x'))).toBe(false);
  });
});

describe('looking', () => {
  test('the last event is the terminator and tells the usage', () => {
    const watcher = watcherOf();
    expect(watcher.isFinished).toBe(false);
    expect(watcher.look(JSON.stringify(COMPLETED))).toEqual({ kind: 'terminator' });
    expect(watcher).toMatchObject({
      isFinished: true,
      servedModel: 'gpt-5-mini-2025-08-07',
      finishReason: 'completed',
      usage: { usage: { inputTokens: 10, outputTokens: 4 }, anomalies: [] },
    });
  });

  test('an incomplete answer is finished, too, and says why', () => {
    const watcher = watcherOf();
    const response = {
      ...COMPLETED.response,
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    };
    expect(watcher.look(JSON.stringify({ type: 'response.incomplete', response }))).toEqual({ kind: 'terminator' });
    expect(watcher.finishReason).toBe('max_output_tokens');
  });

  test('what the provider keeps is known from the beginning, unless it was told to keep nothing', () => {
    const created = JSON.stringify({ type: 'response.created', response: { id: 'resp_1', model: 'm', output: [] } });
    const watcher = watcherOf();
    expect(watcher.look(created)).toEqual({ kind: 'forward' });
    expect(watcher.held).toEqual(['resp_1']);
    watcher.look(JSON.stringify(COMPLETED));
    expect(watcher.held).toEqual(['resp_1', 'msg_1']);

    const forgetful = watcherOf({ store: false });
    forgetful.look(created);
    forgetful.look(JSON.stringify(COMPLETED));
    expect(forgetful.held).toEqual([]);

    const told = watcherOf();
    told.look(JSON.stringify({ ...COMPLETED, response: { ...COMPLETED.response, store: false } }));
    expect(told.held).toEqual([]);
  });

  test.each([
    ['an error event', { type: 'error', error: { code: 'server_error', message: 'no' } }, 'upstream.error'],
    ['a flat error event', { type: 'error', code: 'rate_limit_exceeded', message: 'no' }, 'upstream.rate_limited'],
    [
      'a failed response',
      { type: 'response.failed', response: { error: { code: 'server_error', message: 'no' } } },
      'upstream.error',
    ],
    ['a failed response without words', { type: 'response.failed' }, 'upstream.error'],
    ['an error in the chat format’s manner', { error: { message: 'no', code: '429' } }, 'upstream.rate_limited'],
  ])('%s is a fault', (_name, data, code) => {
    const watcher = watcherOf();
    expect(watcher.look(JSON.stringify(data))).toMatchObject({ kind: 'fault', error: { code } });
    expect(watcher.isFinished).toBe(false);
  });

  test('what is not JSON is garbage; a comment and what nobody knows pass', () => {
    const watcher = watcherOf();
    expect(watcher.look('{"type":')).toEqual({ kind: 'garbage' });
    expect(watcher.look('[]')).toEqual({ kind: 'garbage' });
    expect(watcher.look(JSON.stringify({ type: 'response.completed' }))).toEqual({ kind: 'garbage' });
    expect(watcher.look('')).toEqual({ kind: 'forward' });
    expect(watcher.look('{"type":"response.lighthouse.beam"}')).toEqual({ kind: 'forward' });
  });

  test('the chat format’s end is nothing that this one has', () => {
    const watcher = watcherOf();
    watcher.look(JSON.stringify(COMPLETED));
    expect(watcher.look('[DONE]')).toEqual({ kind: 'hide' });
  });

  test('deltas in another form are counted', () => {
    const watcher = watcherOf();
    watcher.look('{"delta":"Oban","type":"response.output_text.delta"}');
    expect([watcher.contentEvents, watcher.contentBytes]).toEqual([1, 4]);
  });
});

test('what a response used before it failed is counted: it may be billed', () => {
  const watcher = watcherOf();
  const usage = { input_tokens: 900, output_tokens: 40, output_tokens_details: { reasoning_tokens: 30 } };
  const failed = { status: 'failed', error: { code: 'server_error', message: 'no' }, usage };
  expect(watcher.look(JSON.stringify({ type: 'response.failed', response: failed }))).toMatchObject({ kind: 'fault' });
  expect(watcher.usage.usage).toMatchObject({ inputTokens: 900, outputTokens: 10, reasoningTokens: 30 });
  const [start, told, fault] = openDecoder().push({
    event: 'response.failed',
    data: JSON.stringify({ type: 'response.failed', response: failed }),
  });
  expect(start).toMatchObject({ type: 'start' });
  expect(told).toEqual({ type: 'usage', read: watcher.usage });
  expect(fault).toMatchObject({ type: 'fault', error: { code: 'upstream.error' } });
});
