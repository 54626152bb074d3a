/**
 * Fills a store with usage that looks like a year of an organization's traffic, to see the dashboard and its speed with:
 * keys of very unequal use, each of one project and application and calling a few models; days and nights; failures;
 * estimated and unpriced calls. The same seed gives the same records.
 *
 *   node tools/seed-usage.ts (--data-dir DIR | --database-url URL) [--records 1000000] [--keys 2000] [--days 365] [--seed 1]
 *
 * No hub may run on the store meanwhile. Says on stderr how far it is.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { systemClock } from '../src/kernel/clock.ts';
import { nanoUsd } from '../src/kernel/money.ts';
import { PLAIN_KEY } from '../src/protocol/configuration.ts';
import type { RequestOutcome, RequestStatus, UsageRecord } from '../src/protocol/records.ts';
import { NO_USAGE } from '../src/protocol/usage.ts';
import { packEnded } from '../src/records/roll-up.ts';
import { DEFAULT_TENANT } from '../src/storage/default-tenant.ts';
import { openStore, type Store } from '../src/storage/open-store.ts';
import { createRandom, type Random } from '../test/support/random.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const COMMIT_ROWS = 2000;
/** Many at once: every batch writes again what it shares with the one before, and sums lie close together. Takes 2 GB. */
const ROLLUP_ROWS = 120_000;
const TEAMS = 12;
const PROJECTS = 60;
const APPLICATIONS = 400;
const END_USERS = 20_000;
/** Share of a day's traffic by the hour of UTC. */
const HOURS = [2, 1, 1, 1, 1, 2, 3, 5, 7, 8, 8, 7, 6, 7, 8, 8, 7, 6, 5, 4, 4, 3, 3, 2];
const MODELS = [
  ['openai', 'gpt-large', 12],
  ['openai', 'gpt-small', 1],
  ['openai', 'gpt-mini', 0.3],
  ['openai', 'embed-small', 0.02],
  ['anthropic', 'claude-large', 15],
  ['anthropic', 'claude-medium', 3],
  ['anthropic', 'claude-small', 0.8],
  ['gemini', 'gemini-large', 5],
  ['gemini', 'gemini-fast', 0.2],
  ['bedrock', 'claude-medium-eu', 3],
  ['bedrock', 'nova-medium', 0.6],
  ['groq', 'llama-70b', 0.6],
  ['groq', 'llama-8b', 0.05],
  ['mistral', 'mistral-large', 2],
  ['mistral', 'mistral-small', 0.2],
  ['deepseek', 'deepseek-chat', 0.3],
  ['deepseek', 'deepseek-reasoner', 0.6],
  ['ollama', 'qwen-local', undefined],
  ['xai', 'grok-large', 3],
  ['cohere', 'command-large', 2.5],
] as const;
const FAULTS: readonly RequestStatus[] = [
  'upstream_error',
  'upstream_error',
  'timeout',
  'client_closed',
  'rejected',
  'cut',
];

/** Who calls, and how. */
type Caller = {
  readonly id: string;
  readonly projectId: string;
  readonly memberId: string;
  readonly application: string;
  readonly models: readonly (typeof MODELS)[number][];
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly namesEndUsers: boolean;
};

const { values } = parseArgs({
  options: {
    'data-dir': { type: 'string' },
    'database-url': { type: 'string' },
    records: { type: 'string', default: '1000000' },
    keys: { type: 'string', default: '2000' },
    days: { type: 'string', default: '365' },
    seed: { type: 'string', default: '1' },
  },
});

const digits = (number: number, width: number): string => String(number).padStart(width, '0');

/** A choice that falls on the first ones most: the n-th is about n times as rare as the first. */
function createSkewed(random: Random, count: number): () => number {
  const sums: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= count; rank += 1) {
    sum += 1 / rank;
    sums.push(sum);
  }
  return () => {
    const at = random.next() * sum;
    const index = sums.findIndex((each) => each >= at);
    return index === -1 ? count - 1 : index;
  };
}

function createCallers(random: Random, count: number): readonly Caller[] {
  const model = createSkewed(random, MODELS.length);
  return Array.from({ length: count }, (_, index) => ({
    id: `vk_seed_${digits(index + 1, 5)}`,
    projectId: `proj_seed_${digits(random.between(1, PROJECTS), 3)}`,
    memberId: `mem_seed_${digits(random.between(1, 300), 4)}`,
    application: `app-${digits(random.between(1, APPLICATIONS), 3)}`,
    models: Array.from({ length: random.between(1, 3) }, () => MODELS[model()] ?? MODELS[0]),
    tags:
      random.next() < 0.3
        ? { env: random.pick(['prod', 'staging', 'dev']), squad: `s${random.between(1, 25)}` }
        : undefined,
    namesEndUsers: random.next() < 0.15,
  }));
}

function outcomeOf(
  random: Random,
  caller: Caller,
  at: { readonly number: number; readonly startedAt: number },
): RequestOutcome {
  const [providerId, model, dollars] = random.pick(caller.models);
  const status = random.next() < 0.965 ? 'success' : random.pick(FAULTS);
  const isDone = status === 'success';
  const inputTokens = Math.round(20 + 3000 * random.next() ** 3);
  const outputTokens = isDone ? Math.round(5 + 900 * random.next() ** 2) : 0;
  const firstByteMs = 120 + 1800 * random.next() ** 4;
  const id = digits(at.number, 12);
  const usage: UsageRecord = {
    organizationId: DEFAULT_TENANT.organizationId,
    projectId: caller.projectId,
    id: `ur_seed_${id}`,
    requestId: `req_seed_${id}`,
    startedAt: at.startedAt,
    memberId: caller.memberId,
    serviceAccountId: undefined,
    keyId: caller.id,
    connectionId: `conn_seed_${providerId}`,
    credentialId: undefined,
    providerId,
    application: caller.application,
    endUser: caller.namesEndUsers ? `user-${Math.floor(END_USERS * random.next() ** 6)}` : undefined,
    tags: caller.tags,
    clientRequestId: undefined,
    traceparent: undefined,
    operation: model.startsWith('embed') ? 'embeddings' : 'chat',
    streamed: random.next() < 0.6,
    requestedModel: model,
    routedModel: status === 'rejected' ? undefined : model,
    servedModel: undefined,
    usage: {
      ...NO_USAGE,
      inputTokens,
      outputTokens,
      cachedInputTokens: random.next() < 0.3 ? inputTokens * 2 : undefined,
    },
    usageBasis: random.next() < 0.97 ? 'reported' : 'estimated',
    costNano:
      dollars === undefined
        ? undefined
        : nanoUsd(BigInt(Math.round((inputTokens + 4 * outputTokens) * dollars * 1000))),
    rateCardId: dollars === undefined ? undefined : `rc_seed_${model}`,
    rateCardVersion: dollars === undefined ? undefined : 1,
    finishReason: isDone ? 'stop' : undefined,
    status,
    httpStatus: isDone ? 200 : 502,
    errorCode: undefined,
    firstByteMs: isDone ? firstByteMs : undefined,
    durationMs: firstByteMs + outputTokens * (4 + 20 * random.next()),
    overheadMs: 1,
    requestBytes: inputTokens * 4,
    responseBytes: outputTokens * 4,
    instanceId: 'inst_seed',
  };
  const { organizationId, projectId, requestId, startedAt } = usage;
  const none = { errorMessage: undefined, userAgent: undefined, clientAddress: undefined };
  return {
    usage,
    request: { organizationId, projectId, id: usage.id, requestId, startedAt, attempts: [], losses: [], ...none },
  };
}

/** The times of a day's requests, rising. */
function timesOf(random: Random, day: number, count: number): readonly number[] {
  const total = HOURS.reduce((sum, share) => sum + share, 0);
  const times = Array.from({ length: count }, () => {
    let at = random.next() * total;
    const hour = HOURS.findIndex((share) => {
      at -= share;
      return at < 0;
    });
    return day + hour * HOUR_MS + Math.floor(random.next() * HOUR_MS);
  });
  return times.toSorted((a, b) => a - b);
}

/** Says how far something is, at most once a second. */
function createProgress(what: string, total: number): (done: number) => void {
  const startedAt = performance.now();
  let saidAt = 0;
  return (done) => {
    const now = performance.now();
    if (now - saidAt < 1000 && done < total) return;
    saidAt = now;
    const rate = done / ((now - startedAt) / 1000);
    const left = rate > 0 ? Math.round((total - done) / rate) : 0;
    const share = ((100 * done) / total).toFixed(1);
    process.stderr.write(
      `\r${what}: ${done} of ${total} (${share} %), ${Math.round(rate)}/s, ${left} s left   ${done >= total ? '\n' : ''}`,
    );
  };
}

async function seedPlaces(store: Store, callers: readonly Caller[]): Promise<void> {
  const { organizationId } = DEFAULT_TENANT;
  const createdAt = systemClock.now();
  const meets = { check: () => undefined };
  for (let number = 1; number <= TEAMS; number += 1) {
    const id = `team_seed_${digits(number, 2)}`;
    await store.teams.insert({ id, organizationId, name: `Team ${number}`, createdAt, revision: 1 }, meets);
  }
  for (let number = 1; number <= PROJECTS; number += 1) {
    const teamId = `team_seed_${digits((number % TEAMS) + 1, 2)}`;
    const id = `proj_seed_${digits(number, 3)}`;
    const project = { id, organizationId, teamId, name: `Project ${number}`, isDefault: false, archivedAt: undefined };
    await store.projects.insert({ ...project, createdAt, revision: 1 }, meets);
  }
  for (const { id, projectId } of callers) {
    const tenant = { organizationId, projectId };
    await store.keys.insert(tenant, {
      ...tenant,
      ...PLAIN_KEY,
      id,
      name: `seeded ${id.slice(-5)}`,
      hash: `seeded ${id}`,
      masked: 'sk-hub-…seed',
      allowedModels: undefined,
      refusesLosses: false,
      enabled: false,
      expiresAt: undefined,
      revokedAt: undefined,
      createdAt,
      lastUsedAt: undefined,
      source: 'store',
    });
  }
}

async function seedRecords(store: Store, random: Random, callers: readonly Caller[]): Promise<void> {
  const [records, days] = [Number(values.records), Number(values.days)];
  const caller = createSkewed(random, callers.length);
  const tell = createProgress('records', records);
  const today = Math.floor(systemClock.now() / DAY_MS) * DAY_MS;
  let number = 0;
  let batch: RequestOutcome[] = [];
  let committing: Promise<void> = Promise.resolve();
  for (let day = 0; day < days; day += 1) {
    const count = Math.floor((records * (day + 1)) / days) - Math.floor((records * day) / days);
    for (const startedAt of timesOf(random, today - (days - day) * DAY_MS, count)) {
      const chosen = callers[caller()];
      if (chosen === undefined) throw new Error('there is no such key');
      number += 1;
      batch.push(outcomeOf(random, chosen, { number, startedAt }));
      if (batch.length < COMMIT_ROWS && number < records) continue;
      await committing;
      committing = store.records.commit(batch);
      batch = [];
      tell(number);
    }
  }
  await committing;
}

async function rollUp(store: Store): Promise<void> {
  const total = await store.usageRollups.waiting();
  const tell = createProgress('rollups', total);
  for (let done = 0; ; ) {
    const { taken } = await store.usageRollups.rollUp(ROLLUP_ROWS);
    if (taken === 0) return;
    done += taken ?? 0;
    tell(done);
  }
}

// What is summed lives as long as its batch. V8 would take that as a reason to make all of its kind old from the start,
// and half of the time would go into collecting it.
setFlagsFromString('--no-allocation-site-pretenuring');
const url = values['database-url'];
const directory = values['data-dir'];
if ((url === undefined) === (directory === undefined)) throw new Error('name either --data-dir or --database-url');
const store = openStore(
  url === undefined ? { kind: 'sqlite', path: join(directory ?? '', 'hub.db') } : { kind: 'postgres', url },
  { clock: systemClock, note: ({ message }) => process.stderr.write(`${message}\n`) },
);
try {
  await store.migrate();
  const random = createRandom(Number(values.seed));
  const callers = createCallers(random, Number(values.keys));
  // What was seeded before is not seeded again; sums that were cut short go on.
  if ((await store.projects.get(DEFAULT_TENANT.organizationId, 'proj_seed_001')) === undefined) {
    await seedPlaces(store, callers);
    await seedRecords(store, random, callers);
  }
  await rollUp(store);
  await packEnded(store.usagePacks, systemClock.now(), new AbortController().signal);
} finally {
  await store.close();
}
