import type { GatewayError } from '../../kernel/errors.ts';
import { sseEvent } from '../sse-text.ts';

/** A hub error as OpenAI's SDKs read it: https://platform.openai.com/docs/guides/error-codes */
export type WireError = {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string;
    readonly remedy: string;
    readonly request_id: string;
    readonly details?: Readonly<Record<string, unknown>>;
    /** The provider's own words, kept apart from the hub's. */
    readonly upstream?: { readonly status: number; readonly message: string; readonly code?: string | undefined };
  };
};

export function encodeError(error: GatewayError, requestId: string): WireError {
  return {
    error: {
      message: error.message,
      type: errorType(error.status),
      param: error.param ?? null,
      code: error.code,
      remedy: error.remedy,
      request_id: requestId,
      ...(error.details === undefined ? {} : { details: error.details }),
      ...(error.upstream === undefined ? {} : { upstream: error.upstream }),
    },
  };
}

/** An error as the last event of a stream that has begun; no `[DONE]` follows. */
export function encodeStreamError(error: GatewayError, requestId: string): string {
  return sseEvent(encodeError(error, requestId));
}

function errorType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  if (status >= 500) return 'server_error';
  return 'invalid_request_error';
}
