import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts';
import { CALLERS, type CallerKind, type Question } from '../support/callers.ts';
import { asObject, callHub, type HubAnswer, requestDetail, textOf } from '../support/hub-calls.ts';
import { MODEL_OF } from '../support/provider-scene.ts';
import { setTranslatedScene, type TranslatedScene } from './translated/scene.ts';

const STRICT = { 'x-hub-strict': '1' };
/** A field of OpenAI's format that Anthropic's has not. */
const SEED: JsonObject = { seed: 7 };
/** Models of this name are at every provider; Anthropic's format alone has `top_k` among those that are asked first. */
const EVERYWHERE = 'gpt-5-mini';

let scene: TranslatedScene;
let strictSecret: string;

beforeAll(async () => {
  scene = await setTranslatedScene();
  strictSecret = (await scene.hub.createKey('strict', { refuses_losses: true })).secret;
});

afterAll(() => scene?.close());

function callerOf(dialect: string): CallerKind {
  const caller = CALLERS.find((kind) => kind.dialect === dialect);
  if (caller === undefined) throw new Error(`nobody speaks ${dialect}`);
  return caller;
}

async function ask(
  dialect: string,
  question: Partial<Question> & Pick<Question, 'model'>,
  { secret = scene.secret }: { readonly secret?: string } = {},
): Promise<
  HubAnswer & { readonly caller: CallerKind; readonly detail: JsonObject; readonly paths: readonly string[] }
> {
  const caller = callerOf(dialect);
  scene.upstream.journal.clear();
  const answer = await callHub(scene.hub, secret, caller.ask({ stream: false, ...question }));
  const detail = await requestDetail(scene.hub, answer.headers['x-request-id']);
  return { ...answer, caller, detail, paths: scene.upstream.journal.calls().map(({ path }) => path) };
}

function lostIn(detail: JsonObject): readonly string[] {
  const { losses } = detail;
  return Array.isArray(losses) ? losses.map((loss) => (isJsonObject(loss) ? textOf(loss['field']) : '')) : [];
}

describe('what cannot be kept of a request', () => {
  it.each([false, true])('is told in the head and in the record, streamed: %s', async (stream) => {
    scene.behave('events:2');
    const answer = await ask('openai-chat', { model: MODEL_OF['anthropic-messages'], stream, more: SEED });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-hub-losses']).toBe('seed');
    expect(answer.trailers['x-hub-losses']).toBeUndefined();
    expect(lostIn(answer.detail)).toEqual(['seed']);
  });

  it.each([
    ['by a header', () => ({ headers: STRICT }), () => scene.secret],
    ['by the key', () => ({}), () => strictSecret],
  ])('is refused before any provider is called, where losses are refused %s', async (_how, more, secret) => {
    for (const stream of [false, true]) {
      const question = { model: MODEL_OF['anthropic-messages'], stream, more: SEED, ...more() };
      const answer = await ask('openai-chat', question, { secret: secret() });
      expect(answer.status).toBe(422);
      expect(answer.error).toMatchObject({ code: 'request.not_expressible', param: 'seed' });
      expect(answer.paths).toEqual([]);
      expect(answer.headers['x-hub-losses']).toBe('seed');
      expect(lostIn(answer.detail)).toEqual(['seed']);
      expect(answer.detail['usage_record']).toMatchObject({
        status: 'rejected',
        http_status: 422,
        error_code: 'request.not_expressible',
        cost_nano_usd: '0',
      });
    }
  });

  it('is refused in the caller’s own form', async () => {
    const more = { top_k: 5 };
    const answer = await ask('anthropic-messages', { model: MODEL_OF['openai-chat'], more, headers: STRICT });
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ type: 'error', error: { message: expect.stringContaining('topK') } });
  });

  it('is no reason to refuse where another deployment keeps it: that one is asked', async () => {
    scene.behave('events:2');
    const lenient = await ask('anthropic-messages', { model: EVERYWHERE, more: { top_k: 5 } });
    expect(lenient.headers['x-hub-losses']).toBe('topK');
    expect(lenient.paths).not.toContain('/v1/messages');
    const strict = await ask('anthropic-messages', { model: EVERYWHERE, more: { top_k: 5 }, headers: STRICT });
    expect(strict.status).toBe(200);
    expect(strict.paths).toEqual(['/v1/messages']);
    expect(lostIn(strict.detail)).toEqual([]);
  });

  it('is not told of a deployment that failed, where another answered', async () => {
    scene.upstream.setScript(({ path }) =>
      path === '/v1/messages' ? { contentEvents: 2 } : { instead: { kind: 'status', status: 500 } },
    );
    const answer = await ask('anthropic-messages', { model: EVERYWHERE, more: { top_k: 5 } });
    expect(answer.status).toBe(200);
    expect(answer.paths.length).toBeGreaterThan(1);
    expect(answer.paths.at(-1)).toBe('/v1/messages');
    expect(answer.headers['x-hub-losses']).toBeUndefined();
    expect(lostIn(answer.detail)).toEqual([]);
  });

  it('includes the hub’s own tags, which are refused as early', async () => {
    const headers = { 'x-hub-tags': 'no tag at all' };
    scene.behave('events:2');
    const lenient = await ask('openai-chat', { model: MODEL_OF['anthropic-messages'], headers });
    expect(lenient.status).toBe(200);
    expect(lostIn(lenient.detail)).toEqual(['x-hub-tags']);
    const strict = await ask('openai-chat', {
      model: MODEL_OF['anthropic-messages'],
      headers: { ...headers, ...STRICT },
    });
    expect(strict.error).toMatchObject({ code: 'request.not_expressible', param: 'x-hub-tags' });
    expect(strict.paths).toEqual([]);
  });
});

describe('what cannot be kept of an answer', () => {
  /** Signed thinking, for which OpenAI's format has no place. */
  const thinking = { model: MODEL_OF['anthropic-messages'] };

  it('is told in a trailer of a stream, in the head of a whole answer, and in the record', async () => {
    // Slowly, so that the head has left when the signature comes: of what comes at once the head tells as well.
    scene.behave('events:2+think+slow:100');
    const streamed = await ask('openai-chat', { ...thinking, stream: true });
    expect(streamed.caller.isWhole(streamed)).toBe(true);
    expect(streamed.headers['trailer']).toContain('x-hub-losses');
    expect(streamed.headers['x-hub-losses']).toBeUndefined();
    expect(streamed.trailers['x-hub-losses']).toBe('reasoning.signature');
    expect(lostIn(streamed.detail)).toEqual(['reasoning.signature']);
    const whole = await ask('openai-chat', thinking);
    expect(whole.headers['x-hub-losses']).toBe('reasoning.signature');
    expect(lostIn(whole.detail)).toEqual(['reasoning.signature']);
  });

  it('ends a stream with an error where losses are refused, and what came is booked', async () => {
    scene.behave('events:2+think');
    const answer = await ask('openai-chat', { ...thinking, stream: true, headers: STRICT });
    expect(answer.status).toBe(200);
    expect(answer.caller.isWhole(answer)).toBe(false);
    expect(answer.caller.errorCode(answer)).toBe('request.not_expressible');
    expect(lostIn(answer.detail)).toEqual(['reasoning.signature']);
    const record = asObject(answer.detail['usage_record']);
    expect(record).toMatchObject({ status: 'upstream_error', error_code: 'request.not_expressible' });
    expect(Number(record['cost_nano_usd'])).toBeGreaterThan(0);
  });

  it('refuses a whole answer, which is booked as the provider bills it', async () => {
    scene.behave('events:2+think');
    const answer = await ask('openai-chat', thinking, { secret: strictSecret });
    expect(answer.status).toBe(422);
    expect(answer.error).toMatchObject({ code: 'request.not_expressible', param: 'reasoning.signature' });
    const record = asObject(answer.detail['usage_record']);
    expect(record).toMatchObject({ status: 'upstream_error', usage_basis: 'reported' });
    expect(Number(record['cost_nano_usd'])).toBeGreaterThan(0);
  });

  it('is nothing for the dialect that it came in', async () => {
    scene.behave('events:2+think');
    const answer = await ask('anthropic-messages', { ...thinking, stream: true, headers: STRICT });
    expect(answer.caller.isWhole(answer)).toBe(true);
    expect(lostIn(answer.detail)).toEqual([]);
  });
});
