import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, chatBody, eventually, type HubAnswer, textOf, usageRecords } from '../support/hub-calls.ts';
import { type Load, type LoadedCall, served, startCallers, startLoad } from '../support/hub-load.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { postgresAvailable, postgresDatabase, type TestDatabase } from '../support/postgres.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const ENDED_WITHIN_MS = 2000;
/** Of each kind, at each process's door. */
const CALLERS = 3;
/** Refusals after the time is up that have to be seen of each kind: so many that each process gave some of them. */
const LATE_CALLS = 30;
const PASSWORD = 'correct horse battery';

let upstream: FakeUpstream;
let sink: SmtpSink;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  sink = await startSmtpSink();
});

afterAll(async () => {
  await upstream?.close();
  await sink?.close();
});

/** The doors of an installation: one address of several workers, or one of each instance. */
type Doors = readonly [HubProcess, ...HubProcess[]];

/** Somebody with an account and a session. */
type Person = { readonly userId: string; readonly cookie: string };
/** Somebody in an organization with a key for calls, and one for the control API. */
type Member = Person & { readonly memberId: string; readonly key: string; readonly managementKey: string };
type Scene = { readonly organizationId: string; readonly owner: Person; readonly developer: Member };
type Refusal = readonly [status: number, code: string];

function environment(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return { HUB_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, HUB_MAIL_FROM: 'AIGNE Hub <hub@example.com>', ...more };
}

function controlCall(
  hub: HubProcess,
  call: { readonly path: string; readonly cookie?: string; readonly bearer?: string; readonly body?: JsonObject },
): Promise<HubAnswer> {
  const { path, cookie, bearer, body } = call;
  return callHub(hub, bearer, {
    method: body === undefined ? 'GET' : 'POST',
    path: `/control/v1${path}`,
    headers: { origin: hub.address, ...(cookie === undefined ? {} : { cookie }) },
    ...(body === undefined ? {} : { body }),
  });
}

async function made(hub: HubProcess, call: Parameters<typeof controlCall>[1]): Promise<JsonObject> {
  const answer = await controlCall(hub, call);
  expect([200, 201], answer.text).toContain(answer.status);
  return answer.json;
}

/** Follows the link of an invitation's mail, as somebody who has no account yet. */
async function join(hub: HubProcess, email: string): Promise<Person> {
  const { link = '' } = await sink.waitFor(email, /Join/);
  const body = { token: link.split('#')[1] ?? '', name: email, password: PASSWORD };
  const answer = await controlCall(hub, { path: '/auth/invitations/sign-up', body });
  expect(answer.status, answer.text).toBe(201);
  const [cookie = ''] = (answer.headers['set-cookie']?.[0] ?? '').split(';');
  return { userId: textOf(asObject(answer.json['user'])['id']), cookie };
}

/** An organization with an owner and a developer who has keys: each made as people make them. */
async function openScene(hub: HubProcess): Promise<Scene> {
  // Every installation here sends its mails to the same server.
  const name = randomUUID();
  const ownerEmail = `owner@${name}.test`;
  const email = `developer@${name}.test`;
  const created = asObject(await hub.control('POST', '/organizations', { name, owner_email: ownerEmail }));
  const organizationId = textOf(asObject(created['organization'])['id']);
  const owner = await join(hub, ownerEmail);
  await made(hub, { path: '/invitations', cookie: owner.cookie, body: { email, role: 'developer' } });
  const person = await join(hub, email);
  const { cookie } = person;
  const me = await made(hub, { path: '/me', cookie });
  const [place] = Array.isArray(me['organizations']) ? me['organizations'] : [];
  const memberId = textOf(asObject(place)['member_id']);
  const { secret } = await made(hub, { path: '/keys', cookie, body: { name: 'calls', member_id: memberId } });
  const managing = { name: 'control', scopes: ['keys.read'] };
  const { secret: managementKey } = await made(hub, { path: '/management-keys', cookie, body: managing });
  return {
    organizationId,
    owner,
    developer: { ...person, memberId, key: textOf(secret), managementKey: textOf(managementKey) },
  };
}

/** What each kind of secret is answered once somebody is suspended; `undefined`: it goes on. */
type Expected = {
  readonly key: Refusal;
  readonly managementKey: Refusal;
  readonly me: Refusal | undefined;
  readonly inOrganization: Refusal;
};
type Asked = keyof Expected | 'strangers';

function startAll(doors: Doors, { developer }: Scene, strangersKey: string): Readonly<Record<Asked, readonly Load[]>> {
  const { cookie, key, managementKey } = developer;
  const each = (start: (hub: HubProcess) => Load): readonly Load[] => doors.map((hub) => start(hub));
  const asking = (call: Parameters<typeof controlCall>[1]): readonly Load[] =>
    each((hub) => startCallers(1, () => controlCall(hub, call)));
  return {
    key: each((hub) => startLoad(hub, key, { callers: CALLERS })),
    managementKey: asking({ path: '/keys', bearer: managementKey }),
    me: asking({ path: '/me', cookie }),
    inOrganization: asking({ path: '/keys', cookie }),
    strangers: each((hub) => startLoad(hub, strangersKey, { callers: CALLERS })),
  };
}

function outcomeOf({ answer }: LoadedCall): string {
  if (answer === undefined) return 'no answer';
  return answer.status === 200 ? 'served' : `${answer.status} ${textOf(answer.error['code'])}`;
}

function assertEnded(calls: readonly LoadedCall[], refusal: Refusal | undefined, suspendedAt: number): void {
  const late = calls.filter(({ startedAt }) => startedAt > suspendedAt + ENDED_WITHIN_MS);
  const after = refusal === undefined ? 'served' : refusal.join(' ');
  expect(late.length).toBeGreaterThanOrEqual(LATE_CALLS);
  expect(new Set(late.map(outcomeOf))).toEqual(new Set([after]));
  expect(new Set(calls.map(outcomeOf))).toEqual(new Set(['served', after]));
}

/** Whether several calls at each door are served. Workers take turns, so each has to do with some of them. */
async function isServed(doors: Doors, secret: string): Promise<boolean> {
  const calls = doors.flatMap((hub) => Array.from({ length: 8 }, () => callHub(hub, secret, { body: chatBody() })));
  return (await Promise.all(calls)).every(({ status }) => status === 200);
}

/** Suspends while every kind of secret is used at every door, and lets in again. */
async function suspendUnderLoad(input: {
  readonly doors: Doors;
  readonly scene: Scene;
  readonly suspend: (hub: HubProcess, scene: Scene) => Promise<unknown>;
  readonly reactivate: (hub: HubProcess, scene: Scene) => Promise<unknown>;
  readonly expected: Expected;
}): Promise<void> {
  const { doors, scene, expected } = input;
  const [through] = doors;
  const { secret: strangersKey } = await through.createKey(`beside ${scene.organizationId}`);
  await eventually('the key in each process', () => isServed(doors, scene.developer.key));
  await eventually('another tenant’s key in each process', () => isServed(doors, strangersKey));
  const loads = startAll(doors, scene, strangersKey);
  const everyLoad = Object.values(loads).flat();
  await eventually('load', () => everyLoad.every(({ calls }) => served(calls).length > CALLERS * 3));
  await input.suspend(through, scene);
  const suspendedAt = Date.now();
  const isLate = ({ startedAt }: LoadedCall) => startedAt > suspendedAt + ENDED_WITHIN_MS;
  await eventually('calls when the time is up', () =>
    everyLoad.every(({ calls }) => calls.filter(isLate).length >= LATE_CALLS),
  );
  for (const asked of ['key', 'managementKey', 'me', 'inOrganization'] as const) {
    for (const load of loads[asked]) assertEnded(await load.stop(), expected[asked], suspendedAt);
  }
  for (const load of loads.strangers) {
    expect(new Set((await load.stop()).map(outcomeOf))).toEqual(new Set(['served']));
  }
  await input.reactivate(through, scene);
  await eventually('the key in each process again', () => isServed(doors, scene.developer.key), ENDED_WITHIN_MS);
}

/** The three suspensions, at the doors of one installation. */
function suspensions(doorsOf: () => Doors): void {
  it('of a person ends the person’s sessions and keys everywhere', async () => {
    const doors = doorsOf();
    const scene = await openScene(doors[0]);
    await suspendUnderLoad({
      doors,
      scene,
      suspend: (hub, { developer }) => hub.control('POST', `/users/${developer.userId}/suspend`, { reason: 'left' }),
      reactivate: (hub, { developer }) => hub.control('POST', `/users/${developer.userId}/reactivate`),
      expected: {
        key: [401, 'auth.owner_suspended'],
        managementKey: [401, 'auth.required'],
        me: [401, 'auth.required'],
        inOrganization: [401, 'auth.required'],
      },
    });
    // A session that was ended stays so: the person signs in anew.
    for (const hub of doors) {
      expect((await controlCall(hub, { path: '/me', cookie: scene.developer.cookie })).status).toBe(401);
    }
  });

  it('of a member ends what the member may do in that organization, and not the account', async () => {
    const doors = doorsOf();
    const scene = await openScene(doors[0]);
    const act =
      (name: string) =>
      (hub: HubProcess, { owner, developer }: Scene) =>
        made(hub, { path: `/members/${developer.memberId}/${name}`, cookie: owner.cookie, body: {} });
    await suspendUnderLoad({
      doors,
      scene,
      suspend: act('suspend'),
      reactivate: act('reactivate'),
      expected: {
        key: [401, 'auth.owner_suspended'],
        managementKey: [401, 'auth.required'],
        me: undefined,
        inOrganization: [404, 'resource.not_found'],
      },
    });
    for (const hub of doors) await made(hub, { path: '/keys', cookie: scene.developer.cookie });
  });

  it('of an organization ends its keys of both kinds and what its members may do', async () => {
    const doors = doorsOf();
    const scene = await openScene(doors[0]);
    await suspendUnderLoad({
      doors,
      scene,
      suspend: (hub, { organizationId }) =>
        hub.control('POST', `/organizations/${organizationId}/suspend`, { reason: 'unpaid' }),
      reactivate: (hub, { organizationId }) => hub.control('POST', `/organizations/${organizationId}/reactivate`),
      expected: {
        key: [401, 'auth.organization_suspended'],
        managementKey: [403, 'organization.not_active'],
        me: undefined,
        inOrganization: [403, 'organization.not_active'],
      },
    });
    for (const hub of doors) {
      await made(hub, { path: '/keys', bearer: scene.developer.managementKey });
      await made(hub, { path: '/keys', cookie: scene.owner.cookie });
    }
  });
}

describe('a suspension, within two seconds and under load, at two workers of one port,', () => {
  let hub: HubProcess;

  beforeAll(async () => {
    const allow = [`127.0.0.1:${upstream.port}`];
    hub = await startHub({ flags: ['--workers', '2'], allow, environment: environment() });
    await hub.connectFake(upstream);
  });

  afterAll(async () => {
    await hub?.stop();
  });

  suspensions(() => [hub]);

  it('was seen by both', async () => {
    const instances = new Set((await usageRecords(hub)).map((record) => record['instance_id']));
    expect(instances.size).toBe(2);
  });
});

const postgres = postgresAvailable();

describe.skipIf(!postgres.available)(
  `a suspension, within two seconds and under load, at two instances on one PostgreSQL${postgres.available ? '' : ` (not run: ${postgres.reason})`},`,
  () => {
    let database: TestDatabase;
    let first: HubProcess;
    let second: HubProcess;

    beforeAll(async () => {
      database = await postgresDatabase();
      const shared = environment({
        HUB_DATABASE_URL: database.url,
        HUB_MASTER_KEY: randomBytes(32).toString('base64'),
        HUB_KEY_PEPPER: randomBytes(32).toString('base64'),
      });
      const allow = [`127.0.0.1:${upstream.port}`];
      first = await startHub({ allow, environment: shared });
      await first.connectFake(upstream);
      second = await startHub({ allow, environment: shared });
    });

    afterAll(async () => {
      await Promise.all([first?.stop(), second?.stop()]);
      await database?.drop();
    });

    suspensions(() => [first, second]);
  },
);
