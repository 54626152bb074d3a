import type { GatewayError } from '../../kernel/errors.ts';
import { encodeOpenAiError } from '../openai-error.ts';
import { sseEvent } from '../sse-text.ts';

/**
 * Readers order events by their number. The encoder of the stream that ends here is not at hand, so the last two events
 * carry the greatest numbers there are, in 32 bits.
 */
const LAST_SEQUENCE_NUMBER = 2 ** 31 - 1;

/**
 * An error as the end of a stream, told twice as OpenAI does: OpenAI's SDK throws at the `error` event, Codex passes over
 * it and reads `response.failed`. The fields of the first stand at its top, where the reference has them, and in an
 * object, where OpenAI puts them.
 */
export function encodeStreamError(error: GatewayError, requestId: string): string {
  const { error: told } = encodeOpenAiError(error, requestId);
  const { message, param, code } = told;
  const failed = {
    id: responseId(requestId),
    object: 'response',
    status: 'failed',
    error: { code: failureCode(error), message },
    incomplete_details: null,
    output: [],
    usage: null,
  };
  return (
    sseEvent(
      {
        type: 'error',
        code,
        message,
        param,
        error: told,
        sequence_number: LAST_SEQUENCE_NUMBER - 1,
      },
      'error',
    ) +
    sseEvent({ type: 'response.failed', response: failed, sequence_number: LAST_SEQUENCE_NUMBER }, 'response.failed')
  );
}

/** The id of the answer to a request: the same in all events of its stream, the failure at its end included. */
export function responseId(requestId: string): string {
  return `resp_${requestId.startsWith('req_') ? requestId.slice('req_'.length) : requestId}`;
}

/** A Response's error has words of its own, by which clients decide whether to try again: a full context is not retried. */
function failureCode(error: GatewayError): string {
  const word = error.upstream?.code;
  if (word === 'context_length_exceeded' || word === 'insufficient_quota') return word;
  if (error.status === 429) return 'rate_limit_exceeded';
  return error.status >= 500 ? 'server_error' : error.code;
}
