/**
 * Measures the hub beside a bare relay and, where they are installed, nginx and the Portkey gateway: rounds of all
 * targets in turn within one run, so that what the machine does meanwhile falls on all of them.
 *
 *   npm run bench -- [--rounds 10] [--requests 8000] [--concurrency 32] [--workers 1] [--only relay,hub] [--quick] [--json]
 */
import { parseArgs } from 'node:util';
import { type Load, loadTarget } from './load-target.ts';
import { type CallerFormat, requestBody } from './payload.ts';
import { cpuMicros, findPinning, type Pinning, residentBytes, startScript } from './processes.ts';
import { ratioOf, type Sample, show, tableOf } from './report.ts';
import {
  creditTarget,
  directTarget,
  type Found,
  hubTarget,
  manyAccountsTarget,
  nginxTarget,
  portkeyTarget,
  postgresTargets,
  relayTarget,
  type Target,
  type TargetInput,
  translatedTarget,
} from './targets.ts';

type Scenario = {
  readonly name: string;
  readonly kind: 'whole' | 'stream';
  readonly share: number;
  /** What a complete answer holds, by the caller's format. */
  readonly mustContain: Readonly<Record<CallerFormat, string>>;
};

/** A stream costs several times what a whole answer does; `share` is the part of the requests that it gets. */
const SCENARIOS: readonly Scenario[] = [
  {
    name: 'chat, not streamed',
    kind: 'whole',
    share: 1,
    mustContain: { openai: '"total_tokens"', anthropic: '"output_tokens"' },
  },
  {
    name: 'chat, stream of 100 events',
    kind: 'stream',
    share: 0.15,
    mustContain: { openai: '[DONE]', anthropic: 'message_stop' },
  },
];
/** Measured only where `--only` names them. */
const ON_REQUEST: ReadonlySet<string> = new Set(['credit-50', 'credit-pg', 'credit-50-pg']);
const SINGLE_SHARE = 0.04;
const MEBIBYTE = 1024 * 1024;

type Plan = {
  readonly rounds: number;
  readonly requests: number;
  readonly concurrency: number;
  readonly pinning: Pinning;
  readonly say: (line: string) => void;
};

async function measure(target: Target, scenario: Scenario, plan: Plan & { readonly round: number }): Promise<Sample> {
  const requests = Math.max(plan.concurrency, Math.round(plan.requests * scenario.share));
  const order: Load = {
    body: requestBody(target.model, scenario.kind, target.speaks),
    mustContain: scenario.mustContain[target.speaks],
    requests,
    concurrency: plan.concurrency,
  };
  // The first round is preceded by one that does not count, until the compilers have seen the code.
  if (plan.round === 1) await loadTarget(target, order, plan.pinning);
  const before = target.pid === undefined ? 0 : cpuMicros(target.pid);
  const load = await loadTarget(target, order, plan.pinning);
  const used = target.pid === undefined ? undefined : cpuMicros(target.pid) - before;
  const alone = { ...order, requests: Math.ceil(requests * SINGLE_SHARE), concurrency: 1 };
  const single = await loadTarget(target, alone, plan.pinning);
  return {
    target: target.name,
    scenario: scenario.name,
    round: plan.round,
    cpuMicrosPerRequest: used === undefined ? undefined : used / load.requests,
    load,
    single,
  };
}

async function runRounds(targets: readonly Target[], plan: Plan): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = 1; round <= plan.rounds; round += 1) {
    for (const scenario of SCENARIOS) {
      // Another target begins each round, so that none always follows the same neighbour.
      const order = targets.map((_, index) => targets[(index + round) % targets.length]);
      for (const target of order) {
        if (target !== undefined) samples.push(await measure(target, scenario, { ...plan, round }));
      }
    }
    plan.say(`round ${round} of ${plan.rounds} done`);
  }
  return samples;
}

async function startTargets(
  input: TargetInput,
  only: readonly string[] | undefined,
  say: (line: string) => void,
): Promise<Target[]> {
  const starters: readonly (readonly [string, () => Promise<Found>])[] = [
    ['direct', () => Promise.resolve(directTarget(input))],
    ['relay', () => relayTarget(input)],
    ['hub', () => hubTarget(input)],
    ['credit', () => creditTarget(input)],
    ['credit-50', () => manyAccountsTarget(input)],
    ['credit-pg', () => postgresTargets(input, 0)],
    ['credit-50-pg', () => postgresTargets(input, 50)],
    ['nginx', () => nginxTarget(input)],
    ['portkey', () => portkeyTarget(input)],
  ];
  const targets: Target[] = [];
  try {
    for (const [name, start] of starters) {
      if (!(only?.includes(name) ?? !ON_REQUEST.has(name))) continue;
      const found = await start();
      if ('missing' in found) say(`not measured: ${found.missing}`);
      else targets.push(found);
      const isTranslating = name === 'hub' && (only?.includes('translated') ?? true);
      if (isTranslating && !('missing' in found)) targets.push(translatedTarget(found));
    }
  } catch (error) {
    await Promise.all(targets.map((target) => target.stop()));
    throw error;
  }
  return targets;
}

function residentOf(targets: readonly Target[]): Record<string, number> {
  return Object.fromEntries(
    targets.flatMap(({ name, pid }) => (pid === undefined ? [] : [[name, residentBytes(pid)]])),
  );
}

function report(
  samples: readonly Sample[],
  resident: { readonly before: Record<string, number>; readonly after: Record<string, number> },
): string {
  const names = [...new Set(samples.map((sample) => sample.target))].filter(
    (name) => name !== 'direct' && name !== 'relay',
  );
  const parts = SCENARIOS.map((scenario) => {
    const of = { scenario: scenario.name, samples };
    const ratios = names.map((name) => `${name}/relay ${show(ratioOf(name, 'relay', of), 2)}`);
    if (names.includes('translated')) ratios.push(`translated/hub ${show(ratioOf('translated', 'hub', of), 2)}`);
    return `${scenario.name}\n${tableOf(scenario.name, samples)}\nCPU ratio: ${ratios.join(', ')}`;
  });
  const memory = Object.entries(resident.after).map(
    ([name, bytes]) => `${name} ${toMebibytes(resident.before[name] ?? 0)} → ${toMebibytes(bytes)} MiB`,
  );
  return [...parts, `resident memory before → after: ${memory.join(', ')}`].join('\n\n');
}

function toMebibytes(bytes: number): string {
  return (bytes / MEBIBYTE).toFixed(0);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string' },
      requests: { type: 'string' },
      concurrency: { type: 'string', default: '32' },
      workers: { type: 'string', default: '1' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  // With --json standard output holds the result alone.
  const say = (line: string): void => (values.json ? console.error(line) : console.log(line));
  const pinning = findPinning();
  const plan: Plan = {
    rounds: Number(values.rounds ?? (values.quick ? 3 : 10)),
    requests: Number(values.requests ?? (values.quick ? 2_000 : 8_000)),
    concurrency: Number(values.concurrency),
    pinning,
    say,
  };
  say(
    `${plan.rounds} rounds, ${plan.requests} requests each (${SCENARIOS.map((scenario) => `${scenario.name}: ${scenario.share}`).join('; ')}), ${plan.concurrency} connections; ${pinning.said}`,
  );
  const upstream = await startScript('upstream.ts', { words: [], launcher: pinning.others });
  let targets: readonly Target[] = [];
  try {
    const input: TargetInput = { upstreamPort: upstream.port, pinning, workers: Number(values.workers) };
    targets = await startTargets(input, values.only?.split(','), say);
    const before = residentOf(targets);
    const samples = await runRounds(targets, plan);
    const resident = { before, after: residentOf(targets) };
    if (values.json) console.log(JSON.stringify({ plan: { ...plan, pinning: pinning.said }, resident, samples }));
    else console.log(`\n${report(samples, resident)}`);
  } finally {
    await Promise.all(targets.map((target) => target.stop()));
    await upstream.stop();
  }
}

if (import.meta.main) await main();
