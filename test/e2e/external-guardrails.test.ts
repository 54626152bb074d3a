import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type JsonObject, parseJson } from '../../src/kernel/json.ts';
import { CALLERS } from '../support/callers.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type GuardReply, type GuardService, startGuardService } from '../support/guard-service.ts';
import {
  asObject,
  callHub,
  chatBody,
  eventually,
  type HubAnswer,
  listOf,
  requestDetail,
  textOf,
} from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { connectDialects, MODEL_OF } from '../support/provider-scene.ts';

/** What becomes of calls of which a guardrail asks a service of the organization's own. */

const EMAIL = 'ann.lee@example.com';
const SECRET = 'guard-secret-4711';
const MODELS = ['fake-small', ...Object.values(MODEL_OF).map((name) => name.slice(name.indexOf('/') + 1))];

let upstream: FakeUpstream;
let service: GuardService;
let hub: HubProcess;
let key: { readonly id: string; readonly secret: string };

beforeAll(async () => {
  upstream = await startFakeUpstream({ models: [...new Set(MODELS)] });
  service = await startGuardService();
  hub = await startHub({ allow: [new URL(upstream.url).host, service.host] });
  await hub.connectFake(upstream, { name: 'openai' });
  await connectDialects(hub, upstream.url);
  key = await hub.createKey('client');
}, 60_000);

afterAll(async () => {
  await hub?.stop();
  await service?.close();
  await upstream?.close();
});

beforeEach(async () => {
  upstream.setScript(undefined);
  upstream.journal.clear();
  service.clear();
  for (const { id } of await listOf(hub, '/guardrails')) await hub.control('DELETE', `/guardrails/${textOf(id)}`);
});

/** Makes one that asks the service. */
async function guardrail(check: JsonObject = {}, more: JsonObject = {}): Promise<JsonObject> {
  return asObject(
    await hub.control('POST', '/guardrails', {
      name: 'Reviewer',
      check: { kind: 'http', url: service.url, timeout_ms: 5000, ...check },
      action: 'block',
      place: 'input',
      scope: { kind: 'organization' },
      ...more,
    }),
  );
}

const ask = (more: JsonObject = {}): Promise<HubAnswer> =>
  callHub(hub, key.secret, { body: chatBody({ model: 'openai/fake-small', ...more }) });
const say = (text: string): JsonObject => ({ messages: [{ role: 'user', content: text }] });
const sent = (): string =>
  upstream.journal
    .entries()
    .map(({ body }) => body.toString())
    .join('\n');
const verdictsOf = async (answer: HubAnswer): Promise<unknown> =>
  (await requestDetail(hub, answer.headers['x-request-id']))['verdicts'];
const storedOf = (answer: HubAnswer): Promise<unknown> =>
  eventually('stored content', () =>
    hub.control('GET', `/usage/requests/${String(answer.headers['x-request-id'])}/content`).catch(() => undefined),
  );

describe('what is asked', () => {
  it('goes on byte for byte where the service lets it pass, which is told of the call and of nothing else', async () => {
    const { id } = await guardrail({ secret: SECRET });
    const raw = `{ "model": "openai/fake-small",\n"messages":[{"role":"system","content":"Be \\u0062rief"},{"role":"user","content":"Hello"}] ,"seed":12345678901234567890}`;
    const answer = await callHub(hub, key.secret, { body: raw, headers: { 'content-type': 'application/json' } });
    expect(answer.status, answer.text).toBe(200);
    expect(sent()).toContain('"Be \\u0062rief"},{"role":"user","content":"Hello"}] ,"seed":12345678901234567890');
    const [{ headers, body } = { headers: {}, body: {} }, ...more] = service.asked;
    expect(more).toEqual([]);
    expect(headers).toMatchObject({ authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' });
    const { organization_id, project_id, ...rest } = body;
    expect(rest).toEqual({
      version: 1,
      request_id: answer.headers['x-request-id'],
      guardrail_id: id,
      direction: 'input',
      model: 'openai/fake-small',
      key_id: key.id,
      texts: ['Be brief', 'Hello'],
    });
    expect([organization_id, project_id]).toEqual([expect.any(String), expect.any(String)]);
    expect(await verdictsOf(answer)).toBeUndefined();
  });

  it('is flagged, masked and blocked as the service says', async () => {
    const { id } = await guardrail();
    await hub.control('PUT', '/organization/content-policy', { store: true, redact: false });
    const about = { guardrail_id: id, name: 'Reviewer', place: 'input', matches: { external: 1 } };

    service.setReply(() => ({ action: 'flag', reason: 'looks\nodd' }));
    const flagged = await ask(say('Hello'));
    expect(flagged.status).toBe(200);
    expect(sent()).toContain('"Hello"');
    expect(await verdictsOf(flagged)).toEqual([{ ...about, verdict: 'flag', reason: 'looks odd' }]);

    service.setReply(() => ({ action: 'mask', texts: ['A word of "theirs"'] }));
    upstream.journal.clear();
    const masked = await ask(say('A word of mine'));
    expect(masked.status).toBe(200);
    expect(sent()).toContain(JSON.stringify('A word of "theirs"'));
    expect(sent()).not.toContain('of mine');
    expect(await verdictsOf(masked)).toEqual([{ ...about, verdict: 'mask' }]);
    const stored = JSON.stringify(await storedOf(masked));
    expect(stored).toContain('theirs');
    expect(stored).not.toContain('of mine');

    service.setReply(() => ({ action: 'block', reason: 'a secret plan' }));
    upstream.journal.clear();
    const blocked = await ask(say('Project falcon'));
    expect(blocked).toMatchObject({ status: 400, error: { code: 'guardrail.blocked' } });
    expect(blocked.text).toContain('“Reviewer”');
    expect(blocked.text).not.toContain('secret plan');
    expect(upstream.journal.calls()).toEqual([]);
    expect(await verdictsOf(blocked)).toEqual([{ ...about, verdict: 'block', reason: 'a secret plan' }]);
    expect(JSON.stringify(await storedOf(blocked))).not.toContain('falcon');
    await hub.control('PUT', '/organization/content-policy', { store: false });
  });

  it('is shown to the service as other guardrails have masked it, and told of alone where it only flags', async () => {
    const personal = { check: { kind: 'personal', finds: ['email'] }, action: 'mask', order: 9 };
    await guardrail({}, { action: 'flag', place: 'both' });
    await guardrail({}, { ...personal, name: 'Addresses' });
    service.setReply(() => ({ action: 'block' }));
    upstream.setScript(() => ({ says: ['Dear [EMAIL_1]'] }));
    for (const stream of [false, true]) {
      const before = service.asked.length;
      const answer = await ask({ ...say(`Write to ${EMAIL}`), stream });
      expect(answer.status, answer.text).toBe(200);
      expect(answer.text).toContain(`Dear ${EMAIL}`);
      expect(service.asked.slice(before).map(({ body }) => [body['direction'], body['texts']])).toEqual([
        ['input', ['Write to [EMAIL_1]']],
        ['output', ['Dear [EMAIL_1]']],
      ]);
      expect(await verdictsOf(answer)).toMatchObject([
        { name: 'Addresses', verdict: 'mask' },
        { name: 'Reviewer', verdict: 'flag', place: 'input' },
        { name: 'Reviewer', verdict: 'flag', place: 'output' },
      ]);
    }
  });
});

const WRONG: readonly (readonly [what: string, reply: GuardReply, reason: string])[] = [
  ['does not answer in time', 'never', 'upstream.timeout'],
  ['answers with a failure', { status: 500, text: '{"action":"pass"}' }, 'it answered 500'],
  ['answers with no content', { status: 204, text: '' }, 'it answered 204'],
  ['sends the hub elsewhere', { status: 307, text: '', headers: { location: '/there' } }, 'upstream.invalid_answer'],
  ['answers with no JSON', { status: 200, text: 'pass' }, 'its answer is none that a guardrail gives'],
  ['says what no guardrail does', { action: 'allow' }, 'its answer is none that a guardrail gives'],
  ['masks without texts', { action: 'mask' }, 'its answer is none that a guardrail gives'],
  ['masks other texts than there are', { action: 'mask', texts: ['a', 'b'] }, 'it masked 2 texts of 1'],
  [
    'says far too much',
    { status: 200, text: JSON.stringify({ action: 'pass', reason: 'x'.repeat(3_000_000) }) },
    'upstream.answer_too_large',
  ],
];

describe('a service that', () => {
  it.each(WRONG)('%s ends the call or lets it go on, as the guardrail says', async (_what, reply, reason) => {
    service.setReply(() => reply);
    const { id } = await guardrail({ timeout_ms: 300 });
    const ended = await ask(say('Hello'));
    expect(ended).toMatchObject({ status: 503, error: { code: 'guardrail.unavailable' } });
    expect(upstream.journal.calls()).toEqual([]);
    expect(service.asked.length).toBe(1);
    const verdict = { name: 'Reviewer', place: 'input', matches: { external_failure: 1 }, reason };
    expect(await verdictsOf(ended)).toEqual([{ ...verdict, guardrail_id: id, verdict: 'block' }]);

    await hub.control('DELETE', `/guardrails/${textOf(id)}`);
    await guardrail({ timeout_ms: 300, on_failure: 'pass' });
    const gone = await ask(say('Hello'));
    expect(gone.status, gone.text).toBe(200);
    expect(sent()).toContain('"Hello"');
    expect(await verdictsOf(gone)).toMatchObject([{ ...verdict, verdict: 'flag' }]);
  });

  it('is not reached, or lies where the hub may not go, does so too', async () => {
    for (const url of ['http://127.0.0.1:9/', 'https://169.254.169.254/latest']) {
      const { id } = await guardrail({ url });
      expect((await ask(say('Hello'))).error['code']).toBe('guardrail.unavailable');
      await hub.control('DELETE', `/guardrails/${textOf(id)}`);
    }
  });

  it('is asked for a caller who goes is hung up on', async () => {
    service.setReply(() => 'never');
    await guardrail({ timeout_ms: 10_000 });
    const caller = new AbortController();
    const call = callHub(hub, key.secret, {
      body: chatBody({ model: 'openai/fake-small' }),
      signal: caller.signal,
    }).catch(() => undefined);
    await eventually('be asked', async () => service.asked.length === 1);
    caller.abort();
    await call;
    await eventually('be left', async () => service.left() === 1);
    expect(upstream.journal.calls()).toEqual([]);
  });
});

describe('what is answered', () => {
  const words = Array.from({ length: 60 }, (_, index) => `word${index} `);
  const OUTPUT = { place: 'output' };
  const FORMS = CALLERS.flatMap((caller) =>
    [true, false].map((stream) => ({ caller, stream, dialect: caller.dialect })),
  );

  it.each(FORMS)('is held until the service has looked at all of it: $dialect (streamed: $stream)', async (form) => {
    const { caller, stream } = form;
    await guardrail({}, OUTPUT);
    upstream.setScript(() => ({ says: [...words, 'fal', 'con'] }));
    const asked = caller.ask({ model: MODEL_OF['openai-chat'], stream });
    const whole = `${words.join('')}falcon`;

    const passed = await callHub(hub, key.secret, asked);
    expect(passed.status, passed.text).toBe(200);
    expect(caller.textOf(passed)).toBe(whole);
    expect(service.asked.map(({ body }) => [body['direction'], body['texts']])).toEqual([['output', [whole]]]);

    service.setReply(({ body }) => ({
      action: 'mask',
      texts: (Array.isArray(body['texts']) ? body['texts'] : []).map((text) => textOf(text).replace('falcon', '***')),
    }));
    const masked = await callHub(hub, key.secret, asked);
    expect(caller.textOf(masked)).toBe(`${words.join('')}***`);
    if (stream) expect(caller.isWhole(masked)).toBe(true);
    expect(masked.text).not.toContain('falcon');
    expect(await verdictsOf(masked)).toMatchObject([{ verdict: 'mask', place: 'output', matches: { external: 1 } }]);

    service.setReply(() => ({ action: 'block' }));
    const blocked = await callHub(hub, key.secret, asked);
    expect(blocked.status, blocked.text).toBe(400);
    expect(caller.errorCode(blocked)).toBe('guardrail.blocked');
    expect(blocked.text).not.toContain('word');
    const detail = await requestDetail(hub, blocked.headers['x-request-id']);
    expect(detail).toMatchObject({
      usage_record: { status: 'upstream_error', error_code: 'guardrail.blocked' },
      verdicts: [{ verdict: 'block', place: 'output' }],
    });
    const { usage } = asObject(detail['usage_record']);
    expect(Number(asObject(usage)['output_tokens'])).toBeGreaterThan(0);
  });

  it.each([true, false])('ends or goes on where the service does not answer (streamed: %s)', async (stream) => {
    service.setReply(() => 'never');
    const { id } = await guardrail({ timeout_ms: 200 }, OUTPUT);
    upstream.setScript(() => ({ says: ['falcon'] }));
    const ended = await ask({ stream });
    expect(ended).toMatchObject({ status: 503, error: { code: 'guardrail.unavailable' } });
    expect(ended.text).not.toContain('falcon');
    await hub.control('DELETE', `/guardrails/${textOf(id)}`);
    await guardrail({ timeout_ms: 200, on_failure: 'pass' }, OUTPUT);
    const gone = await ask({ stream });
    expect(gone.status).toBe(200);
    expect(gone.text).toContain('falcon');
    expect(await verdictsOf(gone)).toMatchObject([{ verdict: 'flag', matches: { external_failure: 1 } }]);
  });

  it('is given to nobody where its provider cuts it', async () => {
    await guardrail({}, OUTPUT);
    upstream.setScript(() => ({ says: words, cut: { how: 'end', unit: 'events', after: 3 } }));
    const answer = await ask({ stream: true });
    expect(answer.error['code']).toBe('upstream.cut');
    expect(answer.text).not.toContain('word0');
    expect(service.asked).toEqual([]);
  });

  it.each([true, false])('of completions is judged, too (streamed: %s)', async (stream) => {
    await guardrail({}, OUTPUT);
    upstream.setScript(() => ({ says: ['Dear ', 'fal', 'con'] }));
    const body = { model: 'openai/fake-small', prompt: 'Write', stream };
    const call = { path: '/v1/completions', body };
    service.setReply(() => ({ action: 'mask', texts: ['Dear ***'] }));
    const masked = await callHub(hub, key.secret, call);
    expect(masked.status, masked.text).toBe(200);
    const pieces = stream
      ? masked.events.filter((data) => data !== '[DONE]').map((data) => asObject(parseJson(data)))
      : [masked.json];
    const texts = pieces.flatMap(({ choices }) =>
      (Array.isArray(choices) ? choices : []).map((each) => textOf(asObject(each)['text'])),
    );
    expect(texts.join('')).toBe('Dear ***');
    if (stream) expect(masked.events.at(-1)).toBe('[DONE]');
    service.setReply(() => ({ action: 'block' }));
    expect(await callHub(hub, key.secret, call)).toMatchObject({ status: 400, error: { code: 'guardrail.blocked' } });
  });
});

describe('the guardrail itself', () => {
  it('never gives its secret back, and tells it to no other address', async () => {
    const made = await guardrail({ secret: SECRET });
    expect(made).toMatchObject({ check: { kind: 'http', has_secret: true, timeout_ms: 5000, on_failure: 'block' } });
    const path = `/guardrails/${textOf(made['id'])}`;
    const terms = { name: 'Renamed', action: 'block', place: 'input', scope: { kind: 'organization' } };
    const check = { kind: 'http', url: service.url };
    const put = (more: JsonObject) => hub.control('PUT', path, { ...terms, check: { ...check, ...more } });
    expect(await put({})).toMatchObject({ name: 'Renamed', check: { has_secret: true, timeout_ms: 2000 } });
    await ask(say('Hello'));
    expect(service.asked.at(-1)?.headers.authorization).toBe(`Bearer ${SECRET}`);
    await expect(put({ url: `http://${service.host}/other` })).rejects.toThrowError(/enter it again/);
    expect(await put({ url: `http://${service.host}/other`, secret: 'another' })).toMatchObject({
      check: { has_secret: true },
    });
    await ask(say('Hello'));
    expect(service.asked.at(-1)?.headers.authorization).toBe('Bearer another');
    expect(await put({ url: `http://${service.host}/other`, secret: null })).toMatchObject({
      check: { has_secret: false },
    });
    await ask(say('Hello'));
    expect(service.asked.at(-1)?.headers).not.toHaveProperty('authorization');
    const shown = await Promise.all(['/guardrails', path, '/audit?limit=50'].map((each) => hub.control('GET', each)));
    expect(JSON.stringify(shown)).not.toMatch(new RegExp(`${SECRET}|another`));
    expect(hub.log()).not.toContain(SECRET);
  });

  it('can be tried, and its calls are counted', async () => {
    const { id } = await guardrail({ secret: SECRET }, { place: 'both' });
    service.setReply(() => ({ action: 'mask', texts: ['***'], reason: 'a plan' }));
    const tried = await hub.control('POST', '/guardrails/test', { text: 'falcon', place: 'output' });
    expect(tried).toEqual({
      verdict: 'mask',
      text: '***',
      verdicts: [
        {
          guardrail_id: id,
          name: 'Reviewer',
          verdict: 'mask',
          place: 'output',
          matches: { external: 1 },
          reason: 'a plan',
        },
      ],
    });
    expect(service.asked.at(-1)?.body).toMatchObject({ direction: 'output', texts: ['falcon'] });
    expect(service.asked.at(-1)?.body).not.toHaveProperty('request_id');
    service.setReply(() => ({ status: 502, text: '' }));
    expect(await hub.control('POST', '/guardrails/test', { text: 'falcon' })).toMatchObject({
      verdict: 'block',
      verdicts: [{ matches: { external_failure: 1 }, reason: 'it answered 502' }],
    });
    await ask(say('Hello'));
    const { text } = await callHub(hub, hub.controlToken, { method: 'GET', path: '/metrics' });
    expect(text).toMatch(/hub_guardrail_calls_total\{action="failed"[^}]*\} [1-9]/);
  });
});
