import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type JsonObject, parseJson } from '../../src/kernel/json.ts';
import { CALLERS, type CallerKind } from '../support/callers.ts';
import { callRoute, EVERY_ROUTE, ROUTE_MODELS } from '../support/every-route.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, chatBody, eventually, listOf, requestDetail, textOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { connectDialects, MODEL_OF, PROVIDER_DIALECTS } from '../support/provider-scene.ts';

/** What guardrails do to calls, from the caller's bytes to the provider's and back. */

const EMAIL = 'ann.lee@example.com';
/** A placeholder in pieces, as models say it. */
const ANSWER = ['Dear ', '[EMA', 'IL_', '1', '], not ', '[EMAIL_9] nor [', 'EMAIL'];
const RESTORED = `Dear ${EMAIL}, not [EMAIL_9] nor [EMAIL`;
const MODELS = [
  ...new Set([
    ...Object.values(ROUTE_MODELS),
    ...Object.values(MODEL_OF).map((name) => name.slice(name.indexOf('/') + 1)),
  ]),
];
const MASK: JsonObject = {
  name: 'Addresses',
  check: { kind: 'personal', finds: ['email'] },
  action: 'mask',
  place: 'input',
  scope: { kind: 'organization' },
};
const WORDS: JsonObject = { ...MASK, name: 'Code names', check: { kind: 'words', words: ['falcon'] }, action: 'block' };

let upstream: FakeUpstream;
let hub: HubProcess;
let secret: string;

beforeAll(async () => {
  upstream = await startFakeUpstream({ models: MODELS });
  hub = await startHub({ allow: [new URL(upstream.url).host] });
  await hub.connectFake(upstream, { name: 'openai' });
  await connectDialects(hub, upstream.url);
  ({ secret } = await hub.createKey('client'));
}, 60_000);

afterAll(async () => {
  await hub?.stop();
  await upstream?.close();
});

beforeEach(async () => {
  upstream.setScript(undefined);
  upstream.journal.clear();
  for (const { id } of await listOf(hub, '/guardrails')) await hub.control('DELETE', `/guardrails/${textOf(id)}`);
});

const guardrail = async (terms: JsonObject): Promise<JsonObject> =>
  asObject(await hub.control('POST', '/guardrails', terms));

/** All that reached the provider, as text. */
const sent = (): string =>
  upstream.journal
    .entries()
    .map(({ body }) => body.toString())
    .join('\n');

const PAIRS = CALLERS.flatMap((caller) =>
  PROVIDER_DIALECTS.flatMap((provider) => [true, false].map((stream) => ({ caller, provider, stream }))),
).map((pair) => ({ ...pair, dialect: pair.caller.dialect }));

describe('what is masked', () => {
  it.each(PAIRS)(
    'is a placeholder for $provider, and the value for a caller of $dialect (streamed: $stream)',
    async ({ caller, provider, stream }) => {
      const { id } = await guardrail(MASK);
      upstream.setScript(() => ({ says: ANSWER }));
      const asked = caller.ask({ model: MODEL_OF[provider], text: `Write to ${EMAIL}, ${EMAIL}`, stream });
      const answer = await callHub(hub, secret, asked);
      expect(answer.status, answer.text).toBe(200);
      expect(caller.textOf(answer)).toBe(RESTORED);
      if (stream) expect(caller.isWhole(answer)).toBe(true);
      expect(sent()).toContain('Write to [EMAIL_1], [EMAIL_1]');
      expect(sent()).not.toContain(EMAIL);
      const { verdicts } = await requestDetail(hub, answer.headers['x-request-id']);
      expect(verdicts).toEqual([
        { guardrail_id: id, name: 'Addresses', verdict: 'mask', place: 'input', matches: { email: 2 } },
      ]);
    },
  );

  it.each([true, false])('is put back into completions, too (streamed: %s)', async (stream) => {
    await guardrail(MASK);
    upstream.setScript(() => ({ says: ANSWER }));
    const body = { model: 'openai/fake-small', prompt: `To ${EMAIL}`, stream };
    const answer = await callHub(hub, secret, { path: '/v1/completions', body });
    expect(answer.status, answer.text).toBe(200);
    const pieces = stream
      ? answer.events.filter((data) => data !== '[DONE]').map((data) => asObject(parseJson(data)))
      : [answer.json];
    const texts = pieces.flatMap(({ choices }) =>
      (Array.isArray(choices) ? choices : []).map((each) => textOf(asObject(each)['text'])),
    );
    expect(texts.join('')).toBe(RESTORED);
    expect(sent()).toContain('To [EMAIL_1]');
  });

  it('leaves every other byte of a request as it is, and nothing of a call without guardrails is read', async () => {
    const raw = `{ "model": "openai/fake-small",\n"n" : 1, "messages":[{"role":"user","content":"Ma\\u0061il ${EMAIL}"}] ,"seed":12345678901234567890}`;
    const call = { body: raw, headers: { 'content-type': 'application/json' } };
    await callHub(hub, secret, call);
    const untouched = sent();
    expect(untouched).toContain(`"Ma\\u0061il ${EMAIL}"`);
    upstream.journal.clear();
    await guardrail({ ...MASK, action: 'flag' });
    await callHub(hub, secret, call);
    expect(sent()).toBe(untouched);
  });

  it('is a placeholder in what is stored of the request and its answer', async () => {
    await guardrail(MASK);
    await hub.control('PUT', '/organization/content-policy', { store: true, redact: false });
    upstream.setScript(() => ({ says: ANSWER }));
    for (const stream of [true, false]) {
      const answer = await callHub(hub, secret, {
        body: chatBody({ model: 'openai/fake-small', messages: [{ role: 'user', content: `To ${EMAIL}` }], stream }),
      });
      expect(answer.text).toContain(EMAIL);
      const id = String(answer.headers['x-request-id']);
      const stored = await eventually('stored content', () =>
        hub.control('GET', `/usage/requests/${id}/content`).catch(() => undefined),
      );
      const text = JSON.stringify(stored);
      expect(text).toContain('To [EMAIL_1]');
      expect(text).not.toContain(EMAIL);
    }
    await hub.control('PUT', '/organization/content-policy', { store: false });
  });
});

describe('what is blocked', () => {
  const textRoutes = EVERY_ROUTE.filter(
    ({ operation }) => operation !== 'transcriptions' && operation !== 'translations',
  );

  it.each(textRoutes)('never leaves: $path', async (route) => {
    await guardrail({ ...WORDS, check: { kind: 'words', words: ['something', 'calm', 'calmer'] } });
    const answer = await callRoute(hub.address, secret, route);
    expect(answer.status, answer.text).toBe(400);
    expect(answer.text).toContain('guardrail.blocked');
    expect(answer.text).toContain('“Code names”');
    expect(upstream.journal.calls()).toEqual([]);
  });

  it('is on record without what was found, costs nothing, and takes no limit', async () => {
    await guardrail(WORDS);
    const window = { kind: 'calendar', unit: 'day', time_zone: 'UTC' };
    const limit = {
      name: 'All',
      subject: { kind: 'organization' },
      measure: 'requests',
      amount: '9',
      mode: 'hard',
      window,
    };
    const { id } = asObject(await hub.control('POST', '/limits', limit));
    const before = asObject(await hub.control('GET', `/limits/${textOf(id)}`))['counts'];
    const answer = await callHub(hub, secret, {
      body: chatBody({ model: 'openai/fake-small', messages: [{ role: 'system', content: 'Project FALCON' }] }),
    });
    expect(answer).toMatchObject({ status: 400, error: { code: 'guardrail.blocked' } });
    expect(answer.text).not.toMatch(/falcon/i);
    const detail = await requestDetail(hub, answer.headers['x-request-id']);
    expect(detail).toMatchObject({
      usage_record: { status: 'rejected', error_code: 'guardrail.blocked', cost_nano_usd: '0' },
      attempts: [],
      verdicts: [{ name: 'Code names', verdict: 'block', place: 'input', matches: { word: 1 } }],
    });
    expect(JSON.stringify(detail)).not.toMatch(/falcon/i);
    expect(asObject(await hub.control('GET', `/limits/${textOf(id)}`))['counts']).toEqual(before);
    await hub.control('DELETE', `/limits/${textOf(id)}`);
  });

  it.each(CALLERS.flatMap((caller) => [true, false].map((stream) => ({ caller, stream, dialect: caller.dialect }))))(
    'in an answer ends it in the caller’s own form: $dialect (streamed: $stream)',
    async ({ caller, stream }: { readonly caller: CallerKind; readonly stream: boolean }) => {
      await guardrail({ ...WORDS, place: 'output' });
      const filler = Array.from({ length: 120 }, (_, index) => `word${index} `);
      upstream.setScript(() => ({ says: [...filler, 'Fal', 'con ', ...filler] }));
      const answer = await callHub(hub, secret, caller.ask({ model: MODEL_OF['openai-chat'], stream }));
      expect(answer.status).toBe(stream ? 200 : 400);
      expect(caller.errorCode(answer)).toBe('guardrail.blocked');
      expect(answer.text).not.toMatch(/falcon/i);
      if (stream) expect(caller.textOf(answer)).toMatch(/^word0 word1 /);
      const detail = await requestDetail(hub, answer.headers['x-request-id']);
      expect(detail).toMatchObject({
        usage_record: { status: 'upstream_error', error_code: 'guardrail.blocked' },
        verdicts: [{ name: 'Code names', verdict: 'block', place: 'output', matches: { word: 1 } }],
      });
      const { usage } = asObject(detail['usage_record']);
      expect(Number(asObject(usage)['output_tokens'])).toBeGreaterThan(0);
    },
  );
});

describe('which calls a guardrail looks at', () => {
  const ask = (key: string, model = 'openai/fake-small') =>
    callHub(hub, key, { body: chatBody({ model, messages: [{ role: 'user', content: 'falcon' }] }) });

  it('those of its project, its key, its models, and those of nobody while it is off', async () => {
    const { id: projectId } = asObject(await hub.control('POST', '/projects', { name: 'Watched' }));
    const watched = await hub.createKey('watched', { project_id: textOf(projectId) });
    const { id } = await guardrail({ ...WORDS, scope: { kind: 'project', id: textOf(projectId) } });
    expect([(await ask(secret)).status, (await ask(watched.secret)).status]).toEqual([200, 400]);
    await hub.control('PUT', `/guardrails/${textOf(id)}`, { ...WORDS, scope: { kind: 'key', id: watched.id } });
    expect([(await ask(secret)).status, (await ask(watched.secret)).status]).toEqual([200, 400]);
    await hub.control('PUT', `/guardrails/${textOf(id)}`, { ...WORDS, models: ['gpt-5*'] });
    expect([(await ask(secret)).status, (await ask(secret, MODEL_OF['openai-chat'])).status]).toEqual([200, 400]);
    await hub.control('PUT', `/guardrails/${textOf(id)}`, { ...WORDS, enabled: false });
    expect((await ask(secret)).status).toBe(200);
  });

  it('a fallback to a model that has guardrails of its own is no way around them', async () => {
    const { id } = asObject(
      await hub.control('POST', '/routes', {
        name: 'careful',
        tiers: [{ targets: [{ model: 'openai/fake-small' }] }],
        fallbacks: { context_too_long: MODEL_OF['anthropic-messages'] },
      }),
    );
    const tooLong = JSON.stringify({ error: { message: 'too long', code: 'context_length_exceeded' } });
    upstream.setScript(({ model }) =>
      model === 'fake-small' ? { instead: { kind: 'status', status: 400, body: tooLong } } : undefined,
    );
    expect((await ask(secret, 'careful')).status).toBe(200);
    await guardrail({ ...WORDS, models: ['claude-*'] });
    upstream.journal.clear();
    expect((await ask(secret, 'careful')).error['code']).toBe('upstream.bad_request');
    expect(upstream.journal.calls().map(({ model }) => model)).toEqual(['fake-small']);
    await hub.control('DELETE', `/routes/${textOf(id)}`);
  });
});
