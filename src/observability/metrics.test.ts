import { describe, expect, test } from 'vitest';
import { nanoCredits, nanoUsd } from '../kernel/money.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { outcome } from '../storage/testing/rows.ts';
import { ChargeTally } from './charge-tally.ts';
import { createMetrics } from './metrics.ts';

const open = { openStreams: () => 3, openRequests: () => 7 };

async function read(metrics: ReturnType<typeof createMetrics>): Promise<readonly string[]> {
  return (await metrics.registry.metrics()).split('\n');
}

describe('the metrics', () => {
  test('are there by name before anything has happened', async () => {
    const text = await createMetrics(open, new ChargeTally()).registry.metrics();
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
      'hub_usage_unbelievable_total',
      'hub_answers_unreadable_total',
      'hub_credit_charges_total',
      'hub_credit_overruns_total',
      'hub_credit_overrun_nano_total',
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
    const metrics = createMetrics(open, new ChargeTally());
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

  test('count charges that were written before the metrics were made, too', async () => {
    const charges = new ChargeTally();
    charges.count([{ state: 'presumed', overrunNano: nanoCredits(0n) }]);
    const metrics = createMetrics(open, charges);
    charges.count([
      { state: 'settled', overrunNano: nanoCredits(70n) },
      { state: 'settled', overrunNano: nanoCredits(5n) },
      { state: 'estimated', overrunNano: nanoCredits(0n) },
    ]);
    expect(await read(metrics)).toEqual(
      expect.arrayContaining([
        'hub_credit_charges_total{state="presumed"} 1',
        'hub_credit_charges_total{state="settled"} 2',
        'hub_credit_charges_total{state="estimated"} 1',
        'hub_credit_overruns_total 2',
        'hub_credit_overrun_nano_total 75',
      ]),
    );
  });

  test('give 500 models a series of their own and the rest one together', async () => {
    const metrics = createMetrics(open, new ChargeTally());
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
    const metrics = createMetrics(open, new ChargeTally());
    const { usage, request } = outcome(1);
    const attempts = request.attempts.map((attempt) => ({ ...attempt, routedModel: 'a"b\\c' }));
    metrics.countOutcome({ usage, request: { ...request, attempts } });
    expect(await read(metrics)).toContain(
      'hub_upstream_attempts_total{provider="openai",model="a\\"b\\\\c",outcome="success"} 1',
    );
  });
});
