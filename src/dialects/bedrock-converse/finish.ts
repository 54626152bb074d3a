import type { JsonValue } from '../../kernel/json.ts';
import { isJsonObject } from '../../kernel/json.ts';
import type { FinishReason } from '../../protocol/chat-events.ts';

/**
 * Why an answer ended: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax
 * `extra` are the additional fields of the answer, where Claude names the stop sequence that it met.
 */
export function finishReason(raw: JsonValue | undefined, extra: JsonValue | undefined): FinishReason {
  if (typeof raw !== 'string') return { kind: 'other', raw: undefined };
  const kind = KINDS.get(raw) ?? 'other';
  const stopSequence = stopSequenceOf(extra);
  return stopSequence === undefined ? { kind, raw } : { kind, raw, stopSequence };
}

const KINDS: ReadonlyMap<string, FinishReason['kind']> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['tool_use', 'tool-call'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['guardrail_intervened', 'filtered'],
  ['content_filtered', 'filtered'],
  // Claude's own word, handed on for models that say it.
  ['refusal', 'refused'],
]);

/** At the top of the fields in a whole answer, within `delta` in a stream. */
function stopSequenceOf(extra: JsonValue | undefined): string | undefined {
  if (!isJsonObject(extra)) return undefined;
  const { delta } = extra;
  const sequence = extra['stop_sequence'] ?? (isJsonObject(delta) ? delta['stop_sequence'] : undefined);
  return typeof sequence === 'string' ? sequence : undefined;
}
