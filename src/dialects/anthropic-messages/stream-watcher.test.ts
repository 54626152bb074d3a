import { describe, expect, it } from 'vitest';
import { MESSAGE_STOP } from './stream-encoder.ts';
import { MessagesWatcher } from './stream-watcher.ts';

type Event = { readonly type: string; readonly [key: string]: unknown };

const START: Event = {
  type: 'message_start',
  message: { id: 'msg_1', model: 'claude-x', usage: { input_tokens: 5, output_tokens: 1 } },
};
const END: Event = {
  type: 'message_delta',
  delta: { stop_reason: 'end_turn', stop_sequence: null },
  usage: { output_tokens: 9 },
};

const delta = (text: string): Event => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text },
});
const frame = (event: Event): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

describe('watching a stream pass by', () => {
  it('knows usage, model and reason, and holds the end until the records are safe', () => {
    const watcher = new MessagesWatcher();
    const verdicts = [START, delta('Hi'), { type: 'ping' }, END].map(
      (event) => watcher.look(JSON.stringify(event)).kind,
    );
    expect(verdicts).toEqual(['forward', 'forward', 'forward', 'forward']);
    expect(watcher.look(JSON.stringify({ type: 'message_stop' })).kind).toBe('terminator');
    expect(watcher).toMatchObject({ isFinished: true, servedModel: 'claude-x', finishReason: 'end_turn' });
    expect(watcher.usage.usage).toMatchObject({ inputTokens: 5, outputTokens: 9 });
  });

  it('is finished by an answer that comes whole at its start', () => {
    const watcher = new MessagesWatcher();
    const call = { type: 'tool_use', id: 'toolu_1', name: 'roll', input: { sides: 6 } };
    const message = {
      id: 'msg_2',
      model: 'claude-x',
      content: [call],
      stop_reason: 'tool_use',
      usage: { input_tokens: 0 },
    };
    expect(watcher.look(JSON.stringify({ type: 'message_start', message })).kind).toBe('forward');
    expect(watcher.look(JSON.stringify({ type: 'message_stop' })).kind).toBe('terminator');
    expect(watcher).toMatchObject({ isFinished: true, finishReason: 'tool_use' });
  });

  it('is not finished before a reason to end was told', () => {
    const watcher = new MessagesWatcher();
    watcher.look(JSON.stringify(START));
    watcher.look(JSON.stringify(delta('Hi')));
    watcher.look(JSON.stringify({ type: 'message_delta', delta: { stop_reason: null }, usage: { output_tokens: 2 } }));
    expect(watcher.isFinished).toBe(false);
    expect(watcher.look(JSON.stringify({ type: 'message_stop' })).kind).toBe('terminator');
    expect(watcher.isFinished).toBe(false);
  });

  it.each([
    ['an error event', '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', 'fault'],
    ['an error without a type', '{"error":{"type":"api_error","message":"Oops"}}', 'fault'],
    ['an event that nobody has heard of', '{"type":"tide_turned"}', 'forward'],
    ['a comment', '', 'forward'],
    ['what is not JSON', '{"type":', 'garbage'],
    ['what is not an object', '[]', 'garbage'],
  ])('gives %s its verdict', (_name, data, kind) => {
    expect(new MessagesWatcher().look(data).kind).toBe(kind);
  });

  it('takes a run of deltas for plain, and counts it', () => {
    const watcher = new MessagesWatcher();
    const run = ['The wind', ' has turned'].map((text) => frame(delta(text))).join('');
    expect(watcher.isPlain(run)).toBe(true);
    expect(watcher.contentEvents).toBe(2);
    expect(watcher.contentBytes).toBe('The wind has turned'.length);
  });

  it('takes deltas without a space or the name of their event for plain, too', () => {
    const watcher = new MessagesWatcher();
    expect(watcher.isPlain(`data:${JSON.stringify(delta('a'))}\n\ndata:${JSON.stringify(delta('b'))}\n\n`)).toBe(true);
    expect(watcher.contentEvents).toBe(2);
  });

  it.each([
    ['the beginning', frame(START)],
    ['the end', frame(delta('a')) + frame(END)],
    ['the terminator', frame(delta('a')) + MESSAGE_STOP],
    ['a ping', frame({ type: 'ping' })],
    ['an error', frame(delta('a')) + frame({ type: 'error', error: {} })],
    ['an error in disguise', `event: error\ndata: ${JSON.stringify(delta('a'))}\n\n`],
    ['a comment', ': still here\n\n'],
    ['an event that is written otherwise', 'data: { "type": "content_block_delta" }\n\n'],
  ])('looks into a run that holds %s', (_name, run) => {
    const watcher = new MessagesWatcher();
    expect(watcher.isPlain(run)).toBe(false);
    expect(watcher.contentEvents).toBe(0);
  });

  it('does not mistake content that looks like events', () => {
    const watcher = new MessagesWatcher();
    expect(watcher.isPlain(frame(delta('\n\ndata: {"type":"message_stop"}\n\n')))).toBe(true);
    expect(watcher.isFinished).toBe(false);
  });

  it('tells what the provider keeps: the container and the files that code wrote', () => {
    const watcher = new MessagesWatcher();
    const block = {
      type: 'bash_code_execution_tool_result',
      content: { type: 'bash_code_execution_result', content: [{ file_id: 'file_1' }] },
    };
    watcher.look(JSON.stringify({ type: 'content_block_start', index: 0, content_block: block }));
    watcher.look(JSON.stringify({ ...END, delta: { stop_reason: 'end_turn', container: { id: 'container_1' } } }));
    expect(watcher.held).toEqual(['file_1', 'container_1']);
  });
});
