import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { isJsonObject } from '../../src/kernel/json.ts';
import type { AccessLists, RuleScope } from '../../src/protocol/people.ts';
import type { Tenant } from '../../src/protocol/tenant.ts';
import { accessRule } from '../../src/storage/testing/rows.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody, eventually, type HubAnswer, type HubCall } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { type PublicNet, startPublicNet } from '../support/public-net.ts';
import { openTenants, type Tenants } from '../support/tenants.ts';

/** Two organizations at one hub, each with a provider of its own on the public net, beside the operator's. */
const ACME_IP = '1.1.1.1';
const OTHER_IP = '1.0.0.1';
const ACME_SECRET = 'sk-acme-own-credential';
const MODEL = 'fake-small';
/** A change has to hold within two seconds. */
const SOON_MS = 2000;

let folder: string;
let operators: FakeUpstream;
let acmes: FakeUpstream;
let others: FakeUpstream;
let net: PublicNet;
let tenants: Tenants;
let hub: HubProcess;
let acme: Tenant;
let other: Tenant;
/** Keys of each, without anything special about them. */
let acmeKey: string;
let otherKey: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hub-tenants-'));
  operators = await startFakeUpstream();
  // What only the list tells is found by the look at all connections after the start.
  acmes = await startFakeUpstream({ models: [MODEL, 'own-tune', 'listed'] });
  others = await startFakeUpstream({ models: [MODEL, 'own-tune'] });
  const targets = new Map([
    [ACME_IP, acmes.port],
    [OTHER_IP, others.port],
  ]);
  net = await startPublicNet(targets, folder);
  tenants = await openTenants(folder);
  acme = tenants.addOrganization('Acme');
  other = tenants.addOrganization('Other');
  const own = { secret: ACME_SECRET, models: [MODEL, 'own-tune'], region: 'eu-west-1' };
  await tenants.addConnection(acme, { ...own, name: 'acme', baseUrl: `https://${ACME_IP}/v1` });
  await tenants.addConnection(other, { ...own, name: 'theirs', baseUrl: `https://${OTHER_IP}/v1` });
  acmeKey = (await tenants.addKey(acme)).secret;
  otherKey = (await tenants.addKey(other)).secret;
  const environment = { ...net.environment, HUB_PUBLIC_MODELS: 'true' };
  hub = await startHub({ dataDir: folder, environment, allow: [`127.0.0.1:${operators.port}`] });
  await hub.connectFake(operators);
});

afterAll(async () => {
  await hub?.stop();
  await tenants?.close();
  await net?.close();
  await Promise.all([operators, acmes, others].map((upstream) => upstream?.close()));
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  for (const upstream of [operators, acmes, others]) upstream.journal.clear();
});

function chat(secret: string | undefined, more: JsonObject = {}, call: HubCall = {}): Promise<HubAnswer> {
  return callHub(hub, secret, { ...call, body: chatBody({ model: MODEL, ...more }) });
}

/** Asks until the answer is as it has to be; a change made beside the hub is seen at its next look. */
function soon(what: string, ask: () => Promise<boolean>): Promise<boolean> {
  return eventually(what, ask, SOON_MS);
}

/** Who was asked, by their names, since the test began. */
function asked(): readonly string[] {
  const chats = (upstream: FakeUpstream) => upstream.journal.calls().length;
  return [
    ...Array.from({ length: chats(operators) }, () => 'operator'),
    ...Array.from({ length: chats(acmes) }, () => 'acme'),
    ...Array.from({ length: chats(others) }, () => 'other'),
  ];
}

async function namesFor(secret: string): Promise<readonly unknown[]> {
  const { json } = await callHub(hub, secret, { method: 'GET', path: '/v1/models' });
  return Array.isArray(json['data']) ? json['data'].map((row) => (isJsonObject(row) ? row['id'] : row)) : [];
}

describe('an organization’s own connection', () => {
  it('is tried before the operator’s, with its own credential, through the public net', async () => {
    const answer = await chat(acmeKey);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers['x-hub-connection']).toBe('acme');
    expect(asked()).toEqual(['acme']);
    expect(acmes.journal.calls().at(-1)?.headers['authorization']).toBe(`Bearer ${ACME_SECRET}`);
    expect(net.asked).toContain(`${ACME_IP}:443`);
  });

  it('leaves the rest to the operator’s', async () => {
    const answer = await chat(acmeKey, { model: 'fake-large' });
    expect([answer.status, answer.headers['x-hub-connection']]).toEqual([200, 'fake']);
    expect(asked()).toEqual(['operator']);
  });

  it('fails over to the operator’s', async () => {
    acmes.setScript(() => ({ instead: { kind: 'status', status: 503 } }));
    const answer = await chat(acmeKey);
    acmes.setScript(undefined);
    expect(answer.headers['x-hub-connection'], answer.text).toBe('fake');
    expect(asked()).toEqual(['operator', 'acme']);
  });

  it.each(['theirs/own-tune', `theirs/${MODEL}`, 'theirs/nothing'])(
    'is not there for another organization, as %s',
    async (model) => {
      const answer = await chat(acmeKey, { model });
      // As where nobody has such a connection.
      const nobodys = await chat(acmeKey, { model: model.replace('theirs', 'nobodys') });
      expect(answer.status).toBe(404);
      const told = ({ error }: HubAnswer) => [error['code'], error['message']];
      expect(told(answer)).toEqual(told(nobodys));
      expect(asked()).toEqual([]);
    },
  );

  it('is listed for its own keys, and for nobody else', async () => {
    await eventually('model that its provider lists', async () => (await namesFor(acmeKey)).includes('listed'));
    expect(await namesFor(acmeKey)).toEqual(['fake-embed', 'fake-large', MODEL, 'listed', 'own-tune']);
    expect(await namesFor(otherKey)).toEqual(['fake-embed', 'fake-large', MODEL, 'own-tune']);
    const operatorKey = (await hub.createKey('operators')).secret;
    expect(await namesFor(operatorKey)).toEqual(['fake-embed', 'fake-large', MODEL]);
    const { text } = await callHub(hub, undefined, { method: 'GET', path: '/api/ai/models' });
    expect(text).toContain(MODEL);
    expect(text).not.toContain('own-tune');
    const withKey = await callHub(hub, acmeKey, { method: 'GET', path: '/api/ai/models' });
    expect(withKey.text).toContain('own-tune');
  });

  it('is the only one where its organization says so', async () => {
    const only = tenants.addOrganization('Only', { ownCredentialsUse: 'only' });
    const baseUrl = `https://${ACME_IP}/v1`;
    await tenants.addConnection(only, { name: 'only', baseUrl, secret: ACME_SECRET, models: ['own-tune'] });
    const { secret } = await tenants.addKey(only);
    await soon('key', async () => (await namesFor(secret)).length > 0);
    expect(await namesFor(secret)).toEqual(['own-tune']);
    expect((await chat(secret, { model: 'own-tune' })).headers['x-hub-connection']).toBe('only');
    expect((await chat(secret)).status).toBe(404);
    expect(asked()).toEqual(['acme']);
  });

  it('never reaches the operator’s private addresses', async () => {
    const tricky = tenants.addOrganization('Tricky', { ownCredentialsUse: 'only' });
    const inside = { name: 'inside', baseUrl: operators.baseUrl, secret: 'sk-any', models: ['inside'] };
    await tenants.addConnection(tricky, inside);
    const { secret } = await tenants.addKey(tricky);
    await soon('key', async () => (await namesFor(secret)).length > 0);
    const answer = await chat(secret, { model: 'inside' });
    expect([answer.status, answer.error['code']]).toEqual([502, 'egress.blocked']);
    expect(asked()).toEqual([]);
  });

  it('of which the provider refuses the credential has it set aside in its own organization', async () => {
    const broken = tenants.addOrganization('Broken');
    const baseUrl = `https://${OTHER_IP}/v1`;
    const id = await tenants.addConnection(broken, { name: 'broken', baseUrl, secret: 'sk-refused', models: ['b'] });
    const { secret } = await tenants.addKey(broken);
    await soon('key', async () => (await namesFor(secret)).includes('b'));
    others.setCredentials([ACME_SECRET]);
    expect((await chat(secret, { model: 'b' })).status).toBe(502);
    others.setCredentials(undefined);
    const states = await eventually('credential that is set aside', async () => {
      const rows = await tenants.core.store.credentials.list(broken, id);
      return rows.some(({ state }) => state === 'set_aside') && rows;
    });
    expect(states).toHaveLength(1);
  });
});

describe('a refusal names the rule', () => {
  const DIALECTS = [
    ['OpenAI', '/v1/chat/completions', 'permission_error', (answer: HubAnswer) => answer.error['details']],
    ['Anthropic', '/v1/messages', 'permission_error', (answer: HubAnswer) => answer.error['details']],
    ['AIGNE', '/api/v2/chat/completions', 'model.not_allowed', (answer: HubAnswer) => answer.error['details']],
  ] as const;
  const RULES: readonly (readonly [RuleScope, Partial<AccessLists>, string, string])[] = [
    ['operator', { deniedModels: ['fake-s*'] }, 'denied_models', 'operator'],
    ['organization', { allowedProviders: ['anthropic'] }, 'allowed_providers', 'organization_admin'],
    ['project', { deniedRegions: ['us-*'] }, 'denied_regions', 'organization_admin'],
    ['project', { allowedRegions: ['us-*'] }, 'allowed_regions', 'organization_admin'],
    ['key', { allowedModels: ['claude-*'] }, 'allowed_models', 'organization_admin'],
  ];

  const seeded: { readonly secret: string; readonly scopeId: string }[] = [];

  beforeAll(async () => {
    for (const [scope, lists, list] of RULES) {
      const ruled = tenants.addOrganization('Ruled', { ownCredentialsUse: 'only' });
      const region = list === 'denied_regions' ? 'us-east-1' : 'eu-west-1';
      const own = { secret: ACME_SECRET, models: [MODEL], region };
      await tenants.addConnection(ruled, { ...own, name: 'ruled', baseUrl: `https://${ACME_IP}/v1` });
      const { id: keyId, secret } = await tenants.addKey(ruled);
      const { organizationId, projectId } = ruled;
      const ids = { operator: organizationId, organization: organizationId, team: '', project: projectId, key: keyId };
      const rule = accessRule({ organizationId, scope, scopeId: ids[scope] }, lists);
      await tenants.core.store.accessRules.put(rule, undefined);
      seeded.push({ secret, scopeId: ids[scope] });
    }
    await soon('rules', async () => (await chat(seeded.at(-1)?.secret)).status === 403);
  });

  it.each(RULES.map((rule, index) => [...rule, index] as const))('of the scope %s: %j', async (...row) => {
    const [scope, , list, changedBy, index] = row;
    const { secret = '', scopeId = '' } = seeded[index] ?? {};
    for (const [dialect, path, type, detailsOf] of DIALECTS) {
      const answer = await chat(secret, { max_tokens: 10 }, { path });
      expect(answer.status, `${dialect}: ${answer.text}`).toBe(403);
      expect(answer.error).toMatchObject({ type, code: 'model.not_allowed' });
      const rules = { scope, id: scopeId, list };
      expect(detailsOf(answer)).toMatchObject({ model: MODEL, rule: rules, changed_by: changedBy });
      expect(answer.error['message']).toContain('can change that.');
    }
    expect(await namesFor(secret)).toEqual([]);
    expect(asked()).toEqual([]);
  });

  it('from the answer of the control API on, and until it is taken away', async () => {
    const ruled = tenants.addOrganization('Ruled by hand');
    const { secret } = await tenants.addKey(ruled);
    await soon('the key', async () => (await chat(secret)).status === 200);
    const path = `/organizations/${ruled.organizationId}/operator-rule`;
    await hub.control('PUT', path, { denied_models: [MODEL] });
    expect((await chat(secret)).error).toMatchObject({
      code: 'model.not_allowed',
      details: { rule: { scope: 'operator' } },
    });
    await hub.control('DELETE', path);
    expect((await chat(secret)).status).toBe(200);
  });
});

describe('a key', () => {
  it('with addresses is used from those alone', async () => {
    const here = (await tenants.addKey(acme, { allowedAddresses: ['127.0.0.0/8'] })).secret;
    const elsewhere = (await tenants.addKey(acme, { allowedAddresses: ['203.0.113.0/24', '::1'] })).secret;
    await soon('key', async () => (await chat(here)).status === 200);
    const answer = await chat(elsewhere);
    expect([answer.status, answer.error['code']]).toEqual([403, 'auth.address_not_allowed']);
    const anthropic = await chat(elsewhere, { max_tokens: 1 }, { path: '/v1/messages' });
    expect(anthropic.json).toMatchObject({ type: 'error', error: { type: 'permission_error' } });
    // What an untrusted caller writes of its address counts for nothing.
    const lying = await chat(elsewhere, {}, { headers: { 'x-forwarded-for': '203.0.113.5' } });
    expect(lying.status).toBe(403);
  });

  it('counts by its last secret too, until the overlap of a rotation is over', async () => {
    const before = await tenants.addKey(acme);
    await soon('key', async () => (await chat(before.secret)).status === 200);
    const after = await tenants.addKey(acme);
    const rotate = (untilMs: number): void =>
      tenants.run(
        `UPDATE virtual_keys SET previous_hash = hash, previous_until = ?,
         hash = 'rotated-' || id WHERE id = ?`,
        untilMs,
        before.id,
      );
    rotate(Date.now() + 60_000);
    await soon('new key', async () => (await chat(after.secret)).status === 200);
    expect((await chat(before.secret)).status).toBe(200);
    tenants.run('UPDATE virtual_keys SET previous_until = ? WHERE id = ?', Date.now() - 1, before.id);
    await soon('end of the overlap', async () => (await chat(before.secret)).error['code'] === 'auth.key_revoked');
  });

  it.each([
    ['its organization is suspended', 'auth.organization_suspended'],
    ['its project is archived', 'auth.project_archived'],
    ['the member whose it is is suspended', 'auth.owner_suspended'],
    ['the person whose it is is suspended', 'auth.owner_suspended'],
  ])('is refused within two seconds once %s', async (what, code) => {
    const tenant = tenants.addOrganization('Passing');
    const memberId = tenants.addMember(tenant.organizationId);
    const { secret } = await tenants.addKey(tenant, { memberId });
    await soon('key', async () => (await chat(secret)).status === 200);
    if (what.includes('organization')) {
      tenants.run("UPDATE organizations SET state = 'suspended' WHERE id = ?", tenant.organizationId);
    } else if (what.includes('project')) {
      tenants.run('UPDATE projects SET archived_at = 1 WHERE id = ?', tenant.projectId);
    } else if (what.includes('person')) {
      tenants.run(
        "UPDATE users SET state = 'suspended' WHERE id = (SELECT user_id FROM members WHERE id = ?)",
        memberId,
      );
    } else {
      tenants.run("UPDATE members SET state = 'suspended' WHERE id = ?", memberId);
    }
    await soon('refusal', async () => (await chat(secret)).error['code'] === code);
    const { status, error } = await chat(secret);
    expect(status).toBe(401);
    expect(error['details']).toBeUndefined();
  });
});

describe('a page in a browser', () => {
  const PAGE = 'https://app.acme.test';
  const FOREIGN = 'https://evil.test';
  let pageKey: string;

  beforeAll(async () => {
    pageKey = (await tenants.addKey(acme, { allowedOrigins: [PAGE] })).secret;
    await soon('key', async () => (await chat(pageKey)).status === 200);
  });

  function preflight(origin: string, path = '/v1/chat/completions', more: Readonly<Record<string, string>> = {}) {
    const headers = { origin, 'access-control-request-method': 'POST', ...more };
    return callHub(hub, undefined, { method: 'OPTIONS', path, headers });
  }

  it.each([false, true])('of an origin that its key allows reads the answer; streamed: %s', async (stream) => {
    const answer = await chat(pageKey, { stream }, { headers: { origin: PAGE } });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': PAGE, vary: 'Origin' });
    expect(answer.headers['access-control-expose-headers']).toContain('x-request-id, x-hub-');
    expect(answer.headers['access-control-expose-headers']).toContain('retry-after');
    expect(answer.headers['x-hub-connection']).toBe('acme');
    if (stream) expect(answer.events.at(-1)).toBe('[DONE]');
  });

  it('reads errors as well', async () => {
    const answer = await chat(pageKey, { model: 'nope' }, { headers: { origin: PAGE } });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([404, PAGE]);
  });

  it('reads the answer of AIGNE’s addresses and the list of models', async () => {
    const list = await callHub(hub, pageKey, { method: 'GET', path: '/v1/models', headers: { origin: PAGE } });
    expect([list.status, list.headers['access-control-allow-origin']]).toEqual([200, PAGE]);
    expect(list.headers['vary']).toContain('origin');
    const aigne = await chat(pageKey, {}, { path: '/api/v2/chat/completions', headers: { origin: PAGE } });
    expect([aigne.status, aigne.headers['access-control-allow-origin']]).toEqual([200, PAGE]);
  });

  it.each([
    ['that no key allows', FOREIGN],
    ['that differs in its scheme', 'http://app.acme.test'],
    ['that differs in its port', 'https://app.acme.test:8443'],
    ['of a name below', 'https://x.app.acme.test'],
    ['that is none', 'null'],
  ])('of an origin %s is refused, and reads nothing', async (_what, origin) => {
    const answer = await chat(pageKey, {}, { headers: { origin } });
    expect([answer.status, answer.error['code']]).toEqual([403, 'auth.origin_not_allowed']);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(asked()).toEqual([]);
  });

  it('is refused with a key that allows no page, though another key allows its origin', async () => {
    const answer = await chat(acmeKey, {}, { headers: { origin: PAGE } });
    expect([answer.status, answer.error['code']]).toEqual([403, 'auth.origin_not_allowed']);
    expect(asked()).toEqual([]);
  });

  it('of the hub itself may use any key', async () => {
    const answer = await chat(acmeKey, {}, { headers: { origin: hub.address } });
    expect(answer.status).toBe(200);
  });

  it('is told beforehand what it may send, where some key allows its origin', async () => {
    const headers = { 'access-control-request-headers': 'authorization,content-type,x-stainless-os' };
    const answer = await preflight(PAGE, '/v1/chat/completions', headers);
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'authorization, content-type, x-stainless-os',
      vary: expect.stringContaining('Origin'),
    });
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    expect((await preflight(PAGE, '/v1/videos/video_1')).headers['access-control-allow-methods']).toBe('GET, DELETE');
    expect((await preflight(PAGE, '/v1/models')).headers['access-control-allow-methods']).toBe('GET, HEAD');
  });

  it('is told nothing where none does, where there is nothing, and of the control plane', async () => {
    const foreign = await preflight(FOREIGN);
    expect([foreign.status, foreign.error['code']]).toEqual([403, 'auth.origin_not_allowed']);
    expect((await preflight(PAGE, '/v1/nothing')).status).toBe(404);
    for (const answer of [foreign, await preflight(PAGE, '/control/v1/keys'), await preflight(PAGE, '/')]) {
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });
});
