import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { MANAGEMENT_KEY_SCOPES } from '../../../src/identity/management-keys.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { createIdMaker } from '../../../src/kernel/ids.ts';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../../src/kernel/json.ts';
import { nanoCredits } from '../../../src/kernel/money.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import type { PurchaseStore } from '../../../src/payments/ports.ts';
import { testPurchase } from '../../../src/payments/testing/purchase.ts';
import type { AccountId } from '../../../src/protocol/ledger.ts';
import { openStore } from '../../../src/storage/open-store.ts';
import { type FakeUpstream, startFakeUpstream } from '../../support/fake-upstream.ts';
import { asObject, callHub, chatBody, eventually, textOf } from '../../support/hub-calls.ts';
import { type HubProcess, startHub } from '../../support/hub-process.ts';
import { postgresDatabase } from '../../support/postgres.ts';
import { connectDialect } from '../../support/provider-scene.ts';
import { startPublicNet } from '../../support/public-net.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';
import { postgresRows, type StoreRows, sqliteRows } from './rows.ts';

/** An organization with one of everything, and everything's name and text holding the organization's mark. */
export type Side = {
  readonly mark: string;
  readonly organizationId: string;
  /** By the names that the API documents give the places where ids stand. */
  readonly ids: Readonly<Record<string, string>>;
  readonly callers: Readonly<Record<'owner' | 'program' | 'model caller', Readonly<Record<string, string>>>>;
};

export type Answered = { readonly status: number; readonly text: string; readonly json: JsonObject };

export type Send = (call: {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: JsonObject | undefined;
}) => Promise<Answered>;

export type Scene = {
  readonly hub: HubProcess;
  readonly send: Send;
  /** The operator's provider. */
  readonly upstream: FakeUpstream;
  readonly victim: Side;
  readonly attacker: Side;
  readonly rows: StoreRows;
  readonly close: () => Promise<void>;
};

export const ENGINES = ['sqlite', 'postgres'] as const;
const PROVIDER_IP = '1.1.1.1';
const PASSWORD = 'correct horse battery';
const FILM = 'sora-2';
const CONNECTIONS_AT_ONCE = 4;
const TOLD_WITHIN_MS = 30_000;
/** Longer than the tests run: nobody ends it. */
const HELD_MS = 3_600_000;
const newId = createIdMaker(systemClock.now);

/** What the operator's side of a hub is like: where it buys, and what may be called there. */
export type Shop = {
  /** What the operator's provider lists. */
  readonly models: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Whether organizations connect the same provider themselves, or one of their own. */
  readonly sharesUpstream: boolean;
  readonly connect: (hub: HubProcess, upstream: FakeUpstream) => Promise<void>;
  /** What is done for an organization before it calls anything. */
  readonly welcome: (hub: HubProcess, organizationId: string) => Promise<unknown>;
  readonly chat: string;
  readonly film: string;
  /** By which name answers are kept at the provider; `undefined`: none is. */
  readonly kept: string | undefined;
};

const OPEN: Shop = {
  models: ['fake-small', FILM],
  environment: {},
  sharesUpstream: true,
  connect: async (hub, upstream) => {
    await hub.connectFake(upstream);
    await connectDialect(hub, { dialect: 'openai-responses', baseUrl: upstream.baseUrl, listing: 'listed' });
  },
  welcome: () => Promise.resolve(),
  chat: 'fake/fake-small',
  film: `fake/${FILM}`,
  kept: 'openai-responses/fake-small',
};

/** A hub with two organizations that have nothing to do with each other, on one of the engines. */
export async function setIsolationScene(engine: (typeof ENGINES)[number], shop: Shop = OPEN): Promise<Scene> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.toReversed()) await end();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'hub-isolation-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const database = engine === 'postgres' ? await postgresDatabase() : undefined;
    if (database !== undefined) closing.push(database.drop);
    const operators = await startFakeUpstream({ models: shop.models });
    closing.push(operators.close);
    const upstream = shop.sharesUpstream ? operators : await startFakeUpstream({ models: ['fake-small'] });
    if (upstream !== operators) closing.push(upstream.close);
    const sink = await startSmtpSink();
    closing.push(sink.close);
    const net = await startPublicNet(new Map([[PROVIDER_IP, upstream.port]]), folder);
    closing.push(net.close);
    const hub = await startHub({
      dataDir: folder,
      allow: [`127.0.0.1:${operators.port}`],
      environment: {
        ...shop.environment,
        ...net.environment,
        HUB_SMTP_URL: `smtp://127.0.0.1:${sink.port}`,
        HUB_MAIL_FROM: 'hub@example.com',
        ...(database === undefined ? {} : onPostgres(database.url)),
      },
    });
    closing.push(hub.stop);
    await shop.connect(hub, operators);
    const pool = new Pool(hub.address, { connections: CONNECTIONS_AT_ONCE });
    closing.push(() => pool.close());
    const location =
      database === undefined
        ? ({ kind: 'sqlite', path: join(folder, 'hub.db') } as const)
        : ({ kind: 'postgres', url: database.url } as const);
    const store = openStore(location, { clock: systemClock, note: () => undefined });
    closing.push(store.close);
    const ledger = new Ledger({ store: store.ledger, overloaded: () => new Error('too much at once') });
    const scene = { hub, sink, send: sendOver(pool), upstream, ledger, purchases: store.purchases, shop };
    const filled = [await fillSide(scene, 'zebra'), await fillSide(scene, 'otter')] as const;
    const [victim, attacker] = await beTold(scene, filled);
    const rows = database === undefined ? sqliteRows(join(folder, 'hub.db')) : await postgresRows(database.url);
    closing.push(rows.close);
    return { hub, send: scene.send, upstream: operators, victim, attacker, rows, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Ask = (method: string, path: string, body?: JsonObject) => Promise<JsonObject>;

type Filled = { readonly side: Side; readonly ask: Ask };

/** Both sides are told that a credential fails, then that it works: the hub tells every few seconds, so they wait at once. */
async function beTold({ upstream }: Filling, [one, other]: readonly [Filled, Filled]): Promise<readonly [Side, Side]> {
  upstream.setCredentials([]);
  const told = await Promise.all([hearOfFailure(one), hearOfFailure(other)]);
  upstream.setCredentials(undefined);
  await Promise.all([hearOfRecovery(one), hearOfRecovery(other)]);
  return told;
}

/** A notification, and a webhook that was told of it; it is switched off, so that its rows stay as they are. */
async function hearOfFailure({ side, ask }: Filled): Promise<Side> {
  const made = await ask('POST', '/webhooks', { url: `https://${PROVIDER_IP}/${side.mark}-hook` });
  const webhook_id = textOf(asObject(made['webhook'])['id']);
  await ask('POST', `/credentials/${side.ids['credential_id']}/test`);
  const delivery_id = await soon(ask, `/webhooks/${webhook_id}/deliveries`, ({ attempts }) => attempts !== 0);
  await ask('PATCH', `/webhooks/${webhook_id}`, { enabled: false });
  const notification_id = await soon(ask, '/notifications', () => true);
  return { ...side, ids: { ...side.ids, webhook_id, delivery_id, notification_id } };
}

async function hearOfRecovery({ side, ask }: Filled): Promise<void> {
  await ask('POST', `/credentials/${side.ids['credential_id']}/test`);
  await soon(ask, '/notifications', ({ kind }) => kind === 'credential.working');
}

function soon(ask: Ask, path: string, what: (row: JsonObject) => boolean): Promise<string> {
  return eventually(
    path,
    async () => {
      const row = listIn(await ask('GET', path)).find(what);
      return row === undefined ? undefined : textOf(row['id']);
    },
    TOLD_WITHIN_MS,
  );
}

function onPostgres(url: string): Readonly<Record<string, string>> {
  return {
    HUB_DATABASE_URL: url,
    HUB_MASTER_KEY: randomBytes(32).toString('base64'),
    HUB_KEY_PEPPER: randomBytes(32).toString('base64'),
  };
}

function sendOver(pool: Pool): Send {
  return async ({ method, path, headers, body }) => {
    const { statusCode, body: answer } = await pool.request({
      method: method as 'GET',
      path,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.text();
    const json = parseJsonOrUndefined(text);
    return { status: statusCode, text, json: isJsonObject(json) ? json : {} };
  };
}

type Filling = {
  readonly hub: HubProcess;
  readonly sink: SmtpSink;
  readonly send: Send;
  readonly upstream: FakeUpstream;
  readonly ledger: Ledger;
  readonly purchases: PurchaseStore;
  readonly shop: Shop;
};

async function fillSide(filling: Filling, mark: string): Promise<Filled> {
  const { hub, sink, send } = filling;
  const ownerEmail = `${mark}-owner@${mark}.test`;
  const made = asObject(
    await hub.control('POST', '/organizations', { name: `${mark} works`, owner_email: ownerEmail }),
  );
  const organization = isJsonObject(made['organization']) ? made['organization'] : made;
  const organizationId = textOf(organization['id']);
  await hub.control('PATCH', `/organizations/${organizationId}`, { own_credentials_allowed: true });
  const owner = await joinByMail(filling, ownerEmail, mark);
  const ask = async (method: string, path: string, body?: JsonObject): Promise<JsonObject> => {
    const answer = await send({ method, path: `/control/v1${path}`, headers: owner, body });
    if (answer.status > 299) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.json;
  };
  const make = async (path: string, body: JsonObject, under?: string): Promise<string> => {
    const answer = await ask('POST', path, body);
    return textOf((under === undefined ? answer : asObject(answer[under]))['id']);
  };
  const first = async (path: string): Promise<JsonObject> => {
    const { data } = await ask('GET', path);
    return asObject(Array.isArray(data) ? data[0] : undefined);
  };

  const team_id = await make('/teams', { name: `${mark} team` });
  const project_id = await make('/projects', { name: `${mark} project`, team_id });
  const email = `${mark}-developer@${mark}.test`;
  await ask('POST', '/invitations', { email, role: 'developer', team_ids: [team_id] });
  const developer = await joinByMail(filling, email, mark);
  const session = await send({ method: 'GET', path: '/control/v1/me/sessions', headers: developer });
  const member = await first(`/members?search=${mark}-developer`);
  const invitation_id = await make('/invitations', { email: `${mark}-later@${mark}.test`, role: 'viewer' });
  await sink.waitFor(`${mark}-later@${mark}.test`);
  const service_account_id = await make('/service-accounts', { name: `${mark} machine`, role: 'developer' });
  const key = await ask('POST', '/keys', { name: `${mark} key`, project_id });
  const program = await ask('POST', '/management-keys', {
    name: `${mark} program`,
    service_account_id: await make('/service-accounts', { name: `${mark} program`, role: 'admin' }),
    scopes: MANAGEMENT_KEY_SCOPES.filter((scope) => scope !== 'organization.close'),
  });
  const connection_id = await make(
    '/connections',
    {
      provider_id: 'openai',
      name: `${mark}-own`,
      base_url: `https://${PROVIDER_IP}/v1`,
      credential: { name: `${mark} credential`, secret: `sk-${mark}-secret` },
    },
    'connection',
  );
  const key_id = textOf(asObject(key['key'])['id']);
  for (const [scope, id] of Object.entries({
    organization: organizationId,
    team: team_id,
    project: project_id,
    key: key_id,
  })) {
    await ask('PUT', `/rules/${scope}/${id}`, { denied_models: [`${mark}-denied-*`] });
  }
  const modelCaller = { authorization: `Bearer ${textOf(key['secret'])}` };
  await filling.shop.welcome(hub, organizationId);
  await ask('PUT', '/organization/content-policy', { store: true });
  const used = await useModels(filling, textOf(key['secret']), mark);
  const paid = await haveCredit(filling, { organizationId, projectId: project_id, mark });
  await eventually('record and content', async () => {
    const path = `/control/v1/usage/requests/${used['request_id']}/content`;
    return (await send({ method: 'GET', path, headers: owner })).status === 200;
  });
  const side = {
    mark,
    organizationId,
    ids: {
      organization_id: organizationId,
      user_id: textOf(member['user_id']),
      member_id: textOf(member['id']),
      session_id: textOf(asObject(listIn(session.json)[0])['id']),
      team_id,
      project_id,
      invitation_id,
      service_account_id,
      key_id,
      management_key_id: textOf(asObject(program['management_key'])['id']),
      connection_id,
      credential_id: textOf((await first(`/connections/${connection_id}/credentials`))['id']),
      model_id: textOf((await first(`/connections/${connection_id}/models`))['id']),
      alias_id: await make('/aliases', { name: `${mark}-fast`, target: `${mark}-own/fake-small` }),
      guardrail_id: await make('/guardrails', {
        name: `${mark} guardrail`,
        check: { kind: 'words', words: [`${mark} word`] },
        action: 'flag',
        place: 'input',
        scope: { kind: 'organization' },
      }),
      limit_id: await make('/limits', {
        name: `${mark} budget`,
        subject: { kind: 'organization' },
        measure: 'money',
        amount: '1000000.00',
        window: { kind: 'calendar', unit: 'month', time_zone: 'UTC' },
        mode: 'soft',
        thresholds: [],
      }),
      route_id: await make('/routes', {
        name: `${mark}-smart`,
        tiers: [{ targets: [{ model: `${mark}-own/fake-small` }] }],
      }),
      override_id: await make('/identity-overrides', {
        provider_id: 'openai',
        upstream_model: `${mark}-tune`,
        canonical_model: 'gpt-4.1-mini',
      }),
      sso_connection_id: await make('/sso-connections', ssoConnection(mark)),
      ...used,
      ...paid,
    },
    callers: {
      owner,
      program: { authorization: `Bearer ${textOf(program['secret'])}` },
      'model caller': modelCaller,
    },
  };
  return { side, ask };
}

function ssoConnection(mark: string): JsonObject {
  const at = (path: string): string => `https://${mark}-sign-in.example/${path}`;
  return {
    name: `${mark} sign-in`,
    kind: 'oauth2',
    client_id: `${mark}-client`,
    client_secret: `${mark}-client-secret`,
    endpoints: { authorization: at('authorize'), token: at('token'), user_info: at('me') },
    state: 'disabled',
  };
}

/** Follows the link of an invitation as somebody who has no account yet, and gives the headers of the session. */
async function joinByMail(
  { hub, sink }: Filling,
  email: string,
  mark: string,
): Promise<Readonly<Record<string, string>>> {
  const { link = '' } = await sink.waitFor(email);
  const body = { token: link.slice(link.indexOf('#') + 1), name: `${mark} person`, password: PASSWORD };
  const headers = { origin: hub.address };
  const answer = await callHub(hub, undefined, { path: '/control/v1/auth/invitations/sign-up', headers, body });
  if (answer.status !== 201) throw new Error(`${email} could not join: ${answer.text}`);
  const cookie = String(answer.headers['set-cookie']?.[0]).split(';', 1)[0] ?? '';
  return { cookie, origin: hub.address };
}

/** Calls models, so that there are records, and answers and films that the provider keeps for this organization. */
async function useModels(
  { hub, shop }: Filling,
  secret: string,
  mark: string,
): Promise<Readonly<Record<string, string>>> {
  const call = async (path: string, body: JsonObject) => {
    const answer = await eventually('answer', async () => {
      const tried = await callHub(hub, secret, { path, body, headers: { 'x-title': `${mark} application` } });
      return tried.status === 200 && tried;
    });
    return { id: textOf(answer.json['id']), requestId: textOf(answer.headers['x-request-id']) };
  };
  const messages = [{ role: 'user', content: `${mark} said so` }];
  const chat = await call('/v1/chat/completions', chatBody({ model: shop.chat, user: `${mark}-end-user`, messages }));
  const film = await call('/v1/videos', { model: shop.film, prompt: `${mark} at dusk`, seconds: '4' });
  const ids = { request_id: chat.requestId, film_id: film.id };
  if (shop.kept === undefined) return ids;
  const kept = await call('/v1/responses', { model: shop.kept, input: `About ${mark}.` });
  return { ...ids, response_id: kept.id };
}

/** Credit of the organization and of a project, of which one call holds some and another has used some. */
async function haveCredit(
  { hub, ledger, purchases }: Filling,
  {
    organizationId,
    projectId,
    mark,
  }: { readonly organizationId: string; readonly projectId: string; readonly mark: string },
): Promise<Readonly<Record<string, string>>> {
  const account_id = `project/${projectId}` as const;
  const wanted = { organization_id: organizationId, amount: '10', name: `${mark} order`, reason: `${mark} paid` };
  await hub.control('POST', '/installation/credit/grants', wanted);
  const grant = await hub.control('POST', '/installation/credit/grants', {
    ...wanted,
    level: 'project',
    scope_id: projectId,
  });
  const path: readonly AccountId[] = [`organization/${organizationId}`, account_id];
  const nano = nanoCredits(1_000_000_000n);
  const [charge_id, hold_id] = [newId('ur'), newId('ur')];
  const call = { organizationId, projectId, path, model: 'm', mostNano: nano, leastNano: nano, fallbackNano: nano };
  for (const id of [charge_id, hold_id]) {
    await ledger.do({
      kind: 'place',
      id,
      ...call,
      isDispatched: true,
      ttlMs: HELD_MS,
      instanceId: 'inst_1',
      terms: '{}',
    });
  }
  await ledger.do({ kind: 'end', id: charge_id, path, state: 'settled', amountNano: nano, basis: 'reported' });
  const purchase_id = newId('pu');
  await purchases.insert(
    testPurchase({
      id: purchase_id,
      organizationId,
      grantId: newId('gr'),
      name: `${mark} pack`,
      paymentId: `pi_${mark}`,
    }),
  );
  return { account_id, charge_id, hold_id, purchase_id, grant_id: textOf(asObject(grant)['id']) };
}

export function listIn(json: JsonObject): readonly JsonObject[] {
  const { data } = json;
  return Array.isArray(data) ? data.filter(isJsonObject) : [];
}
