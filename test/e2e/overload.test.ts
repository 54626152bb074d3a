import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { behaviourOf } from '../support/fake-upstream/behaviour.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody, eventually, type HubAnswer, usageRecords } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

/** A hub that has as much in hand as it may. */

const CALLS = 4;
const WAITING = 4;
const ANSWER_MS = 300;

let upstream: FakeUpstream;
let hub: HubProcess;
let secret: string;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  hub = await startHub({
    allow: [`127.0.0.1:${upstream.port}`],
    environment: { HUB_LIMIT_CALLS: `${CALLS}`, HUB_LIMIT_WAITING_CALLS: `${WAITING}` },
  });
  await hub.connectFake(upstream);
  ({ secret } = await hub.createKey('busy'));
  upstream.setScript(() => behaviourOf(`any@wait:${ANSWER_MS}`));
});

afterAll(async () => {
  await hub?.stop();
  await upstream?.close();
});

async function timed(ask: () => Promise<HubAnswer>): Promise<{ readonly answer: HubAnswer; readonly ms: number }> {
  const begunAt = performance.now();
  const answer = await ask();
  return { answer, ms: performance.now() - begunAt };
}

describe('a hub with too much in hand', () => {
  it('serves what it may, lets a few wait, and refuses the others before their time is wasted', async () => {
    const calls = Array.from({ length: 40 }, () => timed(() => callHub(hub, secret, { body: chatBody() })));
    await upstream.journal.waitFor(() => true);
    const live = await timed(() => callHub(hub, undefined, { method: 'GET', path: '/livez' }));
    const answers = await Promise.all(calls);
    const served = answers.filter(({ answer }) => answer.status === 200);
    const refused = answers.filter(({ answer }) => answer.status !== 200);
    expect(served.length).toBeGreaterThanOrEqual(CALLS + WAITING);
    expect(refused.length).toBeGreaterThan(0);
    for (const { answer } of refused) {
      expect(answer).toMatchObject({ status: 503, error: { code: 'hub.overloaded' } });
      expect(answer.headers['retry-after']).toBe('1');
    }
    expect(live).toMatchObject({ answer: { status: 200 } });
    expect(live.ms).toBeLessThan(ANSWER_MS);
    expect(await usageRecords(hub)).toHaveLength(served.length);
    // Nothing of it stays behind.
    expect((await callHub(hub, secret, { body: chatBody() })).status).toBe(200);
  });

  it('lets go of the place of a caller who has gone while it waited', async () => {
    const busy = Array.from({ length: CALLS }, () => callHub(hub, secret, { body: chatBody() }));
    upstream.journal.clear();
    await eventually('full house', () => upstream.journal.calls().length === CALLS);
    const gone = new AbortController();
    const waiting = callHub(hub, secret, { body: chatBody(), signal: gone.signal }).catch(() => undefined);
    const before = upstream.journal.calls().length;
    gone.abort();
    await waiting;
    await Promise.all(busy);
    expect((await callHub(hub, secret, { body: chatBody() })).status).toBe(200);
    expect(upstream.journal.calls()).toHaveLength(before + 1);
  });
});
