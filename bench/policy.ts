/**
 * Measures what policy costs: the CPU of a call that three limits count and that a route of three deployments serves, less
 * that of a call with neither, on one hub, in interleaved rounds.
 *
 *   node bench/policy.ts [--rounds 20] [--requests 12000]
 */
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startHub } from '../test/support/hub-process.ts';
import { loadTarget } from './load-target.ts';
import { BENCH_MODEL, requestBody } from './payload.ts';
import { cpuMicros, findPinning, type Pinning, startScript } from './processes.ts';
import { show, spreadOf } from './report.ts';
import { directTarget, type Target } from './targets.ts';

const CONNECTIONS = 32;
const ROUTE = 'smart';
const MOST_MICROS = 15;
/** A hub that took at most one step of the kernel's clock in this time has nothing left to do. */
const QUIET_MS = 1500;
const QUIET_MICROS = 10_000;
const QUIET_LOOKS_MOST = 40;
/** More than any run comes to: what is measured is counting, not refusing. */
const PLENTY = '100000000';

type Plan = { readonly rounds: number; readonly requests: number; readonly pinning: Pinning };

/** A hub with a key that nothing limits, and one under three limits that calls a route. */
async function startTargets(upstreamPort: number, pinning: Pinning) {
  const hub = await startHub({ allow: [`127.0.0.1:${upstreamPort}`], launcher: pinning.target });
  const names = ['one', 'two', 'three'];
  for (const name of names) await hub.connectFake({ baseUrl: `http://127.0.0.1:${upstreamPort}/v1` }, { name });
  const targets = names.map((name) => ({ model: `${name}/${BENCH_MODEL}` }));
  await hub.control('POST', '/routes', { name: ROUTE, strategy: 'weighted', tiers: [{ targets }] });
  const plain = await hub.createKey('plain');
  const limited = await hub.createKey('limited');
  const window = { kind: 'rolling', seconds: 60 };
  const subject = { kind: 'key', id: limited.id };
  for (const measure of ['requests', 'total_tokens']) {
    await hub.control('POST', '/limits', { name: measure, subject, measure, amount: PLENTY, window, mode: 'hard' });
  }
  await hub.control('POST', '/limits', {
    name: 'at once',
    subject,
    measure: 'concurrent',
    amount: '1000',
    mode: 'hard',
  });
  const targetFor = (name: string, model: string, secret: string): Target => ({
    ...directTarget({ upstreamPort, pinning, workers: 1 }),
    name,
    pid: hub.pid,
    origin: hub.address,
    model,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    stop: async () => void (await hub.stop()),
  });
  return {
    plain: targetFor('plain', `one/${BENCH_MODEL}`, plain.secret),
    policy: targetFor('policy', ROUTE, limited.secret),
    stop: () => hub.stop(),
  };
}

async function cpuOf(target: Target, { requests, pinning }: Plan): Promise<number> {
  const body = requestBody(target.model, 'whole', target.speaks);
  const before = cpuMicros(target.pid ?? 0);
  await loadTarget(target, { body, mustContain: '"total_tokens"', concurrency: CONNECTIONS, requests }, pinning);
  return ((await cpuOnceQuiet(target.pid ?? 0)) - before) / requests;
}

/** What a call leaves to do, summing it for one, is part of its cost, and must not fall into the next round's. */
async function cpuOnceQuiet(pid: number): Promise<number> {
  let last = cpuMicros(pid);
  for (let looks = 0; looks < QUIET_LOOKS_MOST; looks += 1) {
    await setTimeout(QUIET_MS);
    const now = cpuMicros(pid);
    if (now - last <= QUIET_MICROS) return now;
    last = now;
  }
  throw new Error('The hub went on working after its calls had ended.');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '20' }, requests: { type: 'string', default: '12000' } },
  });
  const pinning = findPinning();
  const plan: Plan = { rounds: Number(values.rounds), requests: Number(values.requests), pinning };
  const upstream = await startScript('upstream.ts', { words: [], launcher: pinning.others });
  const { plain, policy, stop } = await startTargets(upstream.port, pinning);
  try {
    // Until the compilers have seen the code.
    for (const target of [plain, policy, plain, policy]) await cpuOf(target, plan);
    const without: number[] = [];
    const within: number[] = [];
    for (let round = 1; round <= plan.rounds; round += 1) {
      // What comes second in a round comes first in the next.
      const order = round % 2 === 0 ? [plain, policy] : [policy, plain];
      for (const target of order) (target === plain ? without : within).push(await cpuOf(target, plan));
      console.error(`round ${round} of ${plan.rounds} done`);
    }
    const [bare, whole] = [spreadOf(without), spreadOf(within)];
    const added = spreadOf(within.map((micros, round) => micros - (without[round] ?? micros)));
    console.log(pinning.said);
    console.log(`without policy ${show(bare, 0)} µs, with ${show(whole, 0)} µs of CPU a call`);
    console.log(
      `three limits and a route of three add ${(whole.median - bare.median).toFixed(1)} µs between the medians, ` +
        `${show(added, 1)} µs within rounds, asked ${MOST_MICROS}`,
    );
  } finally {
    await stop();
    await upstream.stop();
  }
}

await main();
