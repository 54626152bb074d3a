import type { GatewayError } from '../kernel/errors.ts';

/** A hub error as OpenAI's SDKs read it, in each of OpenAI's formats: https://platform.openai.com/docs/guides/error-codes */
export type OpenAiError = {
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

/** The body of an error answer. */
export function encodeOpenAiError(error: GatewayError, requestId: string): OpenAiError {
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

function errorType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 402) return 'insufficient_quota';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  if (status >= 500) return 'server_error';
  return 'invalid_request_error';
}
