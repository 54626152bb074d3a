import type { ErrorCode } from '../../../src/kernel/errors.ts';
import type { JsonObject, JsonValue } from '../../../src/kernel/json.ts';
import { chatBody, type HubCall } from '../../support/hub-calls.ts';
import {
  BODY_BYTES_MAX,
  HEADER_BYTES_MAX,
  JSON_DEPTH_MAX,
  JSON_KEYS_MAX,
  type KeyName,
  RESPONSE_BYTES_MAX,
} from './scene.ts';

/** One request that cannot be served, and what its caller is told. */
export type Row = {
  readonly name: string;
  /** Without one, the good key is sent. */
  readonly key?: KeyName | 'none' | 'unknown';
  readonly call: HubCall;
  readonly code: ErrorCode;
  /** In the error's sentence. */
  readonly says?: RegExp;
  readonly param?: string;
  /** In the answer's head. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What the provider itself said, where it was asked. */
  readonly upstream?: { readonly status: number; readonly says?: RegExp };
};

const ask = (body: JsonObject): HubCall => ({ body: chatBody(body) });
/** Asks the fake upstream to treat the request like this. */
const provoke = (words: string, more: JsonObject = {}): HubCall => ask({ user: `@${words}`, ...more });
const raw = (body: string | Buffer | readonly Buffer[]): HubCall => ({
  body,
  headers: { 'content-type': 'application/json' },
});

const pictureAt = (url: string): JsonValue[] => [
  { role: 'user', content: [{ type: 'image_url', image_url: { url } }] },
];

const CALLERS: readonly Row[] = [
  { name: 'no key', key: 'none', call: ask({}), code: 'auth.key_missing', headers: { 'www-authenticate': 'Bearer' } },
  { name: 'an unknown key', key: 'unknown', call: ask({}), code: 'auth.key_unknown' },
  { name: 'a revoked key', key: 'revoked', call: ask({}), code: 'auth.key_revoked' },
  { name: 'an expired key', key: 'expired', call: ask({}), code: 'auth.key_expired' },
  { name: 'a disabled key', key: 'disabled', call: ask({}), code: 'auth.key_disabled' },
  {
    name: 'a revoked key, listing models',
    key: 'revoked',
    call: { method: 'GET', path: '/v1/models' },
    code: 'auth.key_revoked',
  },
];

const MODELS: readonly Row[] = [
  { name: 'a model that the key may not call', key: 'narrow', call: ask({}), code: 'model.not_allowed' },
  {
    name: 'an unknown model',
    call: ask({ model: 'fake-smal' }),
    code: 'model.not_found',
    says: /`fake-small`/,
    param: 'model',
  },
  {
    name: 'an unknown model by its address',
    call: { method: 'GET', path: '/v1/models/fake-smal' },
    code: 'model.not_found',
    says: /`fake-small`/,
  },
  {
    name: 'a provider that is not connected',
    call: ask({ model: 'mistral/mistral-large' }),
    code: 'provider.not_connected',
  },
  {
    name: 'an operation in a format that the request cannot be translated into',
    call: { path: '/v1/completions', body: { model: 'odd/fake-small', prompt: 'x' } },
    code: 'provider.dialect_unsupported',
    says: /^Odd Words takes this operation in no wire format/,
  },
  {
    name: 'a connection without a credential',
    call: ask({ model: 'emptied/fake-small' }),
    code: 'provider.no_credential',
  },
  {
    name: 'an operation that the model does not serve',
    call: { path: '/v1/embeddings', body: { model: 'chat-only/fake-small', input: 'x' } },
    code: 'model.operation_unsupported',
  },
];

const TRANSLATED: readonly Row[] = [
  {
    name: 'a loss that is not to be',
    call: { ...ask({ model: 'claude/fake-small', seed: 7 }), headers: { 'x-hub-strict': '1' } },
    code: 'request.not_expressible',
    param: 'seed',
    headers: { 'x-hub-losses': 'seed' },
  },
  {
    name: 'a message that no other format has a word for',
    call: ask({ model: 'claude/fake-small', messages: [{ role: 'wizard', content: 'x' }] }),
    code: 'request.invalid',
    param: 'messages[0].role',
  },
  {
    name: 'a picture at an address of a private network',
    call: ask({ model: 'bytes-only/fake-small', messages: pictureAt('http://127.0.0.1:1/picture.png') }),
    code: 'request.media_unreachable',
  },
  {
    name: 'a picture at an address that is none',
    call: ask({ model: 'bytes-only/fake-small', messages: pictureAt('file:///etc/passwd') }),
    code: 'request.media_unreachable',
  },
  {
    name: 'more pictures by address than are fetched',
    call: ask({
      model: 'bytes-only/fake-small',
      messages: Array.from({ length: 33 }, (_, index) => pictureAt(`https://pictures.example/${index}`)).flat(),
    }),
    code: 'request.media_unreachable',
    says: /at most 32/,
  },
  {
    name: 'an answer that nobody gave',
    call: { path: '/v1/responses', body: { model: 'fake/fake-small', input: 'x', previous_response_id: 'resp_none' } },
    code: 'resource.not_found',
    param: 'previous_response_id',
  },
  {
    name: 'more things by their ids than are looked up',
    call: {
      path: '/v1/responses',
      body: { model: 'fake/fake-small', input: Array.from({ length: 1001 }, (_, index) => ({ id: `rs_${index}` })) },
    },
    code: 'request.invalid',
    param: 'input[1000].id',
  },
];

const BODIES: readonly Row[] = [
  {
    name: 'malformed JSON',
    call: raw('{"model": "fake-small",\n "messages": [}'),
    code: 'request.malformed_json',
    says: /position 38 \(line 2, column 15\)/,
  },
  {
    name: 'a body that ends too early',
    call: raw('{"model": "fake-small"'),
    code: 'request.malformed_json',
    says: /position 22/,
  },
  {
    name: 'bytes that are not UTF-8',
    call: raw(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
    code: 'request.not_utf8',
  },
  { name: 'a body that is no object', call: raw('[1, 2]'), code: 'request.invalid' },
  { name: 'no model', call: raw('{"messages": []}'), code: 'request.invalid', param: 'model' },
  {
    name: 'a model that is no text',
    call: raw('{"model": 7, "messages": []}'),
    code: 'request.invalid',
    param: 'model',
  },
  {
    name: 'stream that is neither true nor false',
    call: ask({ stream: 'yes' }),
    code: 'request.invalid',
    param: 'stream',
  },
  {
    name: 'a field that stands twice',
    call: raw('{"model": "fake-small", "messages": [], "model": "fake-large"}'),
    code: 'request.duplicate_field',
  },
  {
    name: 'the same field in another spelling',
    call: raw('{"model": "fake-small", "messages": [], "\\u006dodel": "fake-large"}'),
    code: 'request.duplicate_field',
  },
  {
    name: 'nesting that is too deep',
    call: raw(`{"model": "fake-small", "messages": ${'['.repeat(JSON_DEPTH_MAX)}${']'.repeat(JSON_DEPTH_MAX)}}`),
    code: 'request.too_deep',
  },
  {
    name: 'an object with too many keys',
    call: ask({
      metadata: Object.fromEntries(Array.from({ length: JSON_KEYS_MAX + 1 }, (_, index) => [`k${index}`, 1])),
    }),
    code: 'request.too_many_keys',
  },
  { name: 'no body', call: raw(''), code: 'request.body_required' },
  {
    name: 'a compressed body',
    call: { body: Buffer.from('x'), headers: { 'content-encoding': 'gzip' } },
    code: 'request.content_encoding',
  },
  {
    name: 'a body that says it is too large',
    call: raw(Buffer.alloc(BODY_BYTES_MAX + 1, ' ')),
    code: 'request.too_large',
  },
  {
    name: 'a chunked body that grows too large',
    call: raw(Array.from({ length: 5 }, () => Buffer.alloc(BODY_BYTES_MAX / 4, ' '))),
    code: 'request.too_large',
  },
  {
    name: 'headers that are too large',
    call: { ...ask({}), headers: { 'x-large': 'x'.repeat(HEADER_BYTES_MAX) } },
    code: 'request.headers_too_large',
  },
];

const ADDRESSES: readonly Row[] = [
  {
    name: 'GET where POST belongs',
    call: { method: 'GET' },
    code: 'route.method_not_allowed',
    headers: { allow: 'POST' },
  },
  {
    name: 'DELETE of the models',
    call: { method: 'DELETE', path: '/v1/models' },
    code: 'route.method_not_allowed',
    headers: { allow: 'GET, HEAD' },
  },
  { name: 'an unknown address', call: { ...ask({}), path: '/v1/chat/completion' }, code: 'route.not_found' },
  {
    name: 'an unknown address outside the API',
    call: { method: 'GET', path: '/wp-login.php' },
    code: 'route.not_found',
  },
];

const POLICY =
  '{"error":{"message":"Your input was flagged by moderation.","type":"invalid_request_error","code":"content_policy_violation"}}';

/** Provider answers that the behaviours of the fake upstream do not name. */
export const POLICY_USER = '#content-policy';
export const POLICY_BODY = POLICY;

const REFUSALS: readonly Row[] = [
  {
    name: 'the provider says 400',
    call: provoke('400'),
    code: 'upstream.bad_request',
    upstream: { status: 400, says: /told to answer 400/ },
  },
  { name: 'the provider says 404', call: provoke('404'), code: 'upstream.not_found', upstream: { status: 404 } },
  { name: 'the provider says 413', call: provoke('413'), code: 'upstream.too_large', upstream: { status: 413 } },
  { name: 'the provider says 422', call: provoke('422'), code: 'upstream.unprocessable', upstream: { status: 422 } },
  {
    name: 'the provider refuses the content',
    call: ask({ user: POLICY_USER }),
    code: 'upstream.content_policy',
    upstream: { status: 403, says: /flagged by moderation/ },
  },
  ...[401, 402, 403].map((status) => ({
    name: `the provider says ${status} and repeats the credential`,
    call: provoke(`echo-error:${status}`, { model: `echoes-${status}/fake-small` }),
    code: 'upstream.credential_rejected' as const,
    upstream: { status, says: /^Incorrect API key provided: \[credential\]\.$/ },
  })),
  {
    name: 'the provider limits the rate and no other credential is left',
    call: ask({ model: 'limited/fake-small' }),
    code: 'upstream.rate_limited',
    headers: { 'retry-after': '7' },
    upstream: { status: 429 },
  },
];

const FAILURES: readonly Row[] = [
  { name: 'the provider says 500', call: provoke('500'), code: 'upstream.error', upstream: { status: 500 } },
  { name: 'the provider says 503', call: provoke('503'), code: 'upstream.error', upstream: { status: 503 } },
  { name: 'nobody listens at the provider', call: ask({ model: 'refused/fake-small' }), code: 'upstream.unreachable' },
  { name: 'a target that may not be called', call: ask({ model: 'forbidden/fake-small' }), code: 'egress.blocked' },
  { name: 'an answer that is cut', call: provoke('cut:reset:bytes:40'), code: 'upstream.cut' },
  {
    name: 'a stream that is cut before its first event',
    call: provoke('cut:fin:bytes:10', { stream: true }),
    code: 'upstream.cut',
  },
  { name: 'an answer that is no JSON', call: provoke('garbage'), code: 'upstream.invalid_answer' },
  {
    name: 'a redirect',
    call: provoke('redirect:http://169.254.169.254/latest/meta-data'),
    code: 'upstream.invalid_answer',
  },
  {
    name: 'an answer that is too large',
    call: provoke(`events:${RESPONSE_BYTES_MAX}`),
    code: 'upstream.answer_too_large',
  },
  {
    name: 'a time-out while connecting',
    call: ask({ model: 'silent/fake-small' }),
    code: 'upstream.timeout',
    says: /connect/,
  },
  {
    name: 'a time-out before the answer begins',
    call: provoke('hang:headers'),
    code: 'upstream.timeout',
    says: /first byte/,
  },
  {
    name: 'a time-out between two bytes',
    call: provoke('delay:1000+split:64'),
    code: 'upstream.timeout',
    says: /between two bytes/,
  },
  { name: 'a time-out in total', call: provoke('delay:150+split:8'), code: 'upstream.timeout', says: /in total/ },
];

export const ROWS: readonly Row[] = [
  ...CALLERS,
  ...MODELS,
  ...TRANSLATED,
  ...BODIES,
  ...ADDRESSES,
  ...REFUSALS,
  ...FAILURES,
];

/** Codes that need more than one request; each has a test of its own, here or where it says. */
export const ELSEWHERE: Readonly<Partial<Record<ErrorCode, string>>> = {
  'auth.organization_suspended': 'tenants.test.ts',
  'auth.project_archived': 'tenants.test.ts',
  'auth.owner_suspended': 'tenants.test.ts',
  'auth.address_not_allowed': 'tenants.test.ts',
  'auth.origin_not_allowed': 'tenants.test.ts',
  'request.timeout': 'below',
  'request.host_invalid': 'below',
  'hub.overloaded': 'below',
  'vault.undecryptable': 'below',
  'request.not_held': 'held-responses.test.ts',
  'request.idempotency_reused': 'idempotent-calls.test.ts',
  'request.idempotency_running': 'idempotent-calls.test.ts',
  'request.idempotency_lost': 'idempotent-calls.test.ts',
  'request.idempotency_not_kept': 'idempotent-calls.test.ts',
  'hub.draining': 'processes.test.ts',
  'hub.store_unavailable': 'store-silence.test.ts',
  'guardrail.unavailable': 'external-guardrails.test.ts',
};

/** Codes that no caller of the data plane meets. */
export const NOT_FOR_CALLERS: Readonly<Partial<Record<ErrorCode, string>>> = {
  'auth.required': 'the control plane’s',
  'auth.cross_site': 'the control plane’s',
  'auth.sign_in_failed': 'the control plane’s',
  'auth.throttled': 'the control plane’s',
  'auth.address_unverified': 'the control plane’s',
  'auth.awaiting_approval': 'the control plane’s',
  'auth.account_ended': 'the control plane’s',
  'auth.link_invalid': 'the control plane’s',
  'auth.sign_up_closed': 'the control plane’s',
  'auth.single_sign_on_required': 'the control plane’s',
  'auth.insecure_transport': 'the control plane’s',
  'payment.unavailable': 'the control plane’s',
  'payment.refused': 'the control plane’s',
  'payment.event_unverified': 'the control plane’s',
  'payment.event_forged': 'the control plane’s',
  'guest.limit_reached': 'only visitors’',
  'guest.unknown_visitor': 'only visitors’',
  'guest.refused': 'only visitors’',
  'guest.unavailable': 'only visitors’',
  'access.denied': 'the control plane’s',
  'organization.not_active': 'the control plane’s',
  'charging.incomplete': 'the control plane’s',
  'offer.not_publishable': 'the control plane’s',
  'resource.changed': 'the control plane’s',
  'mail.no_server': 'the control plane’s',
  'mail.not_sent': 'the control plane’s',
  'sso.disabled': 'the control plane’s',
  'sso.state_invalid': 'the control plane’s',
  'sso.refused': 'the control plane’s',
  'sso.email_unverified': 'the control plane’s',
  'sso.provider_unreachable': 'the control plane’s',
  'sso.invalid_answer': 'the control plane’s',
  'sso.misconfigured': 'the control plane’s',
  'resource.conflict': 'the control plane’s',
  'resource.read_only': 'the control plane’s',
  'guardrail.blocked': 'only where something is looked for',
  'limit.exceeded': 'only where something is limited',
  'budget.exhausted': 'only where something is limited',
  'budget.no_price': 'only where something is limited',
  'credit.exhausted': 'only where calls are paid for with credit',
  'credit.held': 'only where calls are paid for with credit',
  'credit.no_price': 'only where calls are paid for with credit',
  'credit.code_unknown': 'the control plane’s',
  'credit.code_unusable': 'the control plane’s',
  'client.closed': 'the caller is gone; it stands in the records',
  'hub.interrupted': 'the process is gone; it stands in the records',
  'internal.bug': 'a mistake in the hub that nobody knows of',
};
