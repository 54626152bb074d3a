import type { JsonValue } from '../../kernel/json.ts';
import type { FinishReason } from '../../protocol/chat-events.ts';

/**
 * `done_reason` → why the answer ended. An answer that ends in calls says `stop` like any other, and servers of before 2024
 * give no reason at all with `done`: https://github.com/ollama/ollama/blob/main/docs/api.md#generate-a-chat-completion
 */
export function readFinish(reason: JsonValue | undefined, hasCalls: boolean): FinishReason {
  const raw = typeof reason === 'string' && reason !== '' ? reason : undefined;
  return { kind: kindOf(raw, hasCalls), raw };
}

function kindOf(raw: string | undefined, hasCalls: boolean): FinishReason['kind'] {
  switch (raw) {
    case 'length':
      return 'length';
    case 'stop':
    case undefined:
      return hasCalls ? 'tool-call' : 'stop';
    default:
      return 'other';
  }
}
