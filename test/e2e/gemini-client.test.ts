import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, parseJson } from '../../src/kernel/json.ts';
import { callHub, type HubAnswer, usageRecord } from '../support/hub-calls.ts';
import { MODEL_OF, PROVIDER_DIALECTS } from '../support/provider-scene.ts';
import { setTranslatedScene, type TranslatedScene } from './translated/scene.ts';

const GEMINI = MODEL_OF['gemini-generate'];
const CONTENTS = [{ role: 'user', parts: [{ text: 'Say something.' }] }];

let scene: TranslatedScene;

beforeAll(async () => {
  scene = await setTranslatedScene();
  scene.behave('events:4');
});

afterAll(() => scene?.close());

type Asked = {
  readonly body?: JsonObject | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string;
};

/** Calls as Google documents it, with the key in its own header unless something else is said. */
function ask(address: string, { body, headers, key = scene.secret }: Asked = {}): Promise<HubAnswer> {
  scene.upstream.journal.clear();
  const withKey = headers ?? { 'x-goog-api-key': key };
  return callHub(scene.hub, undefined, { path: address, body: body ?? { contents: CONTENTS }, headers: withKey });
}

const sentTo = (): readonly string[] => scene.upstream.journal.calls().map(({ path }) => path);

function listIn(text: string): readonly JsonObject[] {
  const list = parseJson(text);
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

function reasonOf({ error }: HubAnswer): unknown {
  const { details } = error;
  return Array.isArray(details) && isJsonObject(details[0]) ? details[0]['reason'] : undefined;
}

describe('a stream without `alt=sse`', () => {
  it.each(PROVIDER_DIALECTS)('is one list of JSON, at a provider of %s', async (dialect) => {
    const address = `/v1beta/models/${MODEL_OF[dialect]}:streamGenerateContent`;
    const [list, events] = [await ask(address), await ask(`${address}?alt=sse`)];
    expect(list.status, list.text).toBe(200);
    expect(list.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(events.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    const pieces = listIn(list.text);
    expect(pieces.length).toBeGreaterThan(1);
    const said = (each: readonly JsonObject[]) => JSON.stringify(each.map(({ candidates }) => candidates));
    const events1 = events.text.split('\n\n').filter((event) => event.startsWith('data: '));
    expect(said(pieces)).toBe(
      said(events1.map((event) => parseJson(event.slice('data: '.length))).filter(isJsonObject)),
    );
    expect((await usageRecord(scene.hub, list.headers['x-request-id']))['status']).toBe('success');
  });

  it('ends in an error as its last item where it is cut', async () => {
    scene.behave('cut:reset:events:3');
    const answer = await ask(`/v1beta/models/${MODEL_OF['openai-chat']}:streamGenerateContent`);
    scene.behave('events:4');
    expect(answer.isComplete).toBe(true);
    expect(listIn(answer.text).at(-1)?.['error']).toMatchObject({ code: 502, status: 'UNAVAILABLE' });
  });

  it('is given again from the cache in the form in which it was asked for', async () => {
    const address = `/v1beta/models/${GEMINI}:streamGenerateContent`;
    const body = { contents: CONTENTS, generationConfig: { temperature: 0 } };
    const headers = { 'x-goog-api-key': scene.secret, 'x-hub-cache': 'on' };
    const first = await ask(address, { body, headers });
    const events = await ask(`${address}?alt=sse`, { body, headers });
    const again = await ask(address, { body, headers });
    expect([first, events, again].map((each) => each.headers['x-hub-cache'])).toEqual(['miss', 'miss', 'hit']);
    expect(again.text).toBe(first.text);
    expect(sentTo()).toEqual([]);
  });
});

describe('a request to a provider of the same format', () => {
  it('goes on byte by byte, and its answer comes back so', async () => {
    const body = Buffer.from(
      `{ "contents" :${JSON.stringify(CONTENTS)},\n"generationConfig": {"topK":3, "temperature": 1.0, "seed":-0} }`,
    );
    const answer = await ask(`/v1beta/models/${GEMINI}:generateContent`, { body });
    expect(answer.status, answer.text).toBe(200);
    const [sent] = scene.upstream.journal.calls();
    expect(sent?.body.toString()).toBe(body.toString());
    expect(sent?.path).toBe('/v1beta/models/gemini-2.5-flash:generateContent');
    expect(answer.headers['x-hub-losses']).toBeUndefined();
    const record = await usageRecord(scene.hub, answer.headers['x-request-id']);
    expect(record).toMatchObject({ status: 'success', usage_basis: 'reported', finish_reason: 'STOP' });
  });

  it('may not name what belongs to the account behind the hub', async () => {
    const kept = { contents: CONTENTS, cachedContent: 'cachedContents/abc' };
    const answer = await ask(`/v1beta/models/${GEMINI}:generateContent`, { body: kept });
    expect([answer.status, reasonOf(answer)]).toEqual([404, 'resource.not_found']);
    expect(sentTo()).toEqual([]);
  });

  it('has its tokens counted there, and by an estimate elsewhere', async () => {
    const there = await ask(`/v1beta/models/${GEMINI}:countTokens`);
    expect(there.json['totalTokens']).toBeGreaterThan(0);
    expect(sentTo()).toEqual(['/v1beta/models/gemini-2.5-flash:countTokens']);
    const body = { generateContentRequest: { model: 'models/any', contents: CONTENTS } };
    const estimated = await ask(`/v1beta/models/${MODEL_OF['anthropic-messages']}:countTokens`, { body });
    expect(estimated.json['totalTokens']).toBeGreaterThan(0);
    expect(estimated.headers['x-hub-usage-basis']).toBe('estimated');
    expect(sentTo()).toEqual([]);
  });
});

describe('the key', () => {
  it.each([
    ['in Google’s header', '', { 'x-goog-api-key': 'KEY' }],
    ['as a bearer', '', { authorization: 'Bearer KEY' }],
    ['in the address', '?key=KEY', {}],
    ['in the address behind another field', '?alt=json&key=KEY', {}],
  ])('is taken %s', async (_, query, headers) => {
    const put = (text: string): string => text.replace('KEY', scene.secret);
    const withKey = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, put(value)]));
    const answer = await ask(`/gemini/v1beta/models/${GEMINI}:generateContent${put(query)}`, { headers: withKey });
    expect(answer.status, answer.text).toBe(200);
    expect(sentTo().join()).not.toContain(scene.secret);
  });

  it('is in the address of Gemini’s format alone', async () => {
    const elsewhere = await callHub(scene.hub, undefined, {
      path: `/v1/chat/completions?key=${scene.secret}`,
      body: {},
    });
    expect(elsewhere).toMatchObject({ status: 401, error: { code: 'auth.key_missing' } });
  });

  it('is written down nowhere', async () => {
    const query = `key=${scene.secret}`;
    await ask(`/v1beta/models/nothing:generateContent?${query}`, { headers: {} });
    await ask(`/v1beta/nowhere?${query}`, { headers: {} });
    expect(scene.hub.log()).not.toContain(scene.secret);
  });

  it('that is wrong is told in Gemini’s shape', async () => {
    const answer = await ask('/v1beta/models/any:generateContent', { key: 'sk-hub-wrong' });
    expect([answer.status, answer.error['status'], reasonOf(answer)]).toEqual([
      401,
      'UNAUTHENTICATED',
      'auth.key_unknown',
    ]);
  });
});

describe('losses', () => {
  it('are told by name, and refuse a request that wants none', async () => {
    const address = `/v1beta/models/${MODEL_OF['openai-chat']}:generateContent`;
    const body = {
      contents: CONTENTS,
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
    };
    expect((await ask(address, { body })).headers['x-hub-losses']).toBe('safetySettings');
    const headers = { 'x-goog-api-key': scene.secret, 'x-hub-strict': '1' };
    const strict = await ask(address, { body, headers });
    expect([strict.status, reasonOf(strict)]).toEqual([422, 'request.not_expressible']);
    expect(sentTo()).toEqual([]);
  });
});
