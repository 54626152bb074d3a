import { assertNever } from '../kernel/assert.ts';
import type { FinishReason } from '../protocol/chat-events.ts';

/**
 * Why an answer ended, in the words of the documented AIGNE API, which are OpenAI's:
 * https://platform.openai.com/docs/api-reference/chat/object. For a reason that has none, the provider's own word.
 */
export function finishWord({ kind, raw }: FinishReason): string {
  switch (kind) {
    case 'stop':
    case 'length':
      return kind;
    case 'tool-call':
      return 'tool_calls';
    case 'filtered':
    case 'refused':
      return 'content_filter';
    case 'other':
      return raw ?? 'stop';
    default:
      return assertNever(kind);
  }
}
