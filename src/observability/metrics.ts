import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestOutcome } from '../protocol/records.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const OVERHEAD_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5];
/** Distinct provider and model pairs that get a series of their own; later ones share `other`. */
const MODEL_SERIES_MAX = 500;
const NANOSECONDS_PER_SECOND = 1e9;

export type Metrics = ReturnType<typeof createMetrics>;

/** The hub's metrics. Every label comes from a bounded set. */
export function createMetrics(gauges: { readonly openStreams: () => number; readonly openRequests: () => number }) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    name: 'hub_http_requests_total',
    help: 'Requests answered.',
    labelNames: ['route', 'code'],
    registers,
  });
  const duration = new Histogram({
    name: 'hub_request_duration_seconds',
    help: 'From the first byte of a request to the last of its answer.',
    labelNames: ['operation'],
    buckets: SECONDS,
    registers,
  });
  const overhead = new Histogram({
    name: 'hub_overhead_seconds',
    help: 'The hub’s own share of a request.',
    labelNames: ['operation'],
    buckets: OVERHEAD_SECONDS,
    registers,
  });
  const firstByte = new Histogram({
    name: 'hub_ttft_seconds',
    help: 'From the request to the first byte of a streamed answer.',
    labelNames: ['operation'],
    buckets: SECONDS,
    registers,
  });
  const attempts = new Counter({
    name: 'hub_upstream_attempts_total',
    help: 'Calls to providers.',
    labelNames: ['provider', 'model', 'outcome'],
    registers,
  });
  const tokens = new Counter({ name: 'hub_tokens_total', help: 'Tokens metered.', labelNames: ['type'], registers });
  const cost = new Counter({ name: 'hub_cost_nano_total', help: 'Provider cost in nano-dollars.', registers });
  const unpriced = new Counter({
    name: 'hub_unpriced_requests_total',
    help: 'Requests whose model has no known price.',
    registers,
  });
  const estimated = new Counter({
    name: 'hub_usage_estimated_total',
    help: 'Requests whose usage had to be estimated.',
    registers,
  });
  const aborts = new Counter({
    name: 'hub_client_aborts_total',
    help: 'Callers that hung up.',
    labelNames: ['phase'],
    registers,
  });
  const truncated = new Counter({
    name: 'hub_stream_truncated_total',
    help: 'Streams that a provider cut.',
    registers,
  });
  const anomalies = new Counter({
    name: 'hub_usage_anomalies_total',
    help: 'Impossible usage numbers from providers.',
    labelNames: ['kind'],
    registers,
  });
  const blocked = new Counter({
    name: 'hub_egress_blocked_total',
    help: 'Connections that the egress guard refused.',
    registers,
  });
  const undecryptable = new Counter({
    name: 'hub_decrypt_failures_total',
    help: 'Stored secrets that could not be opened.',
    registers,
  });
  const dependency = new Gauge({
    name: 'hub_dependency_up',
    help: '1 while a dependency answers.',
    labelNames: ['name'],
    registers,
  });
  const interrupted = new Counter({
    name: 'hub_interrupted_requests_total',
    help: 'Requests found interrupted after a crash.',
    registers,
  });
  new Gauge({
    name: 'hub_streams_open',
    help: 'Streams under way.',
    registers,
    collect() {
      this.set(gauges.openStreams());
    },
  });
  new Gauge({
    name: 'hub_requests_open',
    help: 'Requests under way.',
    registers,
    collect() {
      this.set(gauges.openRequests());
    },
  });
  const lag = monitorEventLoopDelay({ resolution: 20 });
  lag.enable();
  new Gauge({
    name: 'hub_eventloop_lag_seconds',
    help: 'The longest stall of the event loop since the last scrape.',
    registers,
    collect() {
      this.set(lag.max / NANOSECONDS_PER_SECOND);
      lag.reset();
    },
  });
  const series = new Set<string>();

  const modelLabel = (provider: string, model: string): string => {
    const name = `${provider}/${model}`;
    if (series.has(name)) return model;
    if (series.size >= MODEL_SERIES_MAX) return 'other';
    series.add(name);
    return model;
  };

  return {
    registry,
    anomalies,
    blocked,
    undecryptable,
    dependency,
    interrupted,
    /** Counts one answered request of the data plane that never became a record. */
    countRefused(operation: string, httpStatus: number): void {
      requests.inc({ route: operation, code: httpStatus });
    },
    /** Counts one finished request. */
    countOutcome({ usage: record, request }: RequestOutcome): void {
      const { operation, usage } = record;
      requests.inc({ route: operation, code: record.httpStatus });
      duration.observe({ operation }, record.durationMs / 1000);
      overhead.observe({ operation }, record.overheadMs / 1000);
      if (record.streamed && record.firstByteMs !== undefined)
        firstByte.observe({ operation }, record.firstByteMs / 1000);
      if (usage.inputTokens !== undefined) tokens.inc({ type: 'input' }, usage.inputTokens);
      if (usage.cachedInputTokens !== undefined) tokens.inc({ type: 'cached_input' }, usage.cachedInputTokens);
      if (usage.outputTokens !== undefined) tokens.inc({ type: 'output' }, usage.outputTokens);
      if (usage.reasoningTokens !== undefined) tokens.inc({ type: 'reasoning' }, usage.reasoningTokens);
      if (record.costNano === undefined) unpriced.inc();
      else if (record.costNano > 0n) cost.inc(Number(record.costNano));
      if (record.usageBasis === 'estimated') estimated.inc();
      if (record.status === 'client_closed')
        aborts.inc({ phase: record.firstByteMs === undefined ? 'before_first_byte' : 'body' });
      if (record.status === 'cut') truncated.inc();
      if (record.errorCode === 'egress.blocked') blocked.inc();
      if (record.errorCode === 'vault.undecryptable') undecryptable.inc();
      for (const { providerId, routedModel, errorCode } of request.attempts) {
        const model = modelLabel(providerId, routedModel);
        attempts.inc({ provider: providerId, model, outcome: errorCode ?? 'success' });
      }
    },
  };
}
