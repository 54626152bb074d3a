import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UNSAID_USAGE } from '../../protocol/usage.ts';
import { ChunkWatcher } from './stream-watcher.ts';

const FIRST = '{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"model":"m"}';

/** A watcher that has seen a stream begin. */
function begun(options: { wantsUsage?: boolean; manyChoices?: boolean } = {}): ChunkWatcher {
  const watcher = new ChunkWatcher({ wantsUsage: false, manyChoices: false, ...options });
  watcher.look(FIRST);
  return watcher;
}

const plain = (run: string, options = {}): boolean => begun(options).isPlain(Buffer.from(run).toString('latin1'));

describe('a run that has to be looked into', () => {
  test.each([
    ['usage', '{"choices":[],"usage":{"total_tokens":1}}'],
    ['usage behind spaces', '{"choices":[],"usage" \t : {"total_tokens":1}}'],
    ['usage that is a number', '{"choices":[],"usage":1}'],
    ['usage under an escape', '{"choices":[],"\\u0075sage":{}}'],
    ['an end', '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'],
    ['an end under an escape', '{"choices":[{"index":0,"delta":{},"finish\\u005freason":"stop"}]}'],
    ['an error', '{"error":{"message":"no"}}'],
    ['an error that is a text', '{"error" :"no"}'],
    ['an error under an escape', '{"err\\u006Fr":"no"}'],
    ['the terminator', '[DONE]'],
  ])('%s', (_name, data) => {
    expect(plain(`data: ${data}\n\n`)).toBe(false);
    expect(plain(`data: {"choices":[]}\n\ndata:${data}\r\n\r\n`)).toBe(false);
  });

  test('a choice that has not begun, where several were asked for', () => {
    const run = (index: string): string => `data: {"choices":[{"index":${index},"delta":{"content":"x"}}]}\n\n`;
    expect(plain(run('0'), { manyChoices: true })).toBe(true);
    expect(plain(run(' 0'), { manyChoices: true })).toBe(true);
    for (const index of ['1', ' 1', '10', '00', '"0"'])
      expect(plain(run(index), { manyChoices: true }), index).toBe(false);
  });

  test('anything before the first choice', () => {
    const watcher = new ChunkWatcher({ wantsUsage: false, manyChoices: false });
    expect(watcher.isPlain('data: {"choices":[]}\n\n')).toBe(false);
  });
});

describe('a run that needs no look', () => {
  test.each([
    ['content', '{"choices":[{"index":0,"delta":{"content":"x"}}]}'],
    ['nulls', '{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason": null}],"usage":null,"error" : null}'],
    ['content that speaks of usage', '{"choices":[{"index":0,"delta":{"content":"\\"usage\\": 5, \\"error\\""}}]}'],
    ['escapes beyond Latin-1', '{"choices":[{"index":0,"delta":{"content":"\\u6f22\\u5b57"}}]}'],
  ])('%s', (_name, data) => {
    expect(plain(`data: ${data}\n\n`)).toBe(true);
  });
});

/** JSON with odd spacing, and every letter of a key perhaps under an escape. */
const gap = fc.constantFrom('', ' ', '  ', '\t', ' \t');
const escaped = (key: string) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: key.length, maxLength: key.length }).map((dice) =>
    key
      .split('')
      .map((letter, at) => (dice[at] === 0 ? `\\u00${letter.charCodeAt(0).toString(16)}` : letter))
      .join(''),
  );
const anything = fc.oneof(
  fc.json({ maxDepth: 2 }),
  fc.constantFrom('null', '{}', '{"total_tokens":3}', '"usage"', '"stop"', '"\\"error\\":1"', '"[DONE]"'),
);
const members = fc.array(
  fc
    .tuple(fc.constantFrom('usage', 'error', 'model', 'choices', 'finish_reason', 'x'), gap, gap, anything)
    .chain(([key, before, after, value]) =>
      escaped(key).map((name) => `${before}"${name}"${before}:${after}${value}${after}`),
    ),
  { maxLength: 4 },
);
const choice = fc.tuple(gap, anything, anything).map(([space, content, reason]) => {
  return `"choices"${space}:[{"index":0,"delta":{"content":${content}},"finish_reason"${space}:${space}${reason}}]`;
});
const event = fc.tuple(members, choice, fc.boolean()).map(([rest, choices, withChoices]) => {
  return `{${[...rest, ...(withChoices ? [choices] : [])].join(',')}}`;
});

test('a run is only called plain when a look at each of its events would forward it and find nothing', () => {
  let plainRuns = 0;
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 3 }), fc.boolean(), (events, wantsUsage) => {
      const run = events.map((data) => `data: ${data}\n\n`).join('');
      if (!plain(run, { wantsUsage })) return;
      plainRuns += 1;
      for (const data of events) {
        const looking = begun({ wantsUsage });
        expect(looking.look(data)).toEqual({ kind: 'forward' });
        expect([looking.usage, looking.finishReason, looking.isFinished]).toEqual([UNSAID_USAGE, undefined, false]);
      }
    }),
    { numRuns: 3000 },
  );
  // The property would hold for a watcher that calls nothing plain.
  expect(plainRuns).toBeGreaterThan(100);
});

test('content counts whether it was looked at or not', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 20 }),
      fc.boolean(),
      (pieces, looks) => {
        const watcher = begun();
        for (const content of pieces) {
          const data = JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }], model: 'm' });
          if (looks || !watcher.isPlain(Buffer.from(`data: ${data}\n\n`).toString('latin1'))) watcher.look(data);
        }
        expect(watcher.contentEvents).toBe(pieces.length);
      },
    ),
  );
});

test.each([
  ['text', '{"choices":[{"index":0,"text":"abc"}]}', 3],
  ['content', '{"choices":[{"index":0,"delta":{"content":"abcd"}}]}', 4],
  ['reasoning', '{"choices":[{"index":0,"delta":{"reasoning_content":"ab","reasoning":"c","refusal":"d"}}]}', 4],
  ['a tool call', '{"choices":[{"index":0,"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}]}', 3],
  ['nothing', '{"choices":[{"index":0,"delta":{"role":"assistant"}}]}', 0],
])('%s is measured', (_name, data, bytes) => {
  const watcher = new ChunkWatcher({ wantsUsage: true, manyChoices: false });
  watcher.look(data);
  expect([watcher.contentBytes, watcher.contentEvents]).toEqual([bytes, bytes === 0 ? 0 : 1]);
});

test('the id of a sound is kept, wherever it comes in a run', () => {
  const watcher = begun();
  const piece = (audio: object) =>
    `{"choices":[{"index":0,"delta":{"audio":${JSON.stringify(audio)}},"finish_reason":null}]}`;
  expect(watcher.isPlain(`data: ${piece({ id: 'audio-1' })}\n\n`)).toBe(false);
  watcher.look(piece({ id: 'audio-1', data: 'UklG' }));
  expect(watcher.held).toEqual(['audio-1']);
  expect(watcher.isPlain(`data: ${piece({ data: 'UklG' })}\n\n`)).toBe(true);
});

test('the last usage counts, and is read when it is asked for', () => {
  const watcher = begun();
  expect(watcher.usage).toBe(UNSAID_USAGE);
  for (const total of [3, 4])
    watcher.look(`{"choices":[],"usage":{"prompt_tokens":2,"completion_tokens":${total - 2}}}`);
  expect(watcher.usage.usage).toMatchObject({ inputTokens: 2, outputTokens: 2 });
  expect(watcher.usage).toBe(watcher.usage);
});
