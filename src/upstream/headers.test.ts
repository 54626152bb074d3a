import { describe, expect, it } from 'vitest';
import { forwardedRequestHeaders } from './request-headers.ts';
import { forwardedResponseHeaders } from './response-headers.ts';

const HOSTILE_REQUEST = Object.fromEntries(
  [
    'authorization proxy-authorization cookie x-api-key api-key x-goog-api-key x-amz-security-token host connection',
    'keep-alive transfer-encoding te trailer upgrade expect content-length content-encoding accept-encoding forwarded via',
    'x-forwarded-for x-forwarded-host x-forwarded-proto x-real-ip cf-connecting-ip true-client-ip referer origin',
    'user-agent openai-organization openai-project idempotency-key x-stainless-os x-hub-tags x-aigne-hub-client-did',
    'x-http-method-override x-middleware-subrequest proxy-connection range if-none-match accept-language x-title baggage',
  ]
    .join(' ')
    .split(' ')
    .map((name) => [name, 'hostile']),
);

describe('a caller’s headers', () => {
  it('go upstream only when listed', () => {
    const wanted = { accept: 'text/event-stream', 'content-type': 'application/json', 'openai-beta': 'x=v1' };
    expect(forwardedRequestHeaders({ ...HOSTILE_REQUEST, ...wanted }, { trace: 'drop' })).toEqual(wanted);
  });

  it('carry the trace on only when the operator wants it', () => {
    const trace = { traceparent: '00-aa-bb-01', tracestate: 'v=1' };
    expect(forwardedRequestHeaders(trace, { trace: 'drop' })).toEqual({});
    expect(forwardedRequestHeaders(trace, { trace: 'forward' })).toEqual(trace);
  });
});

describe('a provider’s headers', () => {
  it('go to the caller only when listed, the request id under a name of its own', () => {
    const wanted = { 'content-type': 'application/json', 'retry-after': '3', 'retry-after-ms': '3000' };
    const others = {
      'set-cookie': ['a=1'],
      server: 'cloudflare',
      'openai-organization': 'acme',
      'openai-processing-ms': '12',
      'x-ratelimit-limit-requests': '10',
      'alt-svc': 'h3',
      'cf-ray': '1',
      'strict-transport-security': 'max-age=1',
      'access-control-allow-origin': '*',
      'content-length': '12',
      'content-encoding': 'gzip',
      'transfer-encoding': 'chunked',
      connection: 'close',
      'x-hub-cost': '0',
      'www-authenticate': 'Bearer',
      location: 'https://inner',
    };
    expect(forwardedResponseHeaders({ ...wanted, ...others, 'x-request-id': 'req_123' })).toEqual({
      ...wanted,
      'x-hub-upstream-request-id': 'req_123',
    });
  });

  it.each(['a b', 'x'.repeat(201), 'a\tb', ''])('take no request id such as %j', (id) => {
    expect(forwardedResponseHeaders({ 'x-request-id': id })).toEqual({});
  });
});
