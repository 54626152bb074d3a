import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FleetScene, setFleetScene } from '../support/fleet-scene.ts';
import type { HubAnswer } from '../support/hub-calls.ts';

/** 200 requests a second over three deployments that fail one after the other, each in its own way, and heal again. */

const RATE = 200;
const TICK_MS = 50;
const LOOK_MS = 200;
const FIRST_BYTE_MS = 500;
/** Each fault, how long it lasts, and how long all is well afterwards. */
const FAULTS = [
  { name: 'a', words: '500', faultMs: 6000, wellMs: 10_000 },
  { name: 'b', words: 'hang:first-byte', faultMs: 8000, wellMs: 10_000 },
  { name: 'c', words: '429:retry-after=1', faultMs: 4000, wellMs: 4000 },
  { name: 'a', words: 'cut:reset:bytes:0', faultMs: 6000, wellMs: 10_000 },
] as const;
const NOTICED_WITHIN_MS = 10_000;

type Seen = { readonly atMs: number; readonly standings: Readonly<Record<string, string>> };

let scene: FleetScene;
beforeAll(async () => {
  scene = await setFleetScene(['a', 'b', 'c'], {
    environment: { HUB_TIMEOUT_FIRST_BYTE: `${FIRST_BYTE_MS}ms`, HUB_LOG_LEVEL: 'warn' },
  });
  const targets = ['a', 'b', 'c'].map((name) => ({ model: `${name}/fake-small` }));
  await scene.route({ name: 'smart', strategy: 'weighted', tiers: [{ targets }] });
});
afterAll(() => scene?.close());

describe('a fleet under load', () => {
  it('shows no fault to any caller, asks at most a tenth more, and opens and closes its breakers in time', async () => {
    const calls: Promise<HubAnswer>[] = [];
    const seen: Seen[] = [];
    let isOver = false;
    const begunAt = performance.now();
    const load = (async () => {
      for (let due = 0; !isOver; await wait(TICK_MS)) {
        due = ((performance.now() - begunAt) / 1000) * RATE;
        while (calls.length < due) calls.push(scene.ask({ model: 'smart', stream: calls.length % 2 === 0 }));
      }
    })();
    const looks = (async () => {
      for (; !isOver; await wait(LOOK_MS)) {
        const standings = await scene.standings();
        seen.push({ atMs: performance.now() - begunAt, standings });
      }
    })();
    await wait(5000);
    const phases: { readonly name: string; readonly fromMs: number; readonly healedMs: number }[] = [];
    for (const { name, words, faultMs, wellMs } of FAULTS) {
      const fromMs = performance.now() - begunAt;
      scene.treat(name, words);
      await wait(faultMs);
      scene.treat(name, undefined);
      phases.push({ name, fromMs, healedMs: performance.now() - begunAt });
      await wait(wellMs);
    }
    isOver = true;
    await Promise.all([load, looks]);
    const answers = await Promise.all(calls);

    const faulty = answers.filter(
      ({ status, text, isComplete }) => status !== 200 || !isComplete || text.includes('"error"'),
    );
    expect(faulty.map(({ status, text }) => `${status} ${text.slice(0, 200)}`)).toEqual([]);
    const asked = Object.values(scene.fleet).flatMap(({ journal }) =>
      journal.entries().filter(({ path }) => path.includes('/chat/')),
    );
    console.log(
      `${answers.length} requests, ${asked.length} calls: ${(asked.length / answers.length).toFixed(3)} a request`,
    );
    expect(asked.length).toBeLessThanOrEqual(answers.length * 1.1);
    for (const { name, fromMs, healedMs } of phases) {
      const first = (is: (standing: string | undefined) => boolean, sinceMs: number) =>
        seen.find(({ atMs, standings }) => atMs >= sinceMs && is(standings[name]))?.atMs ?? Number.POSITIVE_INFINITY;
      const noticedMs = first((standing) => standing !== 'ready', fromMs) - fromMs;
      const wellMs = first((standing) => standing === 'ready', healedMs) - healedMs;
      console.log(
        `${name}: passed over after ${Math.round(noticedMs)} ms, well ${Math.round(wellMs)} ms after it healed`,
      );
      expect(noticedMs).toBeLessThan(NOTICED_WITHIN_MS);
      expect(wellMs).toBeLessThan(NOTICED_WITHIN_MS);
    }
  });
});
