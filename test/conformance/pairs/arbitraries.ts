import fc from 'fast-check';
import type { AnsweredPart, ChatResponse, FinishReason } from '../../../src/protocol/chat-events.ts';
import type { ChatMessage, InputPart, TextPart, ToolCallPart } from '../../../src/protocol/chat-parts.ts';
import { type ChatRequest, type FunctionTool, PLAIN_CHAT } from '../../../src/protocol/chat-request.ts';
import { NO_USAGE, type Usage } from '../../../src/protocol/usage.ts';
import { PDF, PNG, SCHEMA } from './scenario.ts';

/** Random conversations and answers, such as a careful client may hold and a careful provider may give. */

/** Texts with all that breaks careless writers: quotes, line ends, other scripts, what looks like an event. */
const text = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 20 }),
    fc.constantFrom(
      'a\n\ndata: b',
      '"',
      '\\',
      '世界 👩‍👩‍👧',
      '\u2028',
      '{"a":1}',
      'data: [DONE]',
      '</think>',
      '\u0000',
    ),
  )
  // Blank texts are refused by some providers, and say nothing.
  .map((said) => (said.trim() === '' ? 'x' : said));

const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,12}$/);
const textPart: fc.Arbitrary<TextPart> = text.map((said) => ({ type: 'text', text: said }));
const inputPart: fc.Arbitrary<InputPart> = fc.oneof(
  { weight: 4, arbitrary: textPart },
  {
    weight: 1,
    arbitrary: fc.constantFrom<InputPart>(
      { type: 'image', source: { from: 'base64', mediaType: 'image/png', data: PNG } },
      { type: 'file', source: { from: 'base64', mediaType: 'application/pdf', data: PDF }, filename: 'report.pdf' },
    ),
  },
);

const tool: fc.Arbitrary<FunctionTool> = fc.record({
  kind: fc.constant('function'),
  name: word,
  description: fc.option(text, { nil: undefined }),
  parameters: fc.constantFrom(SCHEMA, { type: 'object', properties: {} }),
  strict: fc.constant(undefined),
});

const callArguments = fc
  .dictionary(word, fc.oneof(text, fc.integer({ min: -9, max: 9 }), fc.boolean()), { maxKeys: 3 })
  .map((said) => JSON.stringify(said));

type Call = readonly [name: string, words: string];

/** Calls of what is offered; none where nothing is. */
function callsOf(names: readonly string[]): fc.Arbitrary<readonly Call[]> {
  return names.length === 0
    ? fc.constant([])
    : fc.array(fc.tuple(fc.constantFrom(...names), callArguments), { maxLength: 2 });
}

/** A turn of the user’s, and what the model said to it; calls are followed by their results. */
function exchange(names: readonly string[]): fc.Arbitrary<readonly ChatMessage[]> {
  return fc
    .record({
      asked: fc.array(inputPart, { minLength: 1, maxLength: 3 }),
      said: text,
      calls: callsOf(names),
      result: text,
      serial: fc.integer({ min: 0, max: 1_000_000 }),
    })
    .map(({ asked, said, calls, result, serial }) => {
      const called = calls.map(([name, words], index): ToolCallPart => {
        return { type: 'tool-call', id: `call_${serial}_${index}`, name, arguments: words, kind: 'function' };
      });
      const results = called.map(({ id, name }): ChatMessage => {
        return { role: 'tool', callId: id, name, parts: [{ type: 'text', text: result }] };
      });
      const answer: ChatMessage = { role: 'assistant', parts: [{ type: 'text', text: said }, ...called] };
      return [{ role: 'user', parts: asked }, answer, ...results];
    });
}

/** A request of a dialect. What calls name is offered. */
export function anyRequest(dialect: string): fc.Arbitrary<ChatRequest> {
  return fc.uniqueArray(tool, { maxLength: 3, selector: ({ name }) => name }).chain((tools) =>
    fc
      .record({
        system: fc.option(fc.array(textPart, { minLength: 1, maxLength: 2 }), { nil: undefined }),
        exchanges: fc.array(exchange(tools.map(({ name }) => name)), { maxLength: 3 }),
        question: fc.array(inputPart, { minLength: 1, maxLength: 2 }),
        maxOutputTokens: fc.option(fc.integer({ min: 16, max: 4096 }), { nil: undefined }),
        temperature: fc.option(fc.constantFrom(0, 0.5, 0.9, 1.5), { nil: undefined }),
        topP: fc.option(fc.constantFrom(0.1, 0.9), { nil: undefined }),
        topK: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
        stop: fc.option(fc.array(word, { minLength: 1, maxLength: 6 }), { nil: undefined }),
        seed: fc.option(fc.integer({ min: 0, max: 99 }), { nil: undefined }),
        effort: fc.option(fc.constantFrom('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'), {
          nil: undefined,
        }),
        choice: fc.constantFrom<ChatRequest['toolChoice']>(
          undefined,
          { kind: 'auto' },
          { kind: 'none' },
          { kind: 'required' },
        ),
        streamed: fc.boolean(),
      })
      .map(({ system, exchanges, question, effort, choice, ...settings }): ChatRequest => {
        const instructions: readonly ChatMessage[] = system === undefined ? [] : [{ role: 'system', parts: system }];
        return {
          ...PLAIN_CHAT,
          ...settings,
          dialect,
          wantsUsage: settings.streamed,
          messages: [...instructions, ...exchanges.flat(), { role: 'user', parts: question }],
          tools,
          toolChoice: tools.length === 0 ? undefined : choice,
          reasoning:
            effort === undefined
              ? undefined
              : { effort, budgetTokens: undefined, enabled: undefined, summary: undefined },
        };
      }),
  );
}

const finish = fc.constantFrom<FinishReason>({ kind: 'stop', raw: undefined }, { kind: 'length', raw: undefined });

const usage: fc.Arbitrary<Usage> = fc
  .record({
    inputTokens: fc.nat({ max: 9999 }),
    outputTokens: fc.nat({ max: 9999 }),
    cachedInputTokens: fc.nat({ max: 99 }),
  })
  .map((counts) => ({ ...NO_USAGE, ...counts }));

/** A whole answer: a text, or calls, or both. */
export function anyAnswer(): fc.Arbitrary<ChatResponse> {
  return fc
    .record({
      said: fc.option(text, { nil: undefined }),
      calls: fc.array(fc.tuple(word, callArguments), { maxLength: 3 }),
      finish,
      usage,
    })
    .map(({ said, calls, finish: reason, usage: counts }) => {
      const called = calls.map(([name, words], index): AnsweredPart => {
        return { type: 'tool-call', id: `call_${index}`, name, arguments: words, kind: 'function' };
      });
      const parts: AnsweredPart[] = [...(said === undefined ? [] : [{ type: 'text' as const, text: said }]), ...called];
      const ended: FinishReason = called.length === 0 ? reason : { kind: 'tool-call', raw: undefined };
      return {
        id: 'answer-1',
        servedModel: 'served-model',
        serviceTier: undefined,
        choices: [{ index: 0, parts, reason: ended }],
        usage: { usage: counts, anomalies: [] },
      };
    });
}
