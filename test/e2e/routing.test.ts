import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FleetScene, setFleetScene } from '../support/fleet-scene.ts';
import { eventually, listOf, textOf } from '../support/hub-calls.ts';

/** Requests that go to one of several deployments, and what happens when some of those do not work. */

const FIRST_BYTE_MS = 400;
/** A breaker that has opened lets somebody try within eight seconds. */
const CLOSED_WITHIN_MS = 10_000;

let scene: FleetScene;

beforeEach(async () => {
  scene = await setFleetScene(['a', 'b', 'c'], { environment: { HUB_TIMEOUT_FIRST_BYTE: `${FIRST_BYTE_MS}ms` } });
});

afterEach(async () => scene.close());

const names = (way: readonly { readonly at: string }[]): string => way.map(({ at }) => at).join(' ');

describe('a deployment that does not answer', () => {
  it.each([
    ['an error', '500'],
    ['overload', '503:retry-after=1'],
    ['a rate limit', '429:retry-after=2'],
    ['a credential that it refuses', '401'],
    ['an account without money', '402'],
    ['a model that it does not know', '404'],
    ['no head', 'hang:headers'],
    ['no first byte', 'hang:first-byte'],
    ['a connection that is reset before the answer', 'cut:reset:bytes:0'],
    ['what is no answer', 'garbage'],
  ])('with %s is noticed by nobody while another one works', async (_fault, words) => {
    scene.treat('a', words);
    const answer = await scene.ask();
    expect(answer.status).toBe(200);
    const way = await scene.wayOf(answer);
    expect(way.at(-1)).toMatchObject({ at: 'b', outcome: 'success' });
    expect(way[0]).toMatchObject({ at: 'a', outcome: 'fault' });
  });

  it.each([
    ['an error', '500'],
    ['a failure in its first event', 'error-event:0'],
    ['no first event', 'hang:0'],
    ['an end before its first event', 'cut:end:events:0'],
  ])('with %s is noticed by nobody who reads a stream', async (_fault, words) => {
    scene.treat('a', words);
    const answer = await scene.ask({ stream: true });
    expect(answer.events.at(-1)).toBe('[DONE]');
    expect(await scene.wayOf(answer)).toMatchObject([{ at: 'a', outcome: 'fault' }, { at: 'b' }]);
  });

  it('is not asked again by a request that is wrong', async () => {
    scene.treat('a', '400');
    const answer = await scene.ask();
    expect(answer.status).toBe(400);
    expect(names(await scene.wayOf(answer))).toBe('a');
  });

  it('is not replaced once its first word went to the caller', async () => {
    scene.treat('a', 'error-event:2');
    const answer = await scene.ask({ stream: true });
    expect(names(await scene.wayOf(answer))).toBe('a');
    expect(answer.text).toContain('"error"');
    expect(answer.events).not.toContain('[DONE]');
  });

  it('costs a request two more tries at most, which its record says', async () => {
    for (const name of ['a', 'b', 'c']) scene.treat(name, '500');
    const answer = await scene.ask();
    expect(answer.status).toBe(502);
    expect(names(await scene.wayOf(answer))).toBe('a b c');
  });
});

describe('a deployment that keeps failing', () => {
  it('is asked by nobody after five failures, is tried when its time has come, and is back when it works', async () => {
    scene.treat('a', '500');
    for (let count = 0; count < 5; count += 1) await scene.ask();
    expect(await scene.standings()).toMatchObject({ a: 'open', b: 'ready' });
    scene.fleet['a']?.journal.clear();
    const answer = await scene.ask();
    expect(names(await scene.wayOf(answer))).toBe('b');
    expect(scene.fleet['a']?.journal.calls()).toHaveLength(0);
    expect(await scene.explain()).toEqual([
      { at: 'b', standing: 'ready' },
      { at: 'c', standing: 'ready' },
      { at: 'a', standing: 'open' },
    ]);
    scene.treat('a', undefined);
    await eventually(
      'closed breaker',
      async () => {
        expect((await scene.ask()).status).toBe(200);
        return (await scene.standings())['a'] === 'ready';
      },
      CLOSED_WITHIN_MS,
    );
    expect(names(await scene.wayOf(await scene.ask()))).toBe('a');
  });

  it('is asked all the same where nothing else is left', async () => {
    for (const name of ['a', 'b', 'c']) scene.treat(name, '500');
    for (let count = 0; count < 6; count += 1) await scene.ask();
    for (const name of ['a', 'b', 'c']) scene.treat(name, undefined);
    expect((await scene.ask()).status).toBe(200);
  });
});

describe('a route', () => {
  const three = (strategy: string) => ({
    name: 'smart',
    strategy,
    tiers: [
      { targets: [{ model: 'a/fake-small', weight: 2 }, { model: 'b/fake-small' }] },
      { targets: [{ model: 'c/fake-small' }] },
    ],
  });

  it('gives each deployment its share', async () => {
    await scene.route(three('weighted'));
    for (let count = 0; count < 9; count += 1) expect((await scene.ask({ model: 'smart' })).status).toBe(200);
    const asked = (name: string) =>
      scene.fleet[name]?.journal.entries().filter(({ path }) => path.includes('chat')).length;
    expect(['a', 'b', 'c'].map(asked)).toEqual([6, 3, 0]);
  });

  it('keeps a conversation where it is', async () => {
    await scene.route({ ...three('weighted'), affinity: 'conversation' });
    const ways: string[] = [];
    for (const conversation of ['one', 'two', 'three', 'four', 'one', 'two', 'three', 'four']) {
      const answer = await scene.ask({ model: 'smart', prompt_cache_key: conversation });
      ways.push(names(await scene.wayOf(answer)));
    }
    expect(ways.slice(4)).toEqual(ways.slice(0, 4));
  });

  it('goes by what a request brings', async () => {
    const only = (name: string) => [{ targets: [{ model: `${name}/fake-small` }] }];
    await scene.route({
      name: 'smart',
      tiers: only('a'),
      rules: [
        { when: { tags: { team: ['search'] } }, tiers: only('b') },
        { when: { tools: true }, tiers: only('c') },
      ],
    });
    const way = async (more = {}, headers = {}) =>
      names(await scene.wayOf(await scene.ask({ model: 'smart', ...more }, headers)));
    const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }];
    expect(await way()).toBe('a');
    expect(await way({}, { 'x-hub-tags': 'team=search' })).toBe('b');
    expect(await way({ tools })).toBe('c');
  });

  it('names a longer model for what is too long', async () => {
    await scene.route({
      name: 'smart',
      tiers: [{ targets: [{ model: 'a/fake-small' }] }],
      fallbacks: { context_too_long: 'b/fake-large' },
    });
    scene.fleet['a']?.setScript(() => ({
      instead: {
        kind: 'status',
        status: 400,
        body: JSON.stringify({
          error: { code: 'context_length_exceeded', message: 'maximum context length is 8192 tokens' },
        }),
      },
    }));
    const answer = await scene.ask({ model: 'smart' });
    expect(answer.status).toBe(200);
    expect(names(await scene.wayOf(answer))).toBe('a b');
  });

  it('says how long an answer may take, and a caller may say less', async () => {
    const slow = { model: 'a/fake-small', timeouts: { first_byte_ms: 60_000 } };
    await scene.route({ name: 'patient', tiers: [{ targets: [slow] }] });
    scene.treat('a', `wait:${FIRST_BYTE_MS * 2}`);
    expect((await scene.ask({ model: 'patient' })).status).toBe(200);
    const hurried = await scene.ask({ model: 'patient' }, { 'x-hub-timeout-ms': '200' });
    expect(hurried).toMatchObject({ status: 504, error: { code: 'upstream.timeout' } });
    const wrong = await scene.ask({ model: 'patient' }, { 'x-hub-timeout-ms': 'soon' });
    expect(wrong).toMatchObject({ status: 400, error: { code: 'request.invalid' } });
  });
});

describe('a connection', () => {
  it('says how long its calls may take', async () => {
    const [first] = await listOf(scene.hub, '/connections');
    const timeouts = { first_byte_ms: 60_000 };
    const changed = await scene.hub.control('PATCH', `/connections/${textOf(first?.['id'])}`, { timeouts });
    expect(changed).toMatchObject({ timeouts });
    scene.treat('a', `wait:${FIRST_BYTE_MS * 2}`);
    expect(names(await scene.wayOf(await scene.ask()))).toBe('a');
  });
});

describe('what is explained', () => {
  it.each([
    ['all work', {}],
    ['the first fails', { a: '500' }],
    ['the first two fail', { a: '500', b: '503' }],
    ['the first is limited', { a: '429:retry-after=30' }],
    ['the second has no credential left', { b: '401' }],
  ] as const)('is what happens where %s', async (_name, faults: Readonly<Record<string, string>>) => {
    await scene.route({
      name: 'smart',
      strategy: 'weighted',
      tiers: [
        {
          targets: [
            { model: 'a/fake-small', weight: 3 },
            { model: 'b/fake-small', weight: 2 },
          ],
        },
        { targets: [{ model: 'c/fake-small' }] },
      ],
    });
    for (const [name, words] of Object.entries(faults)) scene.treat(name, words);
    for (let count = 0; count < 12; count += 1) {
      const explained = names(await scene.explain({ model: 'smart' }));
      const answer = await scene.ask({ model: 'smart' });
      expect(answer.status).toBe(200);
      const way = await scene.wayOf(answer);
      expect(explained.startsWith(names(way)), `${explained}: ${names(way)}`).toBe(true);
    }
  });
});
