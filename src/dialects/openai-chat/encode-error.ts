import type { GatewayError } from '../../kernel/errors.ts';
import { encodeOpenAiError } from '../openai-error.ts';
import { sseEvent } from '../sse-text.ts';

/** An error as the last event of a stream that has begun; no `[DONE]` follows. */
export function encodeStreamError(error: GatewayError, requestId: string): string {
  return sseEvent(encodeOpenAiError(error, requestId));
}
