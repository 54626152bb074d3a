import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { callHub, eventually, type HubAnswer, textOf } from '../support/hub-calls.ts';
import { MODEL_OF } from '../support/provider-scene.ts';
import { setTranslatedScene, type TranslatedScene } from './translated/scene.ts';

const MODEL = 'gpt-5-mini';
/** Longer than it takes to make a key on a busy machine. */
const EXPIRY_MS = 3000;

let scene: TranslatedScene;
/** Two keys of one project. */
let first: string;
let second: string;

beforeAll(async () => {
  scene = await setTranslatedScene();
  for (const name of ['other-account', 'third-account']) {
    await scene.hub.connectFake(scene.upstream, { providerId: 'openai-responses', name });
  }
  first = (await scene.hub.createKey('first')).secret;
  second = (await scene.hub.createKey('second')).secret;
  scene.behave('events:2');
});

afterAll(() => scene?.close());

function ask(secret: string, body: JsonObject): Promise<HubAnswer> {
  scene.upstream.journal.clear();
  return callHub(scene.hub, secret, { path: '/v1/responses', body: { input: 'Say something.', ...body } });
}

/** Asks, and gives the id under which the provider keeps the answer. */
async function answerAt(connection: string, more: JsonObject = {}): Promise<string> {
  const answer = await ask(first, { model: `${connection}/${MODEL}`, ...more });
  expect(answer.status, answer.text).toBe(200);
  if (more['stream'] !== true) return textOf(answer.json['id']);
  return /"id":"(resp_[^"]+)"/.exec(answer.text)?.[1] ?? '';
}

const sentTo = (): number => scene.upstream.journal.calls().length;

describe('an answer that its provider keeps', () => {
  it.each([false, true])('is continued where it is, by any key of the project; streamed: %s', async (stream) => {
    const id = await answerAt('other-account', { stream });
    for (const secret of [first, second]) {
      const next = await ask(secret, { model: MODEL, previous_response_id: id });
      // The stand-in keeps nothing; what counts is that it was asked.
      expect(next.error['upstream'], next.text).toMatchObject({ message: expect.stringContaining(id) });
      expect(next.headers['x-hub-connection']).toBe('other-account');
      expect(scene.upstream.journal.calls()[0]?.body.toString()).toContain(id);
    }
  });

  it('is nothing to another connection, whose provider is not asked', async () => {
    const id = await answerAt('other-account');
    const elsewhere = await ask(first, { model: `third-account/${MODEL}`, previous_response_id: id });
    expect(elsewhere).toMatchObject({
      status: 400,
      error: { code: 'request.not_held', param: 'previous_response_id' },
    });
    const translated = await ask(first, { model: MODEL_OF['anthropic-messages'], previous_response_id: id });
    expect(translated).toMatchObject({ status: 400, error: { code: 'request.not_held' } });
    expect(sentTo()).toBe(0);
  });

  it('cannot be continued in a body that has to be translated', async () => {
    const id = await answerAt('other-account');
    const input = [
      { type: 'reasoning', id: 'rs_x', summary: [], encrypted_content: 'hub1.anthropic-messages.signature.c2ln' },
      { role: 'user', content: 'Go on.' },
    ];
    const next = await ask(first, { model: MODEL, input, previous_response_id: id });
    expect(next).toMatchObject({ status: 400, error: { code: 'request.not_held' } });
    expect(sentTo()).toBe(0);
  });

  it.each([
    ['nobody has', () => Promise.resolve('resp_000000000000')],
    ['its provider was told not to keep', () => answerAt('other-account', { store: false })],
  ])('is not there under an id that %s', async (_what, idOf) => {
    const id = await idOf();
    for (const model of [MODEL, MODEL_OF['anthropic-messages']]) {
      const next = await ask(first, { model, previous_response_id: id });
      expect(next).toMatchObject({ status: 404, error: { code: 'resource.not_found', param: 'previous_response_id' } });
    }
    expect(sentTo()).toBe(0);
  });

  it('is for nobody whose key is revoked or over', async () => {
    const id = await answerAt('other-account');
    const revoked = await scene.hub.createKey('revoked');
    await scene.hub.control('POST', `/keys/${revoked.id}/revoke`);
    const expiring = await scene.hub.createKey('expiring', {
      expires_at: new Date(Date.now() + EXPIRY_MS).toISOString(),
    });
    const refused = (secret: string) => ask(secret, { model: MODEL, previous_response_id: id });
    expect(await refused(revoked.secret)).toMatchObject({ status: 401, error: { code: 'auth.key_revoked' } });
    const over = await eventually('end of the key', async () => {
      const answer = await refused(expiring.secret);
      return answer.status === 401 ? answer : undefined;
    });
    expect(over).toMatchObject({ status: 401, error: { code: 'auth.key_expired' } });
    expect(sentTo()).toBe(0);
  });
});
