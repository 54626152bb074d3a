import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../kernel/json.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

const TERMS = {
  name: 'No addresses',
  check: { kind: 'personal', finds: ['email', 'email'] },
  action: 'mask',
  place: 'both',
  scope: { kind: 'organization' },
};

const HTTP = { kind: 'http', url: 'https://guard.example.com/v1' };
const ASKS = { ...TERMS, check: HTTP, action: 'block' };

it('a guardrail that asks a service keeps its secret to itself, for that address', async () => {
  const made = await plane.call('POST', '/guardrails', { ...ASKS, check: { ...HTTP, secret: 'guard-secret' } });
  expect(made).toMatchObject({
    status: 201,
    body: { check: { ...HTTP, has_secret: true, timeout_ms: 2000, on_failure: 'block' } },
  });
  const { id } = made.body as { readonly id: string };
  const put = (check: JsonObject) => plane.call('PUT', `/guardrails/${id}`, { ...ASKS, check: { ...HTTP, ...check } });
  expect((await put({ on_failure: 'pass' })).body).toMatchObject({ check: { has_secret: true, on_failure: 'pass' } });
  expect(await put({ url: 'https://other.example.com' })).toMatchObject({
    status: 400,
    body: { error: { param: 'check.secret' } },
  });
  expect((await put({ url: 'https://other.example.com', secret: null })).body).toMatchObject({
    check: { has_secret: false },
  });
  expect(JSON.stringify(plane.state.acts)).not.toContain('guard-secret');
});

it('a service is asked by few guardrails, and tried by those that are stored', async () => {
  for (let count = 0; count < 5; count += 1) {
    expect((await plane.call('POST', '/guardrails', ASKS)).status).toBe(201);
  }
  expect((await plane.call('POST', '/guardrails', ASKS)).status).toBe(400);
  expect((await plane.call('POST', '/guardrails/test', { text: 'falcon', guardrails: [ASKS] })).status).toBe(400);
  expect((await plane.call('POST', '/guardrails/test', { text: 'falcon' })).body).toMatchObject({
    verdict: 'block',
    verdicts: [{ verdict: 'block', matches: { external: 1 }, reason: 'as the service says' }],
  });
});

it('a guardrail is made, shown, changed by who has read it, and taken away', async () => {
  const made = await plane.call('POST', '/guardrails', TERMS);
  expect(made).toMatchObject({
    status: 201,
    body: { name: 'No addresses', check: { finds: ['email'] }, order: 0, enabled: true, revision: 1 },
  });
  const { id } = made.body as { readonly id: string };
  const later = await plane.call('POST', '/guardrails', { ...TERMS, name: 'First', order: 0, enabled: false });
  await plane.call('PUT', `/guardrails/${id}`, { ...TERMS, order: 5 });
  const list = (await plane.call('GET', '/guardrails')).body as { readonly data: readonly { readonly id: string }[] };
  expect(list.data.map((each) => each.id)).toEqual([(later.body as { readonly id: string }).id, id]);
  const put = (ifMatch: string) =>
    plane.call('PUT', `/guardrails/${id}`, { ...TERMS, action: 'block' }, { 'if-match': ifMatch });
  expect((await put('"1"')).status).toBe(412);
  expect(await put('"2"')).toMatchObject({ status: 200, body: { action: 'block', revision: 3 } });
  expect((await plane.call('DELETE', `/guardrails/${id}`, undefined, { 'if-match': '"1"' })).status).toBe(412);
  expect((await plane.call('DELETE', `/guardrails/${id}`)).body).toMatchObject({ id, deleted: true });
  expect((await plane.call('GET', `/guardrails/${id}`)).status).toBe(404);
  expect(plane.state.acts.at(-1)).toMatchObject({
    act: { action: 'deleteGuardrail' },
    ending: { targetKind: 'guardrail' },
  });
});

it('a text is tried on guardrails that are given, named or switched on', async () => {
  const made = await plane.call('POST', '/guardrails', TERMS);
  const { id } = made.body as { readonly id: string };
  await plane.call('POST', '/guardrails', { ...TERMS, name: 'Off', action: 'block', enabled: false });
  const test = async (more: JsonObject) =>
    (await plane.call('POST', '/guardrails/test', { text: 'Write to ann@example.com, falcon', ...more })).body;
  const masked = {
    verdict: 'mask',
    text: 'Write to [EMAIL_1], falcon',
    verdicts: [{ guardrail_id: id, name: 'No addresses', verdict: 'mask', place: 'input', matches: { email: 1 } }],
  };
  expect(await test({})).toEqual(masked);
  expect(await test({ guardrail_ids: [id] })).toEqual(masked);
  const words = { ...TERMS, name: 'Words', action: 'block', check: { kind: 'words', words: ['Falcon'] } };
  const blocked = await test({ guardrails: [words], place: 'output' });
  expect(blocked).toMatchObject({ verdict: 'block', verdicts: [{ name: 'Words', place: 'output' }] });
  expect(blocked).not.toHaveProperty('text');
  expect(await test({ guardrails: [{ ...words, check: { kind: 'words', patterns: ['PRJ'] } }] })).toMatchObject({
    verdict: 'pass',
    verdicts: [],
  });
});

it.each<[string, JsonObject]>([
  ['that looks for nothing', { check: { kind: 'personal', finds: [] } }],
  ['without a word', { check: { kind: 'words' } }],
  ['whose pattern goes back', { check: { kind: 'words', patterns: ['(?=a)b'] } }],
  ['whose pattern fits nothing at all', { check: { kind: 'words', patterns: ['a*'] } }],
  ['of too many words', { check: { kind: 'words', words: Array.from({ length: 201 }, (_, index) => `w${index}`) } }],
  ['that masks a length', { check: { kind: 'length', characters_max: 5 }, place: 'input' }],
  ['of the length of answers', { check: { kind: 'length', characters_max: 5 }, action: 'block' }],
  ['of a project that is not there', { scope: { kind: 'project', id: 'proj_none' } }],
  ['of a key without an id', { scope: { kind: 'key' } }],
  ['that masks by itself what a service judges', { check: HTTP }],
  [
    'whose service has a password in its address',
    { ...ASKS, check: { ...HTTP, url: 'https://a:b@guard.example.com' } },
  ],
  ['whose service is given too long', { ...ASKS, check: { ...HTTP, timeout_ms: 10_001 } }],
  ['whose service speaks something else', { ...ASKS, check: { ...HTTP, url: 'ftp://guard.example.com' } }],
  ['whose secret is no header', { ...ASKS, check: { ...HTTP, secret: 'two words' } }],
  ['of nobody known', { check: { kind: 'personal', finds: ['shoe_size'] } }],
])('a guardrail %s is none', async (_, more) => {
  expect((await plane.call('POST', '/guardrails', { ...TERMS, ...more })).status).toBe(400);
});
