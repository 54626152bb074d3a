import { assertNever } from '../../../../src/kernel/assert.ts';
import type { JsonObject } from '../../../../src/kernel/json.ts';
import { type FakeAnswer, logprobsOf } from '../answers.ts';
import { jsonWithCounts, lastUsage } from '../counts.ts';
import type { AnswerInput, FakeStream } from '../speech.ts';

const DURATION_NS = 1_000_000;

export function answerId(_question: unknown, idPart: string): string {
  return idPart;
}

/** https://docs.ollama.com/api/chat */
export function wholeBody(input: AnswerInput): string {
  const { answer } = input;
  const thinking = answer.thoughts.length === 0 ? {} : { thinking: answer.thoughts.join('') };
  const calls = answer.toolCalls.length === 0 ? {} : { tool_calls: callsOf(answer) };
  const logprobs = answer.tellsLogprobs ? { logprobs: logprobsOf(answer.words) } : {};
  return jsonWithCounts({ ...last(input, { content: answer.words.join(''), ...thinking, ...calls }), ...logprobs });
}

/** One JSON object a line. */
export function streamOf(input: AnswerInput): FakeStream {
  const { answer, behaviour } = input;
  const huge = behaviour.hugeEventBytes === undefined ? [] : ['x'.repeat(behaviour.hugeEventBytes)];
  const write = (event: JsonObject): string => `${jsonWithCounts(event)}\n`;
  const chunk = (message: JsonObject): string => write({ ...head(input, message), done: false });
  return {
    events: [
      ...answer.thoughts.map((thinking) => chunk({ content: '', thinking })),
      ...[...answer.words, ...huge].map((content) =>
        write({
          ...head(input, { content }),
          done: false,
          ...(answer.tellsLogprobs ? { logprobs: logprobsOf([content]) } : {}),
        }),
      ),
      ...(answer.toolCalls.length === 0 ? [] : [chunk({ content: '', tool_calls: callsOf(answer) })]),
    ],
    terminator: [write(last(input, { content: '' }))],
    error: write({ error: 'an error was encountered while running the model: unexpected EOF' }),
  };
}

function head({ model, createdSeconds }: AnswerInput, message: JsonObject): JsonObject {
  return {
    model,
    created_at: new Date(createdSeconds * 1000).toISOString(),
    message: { role: 'assistant', ...message },
  };
}

function last(input: AnswerInput, message: JsonObject): JsonObject {
  const usage = lastUsage(input.behaviour.usage, input.answer.usage);
  const counts =
    usage === undefined || usage === null ? {} : { prompt_eval_count: usage.prompt, eval_count: usage.completion };
  return {
    ...head(input, message),
    done_reason: doneReasonOf(input.answer.finish),
    done: true,
    total_duration: DURATION_NS,
    load_duration: DURATION_NS,
    ...counts,
    prompt_eval_duration: DURATION_NS,
    eval_duration: DURATION_NS,
  };
}

function doneReasonOf(finish: FakeAnswer['finish']): string {
  switch (finish) {
    case 'length':
      return 'length';
    case 'stop':
    case 'tool-call':
    case 'filtered':
    case 'refused':
    case 'stop-sequence':
      return 'stop';
    default:
      return assertNever(finish);
  }
}

/** Arguments are an object here, and calls have ids in newer versions only. */
function callsOf({ toolCalls }: FakeAnswer): JsonObject[] {
  return toolCalls.map(({ name, argumentsText, idPart }, index) => ({
    id: `call_${idPart.slice(-8)}`,
    // The stand-in wrote the arguments itself, as an object.
    function: { index, name, arguments: JSON.parse(argumentsText) as JsonObject },
  }));
}
