/**
 * Offers a hub ten times what it may have in hand, and measures what becomes of those it serves, of those it sends away, of
 * another organization, of its own health, and how soon all is well afterwards.
 *
 *   node bench/overload.ts [--seconds 60] [--per-second 5000]
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type HubProcess, startHub } from '../test/support/hub-process.ts';
import { openTenants } from '../test/support/tenants.ts';
import type { LoadOrder, LoadResult } from './load.ts';
import { BENCH_MODEL, requestBody } from './payload.ts';
import { type Pinning, residentBytes, runLoadProcess, startScript } from './processes.ts';

const ANSWER_MS = 200;
const CALLS = 100;
const WAITING = 100;
const WARM_SECONDS = 4;
const BEST_SECONDS = 10;
/** Another organization that asks for little of what there is. */
const QUIET_PER_SECOND = 20;
const QUIET_CONNECTIONS = 40;
const CALM_SECONDS = 15;
/** Those that are served or wait, and room for those that are sent away at once. */
const FLOOD_CONNECTIONS = 2 * (CALLS + WAITING);
/** The generator's own beginning. */
const UNCOUNTED_SECONDS = 2;
const LOOK_MS = 250;
/** So many answers one after the other, each about as soon as the upstream gives it, and all is well. */
const WELL_IN_A_ROW = 20;
const WELL_MS = ANSWER_MS * 1.5;
const RECOVERY_LOOKS_MAX = 400;

const MOST = { shedMs: 50, livezMs: 500, recoveryMs: 10_000, memoryMiB: 512, quietTimes: 2 };
const LEAST_GOODPUT = 0.8;

/** A hub is as quick as its two threads are, which on one CPU would wait for each other. */
const NOT_PINNED: Pinning = { target: [], others: [], said: 'processes are not pinned' };

type Scene = { readonly hub: HubProcess; readonly flood: string; readonly quiet: string };
type Load = Pick<LoadOrder, 'requests' | 'concurrency' | 'perSecond' | 'mayBeShed' | 'warmSeconds'>;

function send({ hub }: Scene, secret: string, load: Load): Promise<LoadResult> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${secret}` };
  const body = requestBody(BENCH_MODEL, 'whole', 'openai');
  const order = { origin: hub.address, path: '/v1/chat/completions', headers, body, mustContain: '"total_tokens"' };
  return runLoadProcess({ ...order, ...load }, NOT_PINNED);
}

/** Looks at health and memory until it is told to stop. */
function watch({ hub }: Scene): () => Promise<{ readonly livezMs: number; readonly memoryMiB: number }> {
  let isOver = false;
  let livezMs = 0;
  let memoryMiB = 0;
  const looking = (async () => {
    while (!isOver) {
      const begunAt = performance.now();
      const answer = await fetch(`${hub.address}/livez`);
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`/livez says ${answer.status}`);
      livezMs = Math.max(livezMs, performance.now() - begunAt);
      memoryMiB = Math.max(memoryMiB, residentBytes(hub.pid) / 1024 ** 2);
      await wait(LOOK_MS);
    }
  })();
  return async () => {
    isOver = true;
    await looking;
    return { livezMs, memoryMiB };
  };
}

/** How long after now answers come again as if nothing had been. */
async function recover(scene: Scene): Promise<number> {
  const begunAt = performance.now();
  let inARow = 0;
  let wellAt = begunAt;
  for (let looks = 0; looks < RECOVERY_LOOKS_MAX && inARow < WELL_IN_A_ROW; looks += 1) {
    const lookAt = performance.now();
    const { failed, p50Ms, shed } = await send(scene, scene.flood, { requests: 1, concurrency: 1, mayBeShed: true });
    const isWell = failed === 0 && shed.requests === 0 && p50Ms <= WELL_MS;
    if (isWell && inARow === 0) wellAt = lookAt;
    inARow = isWell ? inARow + 1 : 0;
  }
  if (inARow < WELL_IN_A_ROW) throw new Error('the hub did not recover');
  return wellAt - begunAt;
}

async function startScene(upstreamPort: number): Promise<Scene> {
  const hub = await startHub({
    allow: [`127.0.0.1:${upstreamPort}`],
    environment: { HUB_LIMIT_CALLS: String(CALLS), HUB_LIMIT_WAITING_CALLS: String(WAITING) },
  });
  await hub.connectFake({ baseUrl: `http://127.0.0.1:${upstreamPort}/v1` }, { name: 'bench' });
  const tenants = await openTenants(hub.dataDir);
  const [flood, quiet] = [
    await tenants.addKey(tenants.addOrganization('Flood')),
    await tenants.addKey(tenants.addOrganization('Quiet')),
  ];
  await tenants.close();
  return { hub, flood: flood.secret, quiet: quiet.secret };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '60' }, 'per-second': { type: 'string', default: '5000' } },
  });
  const seconds = Number(values.seconds);
  const perSecond = Number(values['per-second']);
  const upstream = await startScript('upstream.ts', { words: ['--wait-ms', `${ANSWER_MS}`], launcher: [] });
  const scene = await startScene(upstream.port);
  try {
    // Until both keys are known, and the compilers have seen the code.
    await wait(3000);
    const flooding = { concurrency: FLOOD_CONNECTIONS, perSecond, mayBeShed: true, warmSeconds: UNCOUNTED_SECONDS };
    await send(scene, scene.flood, { ...flooding, requests: WARM_SECONDS * perSecond });
    const quietly = { perSecond: QUIET_PER_SECOND, concurrency: QUIET_CONNECTIONS, mayBeShed: true };
    const best = await send(scene, scene.flood, {
      requests: (BEST_SECONDS * CALLS * 1000) / ANSWER_MS,
      concurrency: CALLS,
    });
    const bestRate = (best.requests - best.failed) / best.seconds;
    const calm = await send(scene, scene.quiet, { ...quietly, requests: CALM_SECONDS * QUIET_PER_SECOND });
    const stopWatching = watch(scene);
    const [flood, quiet] = await Promise.all([
      send(scene, scene.flood, {
        ...flooding,
        requests: seconds * perSecond,
      }),
      send(scene, scene.quiet, { ...quietly, requests: seconds * QUIET_PER_SECOND }),
    ]);
    const recoveryMs = await recover(scene);
    const { livezMs, memoryMiB } = await stopWatching();
    const goodput = (flood.requests - flood.failed + quiet.requests - quiet.failed) / flood.seconds;
    const offered = (flood.requests + flood.shed.requests) / flood.seconds;
    const rows: readonly (readonly [string, string, string, boolean])[] = [
      ['offered', `${offered.toFixed(0)}/s`, `${perSecond}/s`, offered >= perSecond * 0.95],
      [
        'served, of the best',
        `${goodput.toFixed(0)} of ${bestRate.toFixed(0)}/s`,
        `≥ ${LEAST_GOODPUT * 100} %`,
        goodput >= bestRate * LEAST_GOODPUT,
      ],
      ['failed otherwise', `${flood.failed + quiet.failed}`, '0', flood.failed + quiet.failed === 0],
      ['sent away, p99', `${flood.shed.p99Ms.toFixed(0)} ms`, `≤ ${MOST.shedMs} ms`, flood.shed.p99Ms <= MOST.shedMs],
      [
        'another organization, p99',
        `${quiet.p99Ms.toFixed(0)} ms, alone ${calm.p99Ms.toFixed(0)} ms`,
        `≤ ${MOST.quietTimes} times`,
        quiet.p99Ms <= calm.p99Ms * MOST.quietTimes,
      ],
      ['of its requests sent away', `${quiet.shed.requests}`, '0', quiet.shed.requests === 0],
      ['/livez, longest', `${livezMs.toFixed(0)} ms`, `≤ ${MOST.livezMs} ms`, livezMs <= MOST.livezMs],
      ['memory, most', `${memoryMiB.toFixed(0)} MiB`, `≤ ${MOST.memoryMiB} MiB`, memoryMiB <= MOST.memoryMiB],
      ['well again after', `${recoveryMs.toFixed(0)} ms`, `≤ ${MOST.recoveryMs} ms`, recoveryMs <= MOST.recoveryMs],
    ];
    for (const [what, found, asked, isMet] of rows) console.log(`${isMet ? ' ' : '!'} ${what}: ${found} (${asked})`);
    if (flood.firstFailure !== undefined) console.log(`the first failure: ${flood.firstFailure}`);
    if (rows.some(([, , , isMet]) => !isMet)) process.exitCode = 1;
  } finally {
    await scene.hub.stop();
    await upstream.stop();
  }
}

await main();
