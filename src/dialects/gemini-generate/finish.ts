import type { JsonValue } from '../../kernel/json.ts';
import type { FinishReason } from '../../protocol/chat-events.ts';

/** What a reason says where nothing was said. */
const UNSPECIFIED: ReadonlySet<string> = new Set(['FINISH_REASON_UNSPECIFIED', 'BLOCK_REASON_UNSPECIFIED', '']);

/** A reason as the provider wrote it; `undefined` where it said none. */
export function saidReason(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && !UNSPECIFIED.has(value) ? value : undefined;
}

/** https://ai.google.dev/api/generate-content#FinishReason. Calls end in `STOP`, too. */
export function finishOf(raw: string | undefined, hasCalls: boolean): FinishReason {
  return { kind: kindOf(raw, hasCalls), raw };
}

/** A prompt that was not answered at all: https://ai.google.dev/api/generate-content#BlockReason */
export function blockedBy(raw: string): FinishReason {
  return { kind: 'filtered', raw };
}

function kindOf(raw: string | undefined, hasCalls: boolean): FinishReason['kind'] {
  switch (raw) {
    case 'STOP':
      return hasCalls ? 'tool-call' : 'stop';
    case 'MAX_TOKENS':
      return 'length';
    case 'SAFETY':
    case 'RECITATION':
    case 'BLOCKLIST':
    case 'PROHIBITED_CONTENT':
    case 'SPII':
    case 'IMAGE_SAFETY':
    case 'IMAGE_PROHIBITED_CONTENT':
    case 'IMAGE_RECITATION':
      return 'filtered';
    case undefined:
    default:
      return 'other';
  }
}
