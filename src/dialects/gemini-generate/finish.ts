import { assertNever } from '../../kernel/assert.ts';
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

/** The words of the API that say more than our own; what another service wrote is told in the nearest of them. */
const OWN_WORDS: ReadonlySet<string> = new Set([
  'STOP',
  'MAX_TOKENS',
  'SAFETY',
  'RECITATION',
  'LANGUAGE',
  'OTHER',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'MALFORMED_FUNCTION_CALL',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_OTHER',
  'NO_IMAGE',
  'IMAGE_RECITATION',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'MISSING_THOUGHT_SIGNATURE',
  'MALFORMED_RESPONSE',
]);

/** Why there is no more of an answer that a model or a filter would not give. */
const REFUSED = 'SAFETY';

/** Why a candidate ended, in the API's words. That a model refused is told by nothing else. */
export function encodeFinish(reason: FinishReason | undefined, hasRefused: boolean): string {
  const { kind, raw } = reason ?? { kind: 'other', raw: undefined };
  if (hasRefused) return REFUSED;
  if (raw !== undefined && OWN_WORDS.has(raw)) return raw;
  switch (kind) {
    case 'stop':
    case 'tool-call':
      return 'STOP';
    case 'length':
      return 'MAX_TOKENS';
    case 'filtered':
    case 'refused':
      return REFUSED;
    case 'other':
      return 'OTHER';
    default:
      return assertNever(kind);
  }
}

/** Why a prompt was not answered at all: https://ai.google.dev/api/generate-content#BlockReason */
const BLOCK_REASONS: ReadonlySet<string> = new Set([
  'SAFETY',
  'OTHER',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'IMAGE_SAFETY',
]);

/** The reason for which there is no candidate, where an answer says nothing and was filtered in the API's own words. */
export function encodeBlock({ kind, raw }: FinishReason): string | undefined {
  return kind === 'filtered' && raw !== undefined && BLOCK_REASONS.has(raw) ? raw : undefined;
}
