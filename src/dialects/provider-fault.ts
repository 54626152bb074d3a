import { type ErrorCode, GatewayError } from '../kernel/errors.ts';

const MESSAGE_CHARACTERS_MAX = 1000;
const CODE_CHARACTERS_MAX = 100;
const RETRY_AFTER_SECONDS_MAX = 3600;
/** Words by which providers tell a refusal of the content from a refusal of the credential, both sent as 403. */
const CONTENT_POLICY = /content[_ -]?(?:policy|filter)|moderation|flagged|safety|sensitive|responsible ?ai/i;

/** What a provider said when it failed. */
export type ProviderWords = {
  /** The HTTP status; 0 for an error within a stream that names none. */
  readonly status: number;
  readonly message: string;
  readonly code: string | undefined;
  readonly param?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
};

/** A provider's failure as one of ours. `code` is the catalogue's, found by the status where it is not given. */
export function providerFault(words: ProviderWords, code?: ErrorCode): GatewayError {
  const message = words.message.slice(0, MESSAGE_CHARACTERS_MAX);
  const upstreamCode = words.code?.slice(0, CODE_CHARACTERS_MAX);
  return new GatewayError(code ?? codeOfStatus(words.status, `${upstreamCode ?? ''} ${message}`), {
    upstream: { status: words.status, message, code: upstreamCode },
    param: words.param?.slice(0, CODE_CHARACTERS_MAX),
    retryAfterSeconds: words.retryAfterSeconds,
  });
}

/** HTTP status → what it means for the call. `words` tell a refused content from a refused credential. */
export function codeOfStatus(status: number, words: string): ErrorCode {
  switch (status) {
    case 401:
    case 402:
      return 'upstream.credential_rejected';
    case 403:
      return CONTENT_POLICY.test(words) ? 'upstream.content_policy' : 'upstream.credential_rejected';
    case 404:
      return 'upstream.not_found';
    case 408:
      return 'upstream.timeout';
    case 413:
      return 'upstream.too_large';
    case 422:
      return 'upstream.unprocessable';
    case 429:
      return 'upstream.rate_limited';
    default:
      if (status >= 500) return 'upstream.error';
      return status >= 400 ? 'upstream.bad_request' : 'upstream.invalid_answer';
  }
}

/** Seconds or an HTTP date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
export function readRetryAfter(value: string | string[] | undefined, nowMs: number): number | undefined {
  const text = Array.isArray(value) ? value[0] : value;
  if (text === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(text.trim()) ? Number(text) : Math.ceil((Date.parse(text) - nowMs) / 1000);
  if (!Number.isFinite(seconds) || seconds < 0) return undefined;
  return Math.min(seconds, RETRY_AFTER_SECONDS_MAX);
}

/** The beginning of an error body that is in no known form. */
export function bodyText(body: Buffer): string {
  return body.toString('utf8', 0, MESSAGE_CHARACTERS_MAX);
}
