import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { FinishReason } from '../../protocol/chat-events.ts';

/**
 * Words for why an answer ended. OpenAI's own are `stop`, `length`, `tool_calls`, `function_call` and `content_filter`
 * (https://platform.openai.com/docs/api-reference/chat/object); the others are Mistral's `model_length`
 * (https://docs.mistral.ai/api/), Together's `eos` (https://docs.together.ai/reference/chat-completions-1), Zhipu's
 * `sensitive` (https://docs.bigmodel.cn/api-reference) and what OpenRouter passes on in `native_finish_reason`.
 */
const KINDS: ReadonlyMap<string, FinishReason['kind']> = new Map([
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['model_length', 'length'],
  ['tool_calls', 'tool-call'],
  ['function_call', 'tool-call'],
  ['tool_use', 'tool-call'],
  ['content_filter', 'filtered'],
  ['sensitive', 'filtered'],
  ['refusal', 'refused'],
]);

/**
 * Why a choice ended, or `undefined` while it has not. OpenRouter and this hub put the model's own word beside the common
 * one: https://openrouter.ai/docs/api-reference/overview#finish-reason; vLLM names the stop sequence in `stop_reason`:
 * https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
 */
export function readFinish(choice: JsonObject, hasCalls: boolean): FinishReason | undefined {
  const said = nonEmpty(choice['finish_reason']);
  if (said === undefined) return undefined;
  const own = nonEmpty(choice['native_finish_reason']);
  const kind = own === 'refusal' ? 'refused' : (KINDS.get(said) ?? 'other');
  const stopSequence = kind === 'stop' ? nonEmpty(choice['stop_reason']) : undefined;
  return {
    // A call that was forced by `tool_choice` ends with `stop`, and so do all calls of some providers.
    kind: kind === 'stop' && hasCalls ? 'tool-call' : kind,
    raw: own ?? said,
    ...(stopSequence === undefined ? {} : { stopSequence }),
  };
}

/** The fields of a choice that tell why it ended. */
export function writeFinish(reason: FinishReason, isLegacy: boolean): JsonObject {
  const word = wordOf(reason, isLegacy);
  return {
    finish_reason: word,
    ...(reason.raw === undefined || reason.raw === word ? {} : { native_finish_reason: reason.raw }),
    ...(reason.stopSequence === undefined ? {} : { stop_reason: reason.stopSequence }),
  };
}

function wordOf({ kind }: FinishReason, isLegacy: boolean): string {
  switch (kind) {
    case 'stop':
    case 'other':
      return 'stop';
    case 'length':
      return 'length';
    case 'tool-call':
      return isLegacy ? 'function_call' : 'tool_calls';
    case 'filtered':
    case 'refused':
      return 'content_filter';
    default:
      return assertNever(kind);
  }
}

function nonEmpty(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
