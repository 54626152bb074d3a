import { describe, expect, test } from 'vitest';
import { nanoUsd } from '../kernel/money.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { outcome } from '../storage/testing/rows.ts';
import { createMetrics } from './metrics.ts';

const open = { openStreams: () => 3, openRequests: () => 7 };

async function read(metrics: ReturnType<typeof createMetrics>): Promise<readonly string[]> {
  return (await metrics.registry.metrics()).split('\n');
}

describe('the metrics', () => {
  test('are there by name before anything has happened', async () => {
    const text = await createMetrics(open).registry.metrics();
    for (const name of [
      'hub_http_requests_total',
      'hub_request_duration_seconds',
      'hub_overhead_seconds',
      'hub_ttft_seconds',
      'hub_upstream_attempts_total',
      'hub_tokens_total',
      'hub_cost_nano_total',
      'hub_unpriced_requests_total',
      'hub_usage_estimated_total',
      'hub_client_aborts_total',
      'hub_stream_truncated_total',
      'hub_usage_anomalies_total',
      'hub_egress_blocked_total',
      'hub_decrypt_failures_total',
      'hub_dependency_up',
      'hub_streams_open',
      'hub_requests_open',
      'hub_eventloop_lag_seconds',
    ]) {
      expect(text, name).toContain(`# TYPE ${name} `);
    }
  });

  test('count a finished request', async () => {
    const metrics = createMetrics(open);
    const usage = { ...NO_USAGE, inputTokens: 10, cachedInputTokens: 4, outputTokens: 5, reasoningTokens: 2 };
    metrics.countOutcome(outcome(1, { usage, streamed: true }));
    metrics.countOutcome(outcome(2, { costNano: undefined, usageBasis: 'estimated', status: 'cut', usage: NO_USAGE }));
    metrics.countOutcome(
      outcome(3, { costNano: nanoUsd(0n), status: 'client_closed', firstByteMs: undefined, httpStatus: 499 }),
    );
    metrics.countRefused('chat', 401);
    const lines = await read(metrics);
    expect(lines).toEqual(
      expect.arrayContaining([
        'hub_http_requests_total{route="chat",code="200"} 2',
        'hub_http_requests_total{route="chat",code="499"} 1',
        'hub_http_requests_total{route="chat",code="401"} 1',
        'hub_tokens_total{type="input"} 20',
        'hub_tokens_total{type="cached_input"} 4',
        'hub_tokens_total{type="output"} 10',
        'hub_tokens_total{type="reasoning"} 2',
        'hub_cost_nano_total 1500',
        'hub_unpriced_requests_total 1',
        'hub_usage_estimated_total 1',
        'hub_stream_truncated_total 1',
        'hub_client_aborts_total{phase="before_first_byte"} 1',
        'hub_upstream_attempts_total{provider="openai",model="gpt-example",outcome="success"} 3',
        'hub_request_duration_seconds_count{operation="chat"} 3',
        'hub_request_duration_seconds_bucket{operation="chat",le="0.05"} 3',
        'hub_request_duration_seconds_bucket{operation="chat",le="0.025"} 0',
        'hub_ttft_seconds_count{operation="chat"} 1',
        'hub_streams_open 3',
        'hub_requests_open 7',
      ]),
    );
  });

  test('give 500 models a series of their own and the rest one together', async () => {
    const metrics = createMetrics(open);
    for (let number = 0; number < 2000; number += 1) {
      const { usage, request } = outcome(number);
      const attempts = request.attempts.map((attempt) => ({ ...attempt, routedModel: `model-${number}` }));
      metrics.countOutcome({ usage, request: { ...request, attempts } });
    }
    const series = (await read(metrics)).filter((line) => line.startsWith('hub_upstream_attempts_total{'));
    expect(series).toHaveLength(501);
    expect(series).toContain('hub_upstream_attempts_total{provider="openai",model="other",outcome="success"} 1500');
  });

  test('keep a model’s odd name within its label', async () => {
    const metrics = createMetrics(open);
    const { usage, request } = outcome(1);
    const attempts = request.attempts.map((attempt) => ({ ...attempt, routedModel: 'a"b\\c' }));
    metrics.countOutcome({ usage, request: { ...request, attempts } });
    expect(await read(metrics)).toContain(
      'hub_upstream_attempts_total{provider="openai",model="a\\"b\\\\c",outcome="success"} 1',
    );
  });
});
