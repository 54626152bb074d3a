import { describe, expect, it } from 'vitest';
import { forwardedRequestHeaders } from './request-headers.ts';
import { upstreamRequestId } from './response-headers.ts';

const HOSTILE_REQUEST = Object.fromEntries(
  [
    'authorization proxy-authorization cookie x-api-key api-key x-goog-api-key x-amz-security-token host connection',
    'keep-alive transfer-encoding te trailer upgrade expect content-length content-encoding accept-encoding forwarded via',
    'x-forwarded-for x-forwarded-host x-forwarded-proto x-real-ip cf-connecting-ip true-client-ip referer origin',
    'user-agent openai-organization openai-project idempotency-key x-stainless-os x-hub-tags x-aigne-hub-client-did',
    'x-http-method-override x-middleware-subrequest traceparent tracestate proxy-connection range if-none-match accept-language x-title baggage',
  ]
    .join(' ')
    .split(' ')
    .map((name) => [name, 'hostile']),
);

describe('a caller’s headers', () => {
  const betas = { 'openai-beta': 'x=v1', 'anthropic-beta': 'y', 'anthropic-version': '2023-06-01' };

  it.each([
    ['openai-chat', { 'openai-beta': 'x=v1' }],
    ['openai-responses', { 'openai-beta': 'x=v1' }],
    ['anthropic-messages', { 'anthropic-beta': 'y', 'anthropic-version': '2023-06-01' }],
    ['bedrock-converse', {}],
  ])('go to a provider of %s only when listed', (dialect, wanted) => {
    expect(forwardedRequestHeaders({ ...HOSTILE_REQUEST, ...betas }, dialect)).toEqual(wanted);
  });
});

describe('a provider’s request id', () => {
  it.each(['x-request-id', 'request-id', 'x-amzn-requestid'])('is read from %s', (name) => {
    expect(upstreamRequestId({ [name]: 'req_123' })).toBe('req_123');
  });

  it.each(['a b', 'x'.repeat(201), 'a\tb', ''])('is not %j', (id) => {
    expect(upstreamRequestId({ 'x-request-id': id })).toBeUndefined();
  });
});
