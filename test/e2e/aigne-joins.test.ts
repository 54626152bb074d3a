import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HubCall } from '../support/hub-calls.ts';
import { callHub, collect, openCall, usageRecords } from '../support/hub-calls.ts';
import { MODEL_OF } from '../support/provider-scene.ts';
import { setTranslatedScene, type TranslatedScene } from './translated/scene.ts';

const KIB = 1024;
/** Two bodies of the first size and one of the second do not fit; one of each does. */
const BUFFERED_BYTES_MAX = 80 * KIB;
const FIRST_BYTES = 30 * KIB;
const SECOND_BYTES = 45 * KIB;
const CALLERS = 5;

let scene: TranslatedScene;

beforeAll(async () => {
  scene = await setTranslatedScene({
    environment: {
      HUB_LIMIT_BODY_BYTES: String(BUFFERED_BYTES_MAX),
      HUB_LIMIT_BUFFERED_BYTES: String(BUFFERED_BYTES_MAX),
    },
  });
});

afterAll(() => scene?.close());

const ask = (bytes: number, streaming = false): HubCall => ({
  path: '/api/v2/chat',
  body: {
    input: {
      messages: [{ role: 'user', content: 'x'.repeat(bytes) }],
      modelOptions: { model: MODEL_OF['anthropic-messages'] },
    },
    options: { streaming },
  },
});

it('a repeat that joins gives back the room of its body at once, and the call when it is over', async () => {
  scene.behave('wait:1500+events:2');
  scene.upstream.journal.clear();
  const first = callHub(scene.hub, scene.secret, ask(FIRST_BYTES));
  await scene.upstream.journal.waitFor(({ path }) => path === '/v1/messages');
  const joined = openCall(scene.hub, scene.secret, ask(FIRST_BYTES));
  scene.behave('events:2');
  const other = await callHub(scene.hub, scene.secret, ask(SECOND_BYTES));
  expect(other.status, other.text).toBe(200);
  const [one, two] = await Promise.all([first, joined.then(collect)]);
  expect(one.status).toBe(200);
  expect(two.bytes.equals(one.bytes)).toBe(true);
  for (let index = 0; index < 3; index += 1) {
    expect((await callHub(scene.hub, scene.secret, ask(SECOND_BYTES + index))).status).toBe(200);
  }
});

it.each([false, true])(
  'many who ask the same at once get the same bytes, for one call and one record; streamed: %s',
  async (streaming) => {
    scene.behave('wait:300+events:4+delay:20');
    scene.upstream.journal.clear();
    const before = (await usageRecords(scene.hub)).length;
    const answers = await Promise.all(
      Array.from({ length: CALLERS }, () => callHub(scene.hub, scene.secret, ask(100, streaming))),
    );
    for (const answer of answers) {
      expect(answer.isComplete).toBe(true);
      expect(answer.bytes.equals(answers[0]?.bytes ?? Buffer.alloc(0))).toBe(true);
      expect(answer.headers['x-request-id']).toBe(answers[0]?.headers['x-request-id']);
    }
    expect(scene.upstream.journal.calls()).toHaveLength(1);
    expect(await usageRecords(scene.hub)).toHaveLength(before + 1);
  },
);

it('another key, another client and another address are somebody else', async () => {
  scene.behave('wait:300+events:2');
  scene.upstream.journal.clear();
  const { secret } = await scene.hub.createKey('another');
  const { path: _path, body } = ask(100);
  const calls: readonly (readonly [string, HubCall])[] = [
    [scene.secret, ask(100)],
    [secret, ask(100)],
    [scene.secret, { ...ask(100), headers: { 'x-aigne-hub-client-did': 'did:abt:one' } }],
    [scene.secret, { path: '/api/v2/chat?again', body: body ?? {} }],
  ];
  const answers = await Promise.all(calls.map(([key, call]) => callHub(scene.hub, key, call)));
  expect(new Set(answers.map(({ headers }) => headers['x-request-id'])).size).toBe(calls.length);
  expect(scene.upstream.journal.calls()).toHaveLength(calls.length);
});

it('a failure is told to all who wait for it', async () => {
  scene.behave('wait:300+429');
  const answers = await Promise.all([1, 2, 3].map(() => callHub(scene.hub, scene.secret, ask(101))));
  for (const answer of answers) {
    expect(answer.status).toBe(429);
    expect(answer.error).toMatchObject({ code: 'upstream.rate_limited' });
    expect(answer.headers['retry-after']).toBe('1');
  }
});
