import { expect, it } from 'vitest';
import { type ErrorCode, GatewayError } from '../kernel/errors.ts';
import { fallbackFor } from './fallback.ts';

const FALLBACKS = { contextTooLong: 'longer', contentFilter: 'milder' };

/** As providers say it. */
it.each<[string, ErrorCode, string | undefined, string, string | undefined]>([
  [
    'OpenAI',
    'upstream.bad_request',
    'context_length_exceeded',
    'This model’s maximum context length is 8192 tokens.',
    'longer',
  ],
  [
    'Anthropic',
    'upstream.bad_request',
    'invalid_request_error',
    'prompt is too long: 208310 tokens > 200000 maximum',
    'longer',
  ],
  [
    'Google',
    'upstream.bad_request',
    'INVALID_ARGUMENT',
    'The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).',
    'longer',
  ],
  ['Bedrock', 'upstream.bad_request', 'ValidationException', 'Input is too long for requested model.', 'longer'],
  ['a body that is too large', 'upstream.too_large', undefined, 'Request Entity Too Large', 'longer'],
  ['Azure’s filter', 'upstream.bad_request', 'content_filter', 'The response was filtered.', 'milder'],
  ['a policy', 'upstream.content_policy', undefined, 'Content violates usage guidelines.', 'milder'],
  ['a request that is wrong', 'upstream.bad_request', 'invalid_value', 'Unknown parameter.', undefined],
  ['a failure', 'upstream.error', undefined, 'maximum context length', undefined],
])('%s', (_provider, code, upstreamCode, message, expected) => {
  const fault = new GatewayError(code, { upstream: { status: 400, message, code: upstreamCode } });
  expect(fallbackFor(fault, FALLBACKS)).toBe(expected);
  expect(fallbackFor(fault, {})).toBeUndefined();
});
