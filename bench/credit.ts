/**
 * Measures calls that are paid for with credit: how many a hub serves, synced, on one hot account and over fifty, on SQLite
 * and on PostgreSQL; what a call costs it in CPU beside a bare relay, answered whole and as a stream of 100 events; and what
 * it adds to a call's time at half the rate that is asked of it.
 *
 *   node bench/credit.ts [--rounds 5] [--requests 8000] [--only credit,credit-50,credit-pg,credit-50-pg]
 */
import { parseArgs } from 'node:util';
import type { LoadResult } from './load.ts';
import { type Load, loadTarget } from './load-target.ts';
import { requestBody } from './payload.ts';
import { cpuMicros, findPinning, type Pinning, startScript } from './processes.ts';
import { show, spreadOf } from './report.ts';
import {
  creditTarget,
  directTarget,
  type Found,
  manyAccountsTarget,
  postgresTargets,
  relayTarget,
  type Target,
  type TargetInput,
} from './targets.ts';

const CONNECTIONS = 32;
/** How many rounds come before those that count: the compilers of a hub go on for over 20,000 calls. */
const WARM_ROUNDS = 4;
/** A stream costs several times what a whole answer does. */
const STREAM_SHARE = 0.15;
/** For how long calls are sent at a pace, in seconds. */
const PACED_SECONDS = 4;
const MOST_CPU_RATIO = 3;
const MOST_ADDED_MS = 3;

type Asked = {
  readonly name: string;
  readonly perSecond: number;
  readonly start: (input: TargetInput) => Promise<Found>;
};

/** What is asked of each. */
const ASKED: readonly Asked[] = [
  { name: 'credit', perSecond: 600, start: creditTarget },
  { name: 'credit-50', perSecond: 2000, start: manyAccountsTarget },
  { name: 'credit-pg', perSecond: 400, start: (input) => postgresTargets(input, 0) },
  { name: 'credit-50-pg', perSecond: 1000, start: (input) => postgresTargets(input, 50) },
];

type Plan = { readonly rounds: number; readonly requests: number; readonly pinning: Pinning };
type Round = {
  readonly perSecond: number;
  readonly cpu: number;
  readonly ratio: number;
  readonly streamRatio: number;
  readonly addedMs: number;
};
type Calls = { readonly requests: number; readonly perSecond?: number; readonly kind?: 'whole' | 'stream' };

function callsOf(target: Target, { kind = 'whole', ...more }: Calls): Load {
  const body = requestBody(target.model, kind, target.speaks);
  return { body, mustContain: kind === 'whole' ? '"total_tokens"' : '[DONE]', concurrency: CONNECTIONS, ...more };
}

function load(target: Target, pinning: Pinning, calls: Calls): Promise<LoadResult> {
  return loadTarget(target, callsOf(target, calls), pinning);
}

async function cpuOf(target: Target, pinning: Pinning, calls: Calls): Promise<{ cpu: number; perSecond: number }> {
  const { requests } = calls;
  const before = target.pid === undefined ? 0 : cpuMicros(target.pid);
  const { seconds } = await load(target, pinning, calls);
  const used = target.pid === undefined ? 0 : cpuMicros(target.pid) - before;
  return { cpu: used / requests, perSecond: requests / seconds };
}

/** The middle time of a call, in milliseconds, at a pace. */
async function pacedMs(target: Target, { pinning }: Plan, perSecond: number): Promise<number> {
  return (await load(target, pinning, { requests: perSecond * PACED_SECONDS, perSecond })).p50Ms;
}

async function measure(asked: Asked, plan: Plan, others: { direct: Target; relay: Target; input: TargetInput }) {
  const target = await asked.start(others.input);
  if ('missing' in target) return { name: asked.name, missing: target.missing };
  try {
    const whole: Calls = { requests: plan.requests };
    const stream: Calls = { requests: Math.round(plan.requests * STREAM_SHARE), kind: 'stream' };
    for (let round = 1; round <= WARM_ROUNDS; round += 1) {
      for (const calls of [whole, stream]) {
        for (const warmed of [target, others.relay]) await load(warmed, plan.pinning, calls);
      }
    }
    const rounds: Round[] = [];
    for (let round = 1; round <= plan.rounds; round += 1) {
      const relay = await cpuOf(others.relay, plan.pinning, whole);
      const { cpu, perSecond } = await cpuOf(target, plan.pinning, whole);
      const relayedStream = await cpuOf(others.relay, plan.pinning, stream);
      const paidStream = await cpuOf(target, plan.pinning, stream);
      const half = asked.perSecond / 2;
      const addedMs = (await pacedMs(target, plan, half)) - (await pacedMs(others.direct, plan, half));
      const streamRatio = paidStream.cpu / relayedStream.cpu;
      rounds.push({ perSecond, cpu, ratio: cpu / relay.cpu, streamRatio, addedMs });
      console.error(`${asked.name}: round ${round} of ${plan.rounds} done`);
    }
    return { name: asked.name, asked: asked.perSecond, rounds };
  } finally {
    await target.stop();
  }
}

function line({ name, asked, rounds }: { name: string; asked: number; rounds: readonly Round[] }): string {
  const of = (pick: (round: Round) => number, digits: number): string => show(spreadOf(rounds.map(pick)), digits);
  return [
    name.padEnd(13),
    `${of(({ perSecond }) => perSecond, 0)} calls/s, asked ${asked}`.padEnd(40),
    `${of(({ cpu }) => cpu, 0)} µs of CPU`.padEnd(26),
    `${of(({ ratio }) => ratio, 1)} times the relay, asked ${MOST_CPU_RATIO}`.padEnd(40),
    `streams ${of(({ streamRatio }) => streamRatio, 1)} times`.padEnd(26),
    `p50 + ${of(({ addedMs }) => addedMs, 2)} ms at ${asked / 2}/s, asked ${MOST_ADDED_MS}`,
  ].join('  ');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      requests: { type: 'string', default: '8000' },
      only: { type: 'string' },
    },
  });
  const pinning = findPinning();
  const plan: Plan = { rounds: Number(values.rounds), requests: Number(values.requests), pinning };
  const only = values.only?.split(',');
  const upstream = await startScript('upstream.ts', { words: [], launcher: pinning.others });
  const input: TargetInput = { upstreamPort: upstream.port, pinning, workers: 1 };
  const direct = directTarget(input);
  const relay = await relayTarget(input);
  try {
    for (const asked of ASKED) {
      if (only?.includes(asked.name) === false) continue;
      const measured = await measure(asked, plan, { direct, relay, input });
      if (measured.rounds === undefined) console.log(`${measured.name} is not measured: ${measured.missing}`);
      else console.log(line(measured));
    }
  } finally {
    await relay.stop();
    await upstream.stop();
  }
}

await main();
