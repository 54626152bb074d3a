import { assertNever } from '../../kernel/assert.ts';
import type { FinishReason } from '../../protocol/chat-events.ts';

/** Why answers end: https://docs.anthropic.com/en/api/handling-stop-reasons */
const KINDS: ReadonlyMap<string, FinishReason['kind']> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool-call'],
  ['refusal', 'refused'],
  ['pause_turn', 'other'],
  ['compaction', 'other'],
]);

/** The provider's word as ours; a word that nobody has heard of is kept and means no more than that it ended. */
export function decodeFinish(stopReason: string, stopSequence: string | undefined): FinishReason {
  return {
    kind: KINDS.get(stopReason) ?? 'other',
    raw: stopReason,
    ...(stopSequence === undefined ? {} : { stopSequence }),
  };
}

/**
 * Our word as Anthropic's, and whether it says the same. A word that Anthropic has itself is kept. Callers go on with
 * their tools on `tool_use` alone, so an answer with a call that is said to have simply stopped is told as that.
 */
export function encodeFinish(
  reason: FinishReason,
  hasCall: boolean,
): { readonly stopReason: string; readonly isExact: boolean } {
  const isOwnWord = reason.raw !== undefined && KINDS.get(reason.raw) === reason.kind;
  if (isOwnWord && reason.raw !== undefined && !(hasCall && reason.kind === 'stop')) {
    return { stopReason: reason.raw, isExact: true };
  }
  switch (reason.kind) {
    case 'stop':
      if (hasCall) return { stopReason: 'tool_use', isExact: true };
      return { stopReason: reason.stopSequence === undefined ? 'end_turn' : 'stop_sequence', isExact: true };
    case 'length':
      return { stopReason: 'max_tokens', isExact: true };
    case 'tool-call':
      return { stopReason: 'tool_use', isExact: true };
    case 'filtered':
    case 'refused':
      return { stopReason: 'refusal', isExact: true };
    case 'other':
      return { stopReason: hasCall ? 'tool_use' : 'end_turn', isExact: false };
    default:
      return assertNever(reason.kind);
  }
}
