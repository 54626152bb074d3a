import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Attempt, RequestOutcome, UsageRecord } from '../protocol/records.ts';
import type { ChargeTally } from './charge-tally.ts';
import { asMetric, LABEL_BREAK, Spread, Tally } from './tallies.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const OVERHEAD_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5];
/** Distinct provider and model pairs that get a series of their own; later ones share `other`. */
const MODEL_SERIES_MAX = 500;
const NANOSECONDS_PER_SECOND = 1e9;

export type Metrics = ReturnType<typeof createMetrics>;

/** What is read when the metrics are. */
export type Gauges = { readonly openStreams: () => number; readonly openRequests: () => number };

/**
 * The hub's metrics. Every label comes from a bounded set. Values of several workers are added up where `aggregator` says
 * nothing else.
 */
export function createMetrics(gauges: Gauges, charges: ChargeTally) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addGauges(registry, gauges);
  for (const metric of charges.metrics) registry.registerMetric(metric);
  return { registry, ...addEvents(registry), ...addRequests(registry) };
}

/** Things that happen seldom. */
function addEvents(registry: Registry) {
  const registers = [registry];
  return {
    anomalies: new Counter({
      name: 'hub_usage_anomalies_total',
      help: 'Impossible usage numbers from providers.',
      labelNames: ['kind'],
      registers,
    }),
    unbelievable: new Counter({
      name: 'hub_usage_unbelievable_total',
      help: 'Answers with impossible usage numbers, however many of them.',
      registers,
    }),
    decryptFailures: new Counter({
      name: 'hub_decrypt_failures_total',
      help: 'Attempts to open a stored credential that failed.',
      registers,
    }),
    contentsLost: new Counter({
      name: 'hub_contents_lost_total',
      help: 'Contents of requests that were to be stored and are not: no room in memory, or no store.',
      labelNames: ['why'],
      registers,
    }),
    guardrailCalls: new Counter({
      name: 'hub_guardrail_calls_total',
      help: 'Calls to the services of guardrails, by what they said; failed: nothing that could be read, or not in time.',
      labelNames: ['action'],
      registers,
    }),
    dependency: new Gauge({
      name: 'hub_dependency_up',
      help: '1 while a dependency answers.',
      labelNames: ['name'],
      aggregator: 'min',
      registers,
    }),
  };
}

function addGauges(registry: Registry, gauges: Gauges): void {
  const registers = [registry];
  const open = (name: string, help: string, count: () => number): void => {
    const gauge: Gauge = new Gauge({ name, help, registers, collect: () => gauge.set(count()) });
  };
  open('hub_streams_open', 'Streams under way.', gauges.openStreams);
  open('hub_requests_open', 'Requests under way.', gauges.openRequests);
  const delays = monitorEventLoopDelay({ resolution: 20 });
  delays.enable();
  const lag: Gauge = new Gauge({
    name: 'hub_eventloop_lag_seconds',
    help: 'The longest stall of the event loop since the last scrape.',
    aggregator: 'max',
    registers,
    collect: () => {
      lag.set(delays.max / NANOSECONDS_PER_SECOND);
      delays.reset();
    },
  });
}

/** Counters of single facts of a record. */
const FACTS: readonly { readonly name: string; readonly help: string; readonly of: (record: UsageRecord) => number }[] =
  [
    {
      name: 'hub_cost_nano_total',
      help: 'Provider cost in nano-dollars.',
      of: ({ costNano }) => Number(costNano ?? 0n),
    },
    {
      name: 'hub_unpriced_requests_total',
      help: 'Requests whose model has no known price.',
      of: ({ costNano }) => (costNano === undefined ? 1 : 0),
    },
    {
      name: 'hub_usage_estimated_total',
      help: 'Requests whose usage had to be estimated.',
      of: ({ usageBasis }) => (usageBasis === 'estimated' ? 1 : 0),
    },
    {
      name: 'hub_stream_truncated_total',
      help: 'Streams that a provider cut.',
      of: ({ status }) => (status === 'cut' ? 1 : 0),
    },
    {
      name: 'hub_answers_unreadable_total',
      help: 'Answers of providers that could not be read.',
      of: ({ errorCode }) => (errorCode === 'upstream.invalid_answer' ? 1 : 0),
    },
    {
      name: 'hub_egress_blocked_total',
      help: 'Requests that the egress guard refused to send.',
      of: ({ errorCode }) => (errorCode === 'egress.blocked' ? 1 : 0),
    },
  ];

/** What is counted of every request. */
function addRequests(registry: Registry) {
  const requests = new Tally({
    name: 'hub_http_requests_total',
    help: 'Requests of the data plane.',
    labelNames: ['route', 'code'],
  });
  const attempts = new Tally({
    name: 'hub_upstream_attempts_total',
    help: 'Calls to providers.',
    labelNames: ['provider', 'model', 'outcome'],
  });
  const tokens = new Tally({ name: 'hub_tokens_total', help: 'Tokens metered.', labelNames: ['type'] });
  const aborts = new Tally({ name: 'hub_client_aborts_total', help: 'Callers that hung up.', labelNames: ['phase'] });
  const facts = FACTS.map(({ name, help, of }) => ({ of, tally: new Tally({ name, help, labelNames: [] }) }));
  const spread = (name: string, help: string, bounds: readonly number[]) =>
    new Spread({ name, help, bounds, labelName: 'operation' });
  const duration = spread(
    'hub_request_duration_seconds',
    'From the first byte of a request to the last of its answer.',
    SECONDS,
  );
  const overhead = spread('hub_overhead_seconds', 'The hub’s own share of a request.', OVERHEAD_SECONDS);
  const firstByte = spread('hub_ttft_seconds', 'From the request to the first byte of a streamed answer.', SECONDS);
  const all = [requests, attempts, tokens, aborts, ...facts.map(({ tally }) => tally), duration, overhead, firstByte];
  for (const metric of all) registry.registerMetric(asMetric(metric));
  const countTokens = createTokenCounter(tokens);
  const seriesOf = createAttemptSeries();
  return {
    /** Counts a request that left no record: nobody was authenticated, or it only asked after what was booked before. */
    countRefused(operation: string, httpStatus: number): void {
      requests.add(`${operation}${LABEL_BREAK}${httpStatus}`);
    },
    /** Counts a finished request. */
    countOutcome({ usage: record, request }: RequestOutcome): void {
      const { operation } = record;
      requests.add(`${operation}${LABEL_BREAK}${record.httpStatus}`);
      duration.observe(operation, record.durationMs / 1000);
      overhead.observe(operation, record.overheadMs / 1000);
      if (record.streamed && record.firstByteMs !== undefined) firstByte.observe(operation, record.firstByteMs / 1000);
      countTokens(record);
      for (const { of, tally } of facts) {
        const amount = of(record);
        if (amount > 0) tally.add('', amount);
      }
      if (record.status === 'client_closed')
        aborts.add(record.firstByteMs === undefined ? 'before_first_byte' : 'body');
      for (const attempt of request.attempts) attempts.add(seriesOf(attempt));
    },
  };
}

function createTokenCounter(tokens: Tally<'type'>): (record: UsageRecord) => void {
  return ({ usage }) => {
    if (usage.inputTokens !== undefined) tokens.add('input', usage.inputTokens);
    if (usage.cachedInputTokens !== undefined) tokens.add('cached_input', usage.cachedInputTokens);
    if (usage.outputTokens !== undefined) tokens.add('output', usage.outputTokens);
    if (usage.reasoningTokens !== undefined) tokens.add('reasoning', usage.reasoningTokens);
  };
}

/** The series of an attempt; past the bound, models share one. */
function createAttemptSeries(): (attempt: Attempt) => string {
  const known = new Set<string>();
  return ({ providerId, routedModel, errorCode }) => {
    const pair = `${providerId}${LABEL_BREAK}${routedModel}`;
    const outcome = errorCode ?? 'success';
    if (!known.has(pair)) {
      if (known.size >= MODEL_SERIES_MAX) return `${providerId}${LABEL_BREAK}other${LABEL_BREAK}${outcome}`;
      known.add(pair);
    }
    return `${pair}${LABEL_BREAK}${outcome}`;
  };
}
