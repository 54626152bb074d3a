import type { ErrorEntry } from './error-entry.ts';
import { PAYMENT_ERRORS } from './payment-errors.ts';
import { PEOPLE_ERRORS } from './people-errors.ts';

/**
 * The error catalogue: the only place where an HTTP status stands. Every error that a caller may see has a stable code,
 * a status, a sentence and a remedy here, and a row in docs/errors.md (a test holds the two together).
 */
export const ERRORS = {
  ...PEOPLE_ERRORS,
  ...PAYMENT_ERRORS,
  'auth.key_missing': {
    status: 401,
    retryable: false,
    message: 'No virtual key was sent.',
    remedy: 'Send the key as `Authorization: Bearer sk-hub-…`.',
  },
  'auth.key_unknown': {
    status: 401,
    retryable: false,
    message: 'The virtual key is not known here.',
    remedy: 'Check the key, or ask for a new one.',
  },
  'auth.key_revoked': {
    status: 401,
    retryable: false,
    message: 'The virtual key was revoked.',
    remedy: 'Ask for a new key.',
  },
  'auth.key_expired': {
    status: 401,
    retryable: false,
    message: 'The virtual key has expired.',
    remedy: 'Ask for a new key.',
  },
  'auth.key_disabled': {
    status: 401,
    retryable: false,
    message: 'The virtual key is switched off.',
    remedy: 'Ask an operator to switch it on.',
  },
  'auth.organization_suspended': {
    status: 401,
    retryable: false,
    message: 'The organization that the virtual key belongs to is suspended or closed.',
    remedy: 'Ask an owner of the organization.',
  },
  'auth.owner_suspended': {
    status: 401,
    retryable: false,
    message: 'The member or service account that the virtual key belongs to is suspended.',
    remedy: 'Ask an admin of the organization, or use another key.',
  },
  'auth.project_archived': {
    status: 401,
    retryable: false,
    message: 'The project that the virtual key belongs to is archived.',
    remedy: 'Use a key of another project.',
  },
  'auth.address_not_allowed': {
    status: 403,
    retryable: false,
    message: 'The virtual key may not be used from this address.',
    remedy: 'Call from an address that the key allows, or ask an admin of the organization to add this one.',
  },
  'auth.origin_not_allowed': {
    status: 403,
    retryable: false,
    message: 'The virtual key may not be used by pages of this web origin.',
    remedy: 'Call from a server, or ask an admin of the organization to allow the origin for a key.',
  },
  'credit.exhausted': {
    status: 402,
    retryable: false,
    message: 'There is not enough credit for this call.',
    remedy: 'Buy or ask for more credit, or ask for a shorter answer.',
  },
  'credit.held': {
    status: 429,
    retryable: true,
    message: 'Calls that are under way hold the credit that this one would need.',
    remedy: 'Try again when they have ended.',
  },
  'credit.no_price': {
    status: 400,
    retryable: false,
    message: 'This call has no price, so it cannot be paid for with credit.',
    remedy: 'Call another model, or ask an operator for a price.',
  },
  'credit.code_unknown': {
    status: 404,
    retryable: false,
    message: 'There is no such code.',
    remedy: 'Check it letter by letter; spaces, dashes and case do not matter.',
  },
  'credit.code_unusable': {
    status: 409,
    retryable: false,
    message: 'This code gives no credit any more.',
    remedy: '`details.why` says why. Ask whoever gave you the code for another.',
  },
  'guardrail.blocked': {
    status: 400,
    retryable: false,
    message: 'A guardrail of the organization does not let this through.',
    remedy: '`details` says which one. Take out what it looks for, or ask whoever may change it.',
  },
  'guardrail.unavailable': {
    status: 503,
    retryable: true,
    message: 'A guardrail that asks a service could not be asked.',
    remedy: '`details` says which one. Try again; whoever runs the service can see to it.',
  },
  'limit.exceeded': {
    status: 429,
    retryable: true,
    message: 'A limit is reached.',
    remedy: '`details` says which one and when it frees up; or ask whoever may change it.',
  },
  'budget.exhausted': {
    status: 429,
    retryable: false,
    message: 'A budget does not cover this call.',
    remedy: '`details` says which one and when it begins anew; or ask for a shorter answer, or for a larger budget.',
  },
  'budget.no_price': {
    status: 400,
    retryable: false,
    message: 'This call has no known price, so a budget cannot cover it.',
    remedy: 'Call another model, or ask an operator for a price.',
  },
  'model.not_allowed': {
    status: 403,
    retryable: false,
    message: 'This key may not call that model.',
    remedy: 'Call one that `GET /v1/models` lists, or ask whoever can change the rule that is named.',
  },
  'model.not_found': {
    status: 404,
    retryable: false,
    message: 'No connected provider serves that model.',
    remedy: 'Call one that `GET /v1/models` lists.',
  },
  'model.operation_unsupported': {
    status: 400,
    retryable: false,
    message: 'That model does not serve this operation here.',
    remedy: 'Use another model or another endpoint.',
  },
  'provider.not_connected': {
    status: 404,
    retryable: false,
    message: 'The provider named in the model is not connected.',
    remedy: 'Connect it with `aigne-hub provider add`, or call a model that `GET /v1/models` lists.',
  },
  'provider.dialect_unsupported': {
    status: 501,
    retryable: false,
    message: 'This build cannot speak that provider’s wire format yet.',
    remedy: 'Call the model through a provider that speaks the OpenAI format.',
  },
  'provider.no_credential': {
    status: 503,
    retryable: true,
    message: 'The connection has no usable credential.',
    remedy: 'Add or repair a credential with `aigne-hub provider test`.',
  },
  'request.malformed_json': {
    status: 400,
    retryable: false,
    message: 'The body is not valid JSON.',
    remedy: 'Mend it at the position given.',
  },
  'request.not_utf8': {
    status: 400,
    retryable: false,
    message: 'The body is not valid UTF-8.',
    remedy: 'Encode the JSON as UTF-8.',
  },
  'request.invalid': {
    status: 400,
    retryable: false,
    message: 'The request is not valid.',
    remedy: 'Mend the field that is named.',
  },
  'request.duplicate_field': {
    status: 400,
    retryable: false,
    message: 'A top-level field stands twice in the body.',
    remedy: 'Send each field once.',
  },
  'request.too_deep': {
    status: 400,
    retryable: false,
    message: 'The JSON is nested too deeply.',
    remedy: 'Nest it at most 64 levels deep.',
  },
  'request.too_many_keys': {
    status: 400,
    retryable: false,
    message: 'An object in the JSON has too many keys.',
    remedy: 'Use at most 10,000 keys in an object.',
  },
  'request.body_required': {
    status: 400,
    retryable: false,
    message: 'The request has no body.',
    remedy: 'Send a JSON object.',
  },
  'request.content_encoding': {
    status: 415,
    retryable: false,
    message: 'Compressed request bodies are not accepted.',
    remedy: 'Send the body without `Content-Encoding`.',
  },
  'request.too_large': {
    status: 413,
    retryable: false,
    message: 'The body is too large.',
    remedy: 'Send less in one request.',
  },
  'request.timeout': {
    status: 408,
    retryable: true,
    message: 'The body did not arrive in time.',
    remedy: 'Send it faster, or in a smaller request.',
  },
  'request.host_invalid': {
    status: 400,
    retryable: false,
    message: 'The request line or the Host header is not valid.',
    remedy: 'Send a plain path and one Host header.',
  },
  'request.headers_too_large': {
    status: 431,
    retryable: false,
    message: 'The request headers are too large.',
    remedy: 'Send at most 16 KiB of headers.',
  },
  'request.not_expressible': {
    status: 422,
    retryable: false,
    message: 'The provider’s wire format cannot express this request, and losses were not to be accepted.',
    remedy: 'Leave out the field that is named, call a provider that knows it, or send no `x-hub-strict`.',
  },
  'request.not_held': {
    status: 400,
    retryable: false,
    message: 'The request refers to something that this provider does not keep.',
    remedy: 'Send the content itself instead of its id.',
  },
  'request.idempotency_reused': {
    status: 422,
    retryable: false,
    message: 'That `Idempotency-Key` stands for another request.',
    remedy: 'Use a new key for a new request.',
  },
  'request.idempotency_running': {
    status: 409,
    retryable: true,
    message: 'The first request with that `Idempotency-Key` is still running.',
    remedy: 'Wait as long as `Retry-After` says, then send the same request again.',
  },
  'request.idempotency_lost': {
    status: 409,
    retryable: false,
    message: 'What became of the first request with that `Idempotency-Key` is not known.',
    remedy: 'Look whether it was done, and if not, send it with a new key.',
  },
  'request.idempotency_not_kept': {
    status: 409,
    retryable: false,
    message: 'The first call with that `Idempotency-Key` was made, and its answer was too long to be kept.',
    remedy: 'To make the call again, which is paid for again, send it with a new key.',
  },
  'request.media_unreachable': {
    status: 400,
    retryable: false,
    message: 'A picture or file of the request could not be fetched from its address.',
    remedy: 'Send its bytes as base64, or give a public address that answers.',
  },
  'route.not_found': {
    status: 404,
    retryable: false,
    message: 'There is nothing at this address.',
    remedy: 'See the API documents at `/openapi/data.json` and `/openapi/control.json`.',
  },
  'route.method_not_allowed': {
    status: 405,
    retryable: false,
    message: 'This address does not take that method.',
    remedy: 'Use a method that the `Allow` header names.',
  },
  'resource.not_found': {
    status: 404,
    retryable: false,
    message: 'There is no such thing.',
    remedy: 'List what there is, and use an id from the list.',
  },
  'resource.conflict': {
    status: 409,
    retryable: false,
    message: 'That exists already.',
    remedy: 'Choose another name; where the message names something else, change that first.',
  },
  'resource.changed': {
    status: 412,
    retryable: false,
    message: 'It was changed by somebody else in the meantime.',
    remedy: 'Read it again, and send the change with its new `ETag` in `If-Match`.',
  },
  'resource.read_only': {
    status: 409,
    retryable: false,
    message: 'This is declared in hub.yaml and cannot be changed here.',
    remedy: 'Change hub.yaml, then run `aigne-hub config apply`.',
  },
  'upstream.bad_request': {
    status: 400,
    retryable: false,
    message: 'The provider refused the request.',
    remedy: 'Read the provider’s message.',
  },
  'upstream.not_found': {
    status: 404,
    retryable: false,
    message: 'The provider does not know the model or the address.',
    remedy: 'Read the provider’s message; refresh the connection’s models.',
  },
  'upstream.too_large': {
    status: 413,
    retryable: false,
    message: 'The request is too large for the provider.',
    remedy: 'Send less in one request.',
  },
  'upstream.unprocessable': {
    status: 422,
    retryable: false,
    message: 'The provider could not process the request.',
    remedy: 'Read the provider’s message.',
  },
  'upstream.content_policy': {
    status: 403,
    retryable: false,
    message: 'The provider refused the content.',
    remedy: 'Read the provider’s message and change the content.',
  },
  'upstream.credential_rejected': {
    status: 502,
    retryable: false,
    message: 'The provider rejected the hub’s credential.',
    remedy: 'An operator has to repair it: `aigne-hub provider test`.',
  },
  'upstream.rate_limited': {
    status: 429,
    retryable: true,
    message: 'The provider is limiting the rate.',
    remedy: 'Wait for the time in `Retry-After`, then retry.',
  },
  'upstream.error': {
    status: 502,
    retryable: true,
    message: 'The provider failed.',
    remedy: 'Retry; if it stays, see the provider’s status page.',
  },
  'upstream.unreachable': {
    status: 502,
    retryable: true,
    message: 'The provider could not be reached.',
    remedy: 'Retry; an operator can look with `aigne-hub provider test`.',
  },
  'upstream.cut': {
    status: 502,
    retryable: true,
    message: 'The provider’s answer ended before it was complete.',
    remedy: 'Retry the request.',
  },
  'upstream.invalid_answer': {
    status: 502,
    retryable: true,
    message: 'The provider’s answer could not be understood.',
    remedy: 'Retry; if it stays, report it with the request id.',
  },
  'upstream.answer_too_large': {
    status: 502,
    retryable: false,
    message: 'The provider’s answer is larger than the hub accepts.',
    remedy: 'Ask for less.',
  },
  'upstream.timeout': {
    status: 504,
    retryable: true,
    message: 'The provider did not answer in time.',
    remedy: 'Retry, or ask an operator to raise the time-out.',
  },
  'egress.blocked': {
    status: 502,
    retryable: false,
    message: 'The provider’s address is not allowed.',
    remedy: 'An operator can allow it by host and port with `egress.allow`.',
  },
  'client.closed': { status: 499, retryable: true, message: 'The caller hung up.', remedy: 'Retry the request.' },
  'hub.draining': {
    status: 503,
    retryable: true,
    message: 'This hub is shutting down.',
    remedy: 'Retry; another instance or the restarted hub will answer.',
  },
  'hub.overloaded': {
    status: 503,
    retryable: true,
    message: 'This hub has too much in hand.',
    remedy: 'Wait for the time in `Retry-After`, then retry.',
  },
  'hub.store_unavailable': {
    status: 503,
    retryable: true,
    message: 'The hub’s store does not answer.',
    remedy: 'Retry; an operator can look with `aigne-hub doctor`.',
  },
  'hub.interrupted': {
    status: 500,
    retryable: true,
    message: 'The hub was stopped while the request ran.',
    remedy: 'Retry the request.',
  },
  'vault.undecryptable': {
    status: 500,
    retryable: false,
    message: 'A stored secret cannot be opened with the master key.',
    remedy: 'Run `aigne-hub doctor`; give the hub its own master key, or enter the secret again.',
  },
  'internal.bug': {
    status: 500,
    retryable: true,
    message: 'Something is wrong in the hub.',
    remedy: 'Retry; report it with the request id.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

export type GatewayErrorOptions = {
  /** A sentence for this very case in place of the catalogue's. Never a secret, a stack or another tenant's data. */
  readonly message?: string | undefined;
  /** The request field that is wrong, in the dialect's own path (`messages[0].content`). */
  readonly param?: string | undefined;
  /** Facts that the caller may see. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** The provider's own message, kept apart from ours, and the status it came with. */
  readonly upstream?:
    | { readonly status: number; readonly message: string; readonly code?: string | undefined }
    | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** What really happened; logged, never shown. */
  readonly cause?: unknown;
};

/** An error that a caller may see. `code` names its catalogue entry. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly param: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly upstream: GatewayErrorOptions['upstream'];
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, options: GatewayErrorOptions = {}) {
    super(options.message ?? ERRORS[code].message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GatewayError';
    this.code = code;
    this.param = options.param;
    this.details = options.details;
    this.upstream = options.upstream;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get remedy(): string {
    return ERRORS[this.code].remedy;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}

/** Anything thrown → an error that may be shown: what is not in the catalogue becomes `internal.bug` with its cause. */
export function toGatewayError(thrown: unknown): GatewayError {
  return thrown instanceof GatewayError ? thrown : new GatewayError('internal.bug', { cause: thrown });
}
