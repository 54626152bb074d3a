import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseJson } from '../../src/kernel/json.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, textOf, usageRecord } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { connectDialect } from '../support/provider-scene.ts';
import { readDocument } from './isolation/document.ts';

const OPENAI_MODELS = [
  'gpt-4.1-mini',
  'gpt-3.5-turbo-instruct',
  'text-embedding-3-small',
  'gpt-image-1',
  'gpt-4o-mini-tts',
  'sora-2',
];
/** What takes a form alone has no example in JSON. */
const FORMS = /\/(images\/edits|audio\/(transcriptions|translations))$/;
/** What tells of usage is tried where it is served. */
const USAGE = /^\/api\/(user|usage)\//;

let upstream: FakeUpstream;
let hub: HubProcess;
let secret: string;
let film: string;

beforeAll(async () => {
  upstream = await startFakeUpstream({ models: [...OPENAI_MODELS, 'claude-sonnet-4-5'] });
  hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`] });
  await hub.connectFake(upstream, { name: 'openai' });
  await connectDialect(hub, { dialect: 'anthropic-messages', baseUrl: upstream.baseUrl, listing: 'listed' });
  ({ secret } = await hub.createKey());
  const made = await callHub(hub, secret, { path: '/v1/videos', body: { model: 'openai/sora-2', prompt: 'x' } });
  film = textOf(made.json['id']);
});
afterAll(async () => {
  await hub?.stop();
  await upstream?.close();
});

/** The model that an address names. */
function modelFor(path: string): string {
  return /embed/i.test(path) ? 'openai/text-embedding-3-small' : 'openai/gpt-4.1-mini';
}

const POSTS = readDocument('data').operations.filter(
  ({ method, path }) => method === 'POST' && !FORMS.test(path) && !USAGE.test(path),
);

it.each(POSTS.map(({ path, body }) => ({ path, body })))(
  '$path answers the example of its document',
  async ({ path, body }) => {
    expect(Object.keys(body?.example ?? {})).not.toEqual([]);
    const sent = parseJson(JSON.stringify(body?.example).replace('anthropic/', 'anthropic-messages/'));
    const answer = await callHub(hub, secret, {
      path: path.replace('{id}', film).replace('{model}', modelFor(path)),
      body: asObject(sent),
    });
    expect(answer.status, answer.text).toBe(200);
    if (answer.headers['content-type'] !== 'application/json') return;
    // The record is safe before the answer, and knows its length all the same.
    const record = await usageRecord(hub, answer.headers['x-request-id']);
    expect(record['response_bytes']).toBe(answer.bytes.length);
  },
);
