import { GatewayError } from '../../kernel/errors.ts';

const MESSAGE_CHARACTERS_MAX = 300;
const TOO_MANY_REQUESTS = 429;

/** What a source of keys answered in their place. */
export type SourceAnswer = {
  /** `STS`, `the container’s endpoint` … */
  readonly source: string;
  readonly status: number;
  readonly message: string;
  readonly code: string | undefined;
};

/**
 * A source that gives no keys: its own failure, its rate limit, or its refusal, which an operator has to look into as into
 * a refused credential.
 */
export function sourceFault({ source, status, message, code }: SourceAnswer): GatewayError {
  const isThrottled = status === TOO_MANY_REQUESTS || /throttl|RequestLimitExceeded/i.test(code ?? '');
  const fault = isThrottled
    ? 'upstream.rate_limited'
    : status >= 500 || status < 400
      ? 'upstream.error'
      : 'upstream.credential_rejected';
  const said = message.replace(/\s+/g, ' ').trim().slice(0, MESSAGE_CHARACTERS_MAX);
  return new GatewayError(fault, {
    message: `${source} gave the hub no AWS keys.`,
    upstream: { status, message: said === '' ? `HTTP ${status}` : said, code },
  });
}

/** A source that is not configured where the hub runs. */
export function noSource(message: string, cause?: unknown): GatewayError {
  return new GatewayError('provider.no_credential', { message, cause });
}
