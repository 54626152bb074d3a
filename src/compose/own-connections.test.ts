import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { eventually } from '../../test/support/hub-calls.ts';
import { openTenants, type Tenants } from '../../test/support/tenants.ts';
import type { Tenant } from '../protocol/tenant.ts';
import type { ProviderCall } from '../providers/connection-ports.ts';
import { callTo, hear } from '../upstream/testing/calls.ts';
import { FORBIDDEN_ADDRESSES, FORBIDDEN_SPELLINGS } from '../upstream/testing/forbidden-addresses.ts';
import { type LoopbackServer, startHttp } from '../upstream/testing/servers.ts';
import { createDeclaredConfig } from './config-services.ts';
import { Keeper } from './keeper.ts';
import { readSettings } from './start-hub.ts';

/** The operator's private network: a server that answers whoever is let through to it. */
let inside: LoopbackServer;
let tenants: Tenants;
let acme: Tenant;
let other: Tenant;
const folder = mkdtempSync(join(tmpdir(), 'hub-own-'));

beforeAll(async () => {
  inside = await startHttp((_request, response) => response.end('{"data":[{"id":"inside-model"}]}'));
  const hosts = FORBIDDEN_ADDRESSES.map(([address]) => (address.includes(':') ? `[${address}]` : address));
  // The operator allows as much as can be allowed.
  const allow = ['localhost', ...hosts].map((host) => `${host}:${inside.port}`);
  tenants = await openTenants(folder, {
    HUB_EGRESS_ALLOW: allow.join(','),
    AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/operators',
    AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'token'),
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${inside.port}/keys`,
    AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${inside.port}`,
    AWS_ACCESS_KEY_ID: 'AKIDOPERATORSOPERATO',
    AWS_SECRET_ACCESS_KEY: 'operators-secret',
  });
  acme = tenants.addOrganization('Acme');
  other = tenants.addOrganization('Other');
});

afterAll(async () => {
  await tenants.close();
  await inside.close();
  rmSync(folder, { recursive: true, force: true });
});

function own(baseUrl: string, secret = 'sk-acme-own-secret') {
  return { name: `c${Math.trunc(performance.now() * 1000)}`, baseUrl, secret, models: ['m'] };
}

/** Every way to write an address that leads inside, with the port at which something answers. */
function origins(): readonly string[] {
  const addresses = FORBIDDEN_ADDRESSES.map(([address]) => (address.includes(':') ? `[${address}]` : address));
  const plain = ['localhost', ...addresses].flatMap((host) => [
    `http://${host}:${inside.port}`,
    `https://${host}:${inside.port}`,
  ]);
  const spelled = FORBIDDEN_SPELLINGS.flatMap((text) =>
    /^https?:\/\/[^/]/.test(text) ? [`${text}:${inside.port}`] : [],
  );
  return [...plain, ...FORBIDDEN_SPELLINGS, ...spelled];
}

describe('an organization’s own connection', () => {
  it('leads to none of the operator’s private addresses, whatever the operator allows', async () => {
    const before = inside.accepted();
    for (const origin of origins()) {
      const fault = await hear(tenants.core.netOf('public'), callTo(origin)).ended;
      expect(fault, origin).toBeDefined();
      // A name of this machine resolves, and is refused there; what is no address at all is refused at once.
      expect(fault?.code, origin).toBe('egress.blocked');
    }
    expect(inside.accepted()).toBe(before);
  });

  it('is listed, tested and rechecked by that way alone, where the operator’s is let through', async () => {
    const { connections } = tenants.core;
    const before = inside.accepted();
    const address = `http://127.0.0.1:${inside.port}/v1`;
    const id = await tenants.addConnection(acme, own(address));
    expect((await connections.refreshModels(acme, id)).error?.code).toBe('egress.blocked');
    const [tested] = await connections.testConnection(acme, id);
    expect(tested?.error?.code).toBe('egress.blocked');
    const { refreshed } = await connections.connect(acme, { providerId: 'openai', baseUrl: address, secret: 'sk-x' });
    expect(refreshed.error?.code).toBe('egress.blocked');
    expect(inside.accepted()).toBe(before);

    const call: ProviderCall = {
      method: 'GET',
      url: `${address}/models`,
      headers: {},
      body: undefined,
      auth: { scheme: 'none' },
      secret: undefined,
      timeoutMs: 1000,
      responseBytesMax: 1000,
    };
    await expect(tenants.core.httpOf(acme).request(call)).rejects.toMatchObject({ code: 'egress.blocked' });
    expect((await tenants.core.httpOf(tenants.core.tenant).request(call)).status).toBe(200);
  });

  it('is looked after by the scheduled jobs, as the operator’s are', async () => {
    const id = await tenants.addConnection(acme, own(`https://127.0.0.1:${inside.port}/v1`));
    await tenants.core.snapshot.refresh();
    const keeper = new Keeper(tenants.core);
    await keeper.startJobs();
    try {
      const refreshError = await eventually(
        'look at the list of models',
        async () => (await tenants.core.store.connections.get(acme, id))?.refreshError,
      );
      expect(refreshError).toContain('egress.blocked');
    } finally {
      await keeper.close();
    }
  });
});

describe('an organization’s own AWS credential', () => {
  const CALL = {
    method: 'POST',
    origin: 'https://bedrock-runtime.eu-west-1.amazonaws.com',
    path: '/model/m/converse',
    headers: {},
    body: Buffer.from('{}'),
  } as const;
  const role = { source: 'assume-role', roleArn: 'arn:aws:iam::123456789012:role/acme' };

  test.each([
    ['the machine’s role', { source: 'instance' }],
    ['the container’s role', { source: 'container' }],
    ['the environment’s web identity', { source: 'web-identity' }],
    ['a file of the machine', { source: 'web-identity', roleArn: role.roleArn, tokenFile: '/etc/passwd' }],
    ['a role assumed from the machine’s', { ...role, from: 'instance' }],
    ['a role assumed from the container’s', { ...role, from: { source: 'container' } }],
    ['a role assumed from a web identity', { ...role, from: 'web-identity' }],
    ['a role assumed from nothing', role],
  ])('never falls back to %s', async (_what, secret) => {
    const before = inside.accepted();
    const signed = tenants.core.awsOf('public').sign(JSON.stringify(secret), 'bedrock', CALL);
    await expect(signed).rejects.toMatchObject({ code: 'provider.no_credential' });
    expect(inside.accepted()).toBe(before);
  });

  test('signs with its own keys, whatever the environment holds', async () => {
    const secret = 'AKIDACMEACMEACMEACME:acme-secret';
    const headers = await tenants.core.awsOf('public').sign(secret, 'bedrock', CALL);
    expect(headers['authorization']).toContain('AKIDACMEACMEACMEACME');
  });
});

test('an organization’s rows are not in the way of what hub.yaml declares', async () => {
  const { core } = tenants;
  const baseUrl = 'https://192.0.2.1/v1';
  const id = await tenants.addConnection(acme, { ...own(baseUrl), name: 'declared' });
  await tenants.addKey(acme, { name: 'ci' });
  writeFileSync(
    join(folder, 'hub.yaml'),
    `connections: [{ name: declared, provider: openai, baseUrl: ${baseUrl}, credentials: [{ name: a, secret: "\${FILE_KEY}" }] }]
keys: [{ name: ci, secret: "\${CI_KEY}" }]\n`,
  );
  const environment = { FILE_KEY: 'sk-file', CI_KEY: 'sk-hub-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH' };
  const world = { environment, cwd: folder, write: () => undefined, entry: '' };
  const config = createDeclaredConfig(core, () => readSettings({ dataDir: folder }, world));
  expect((await config.services.apply('dry_run')).problems).toEqual([]);
  expect((await config.apply()).problems).toEqual([]);
  expect(await core.store.connections.findByName(core.tenant, 'declared')).toMatchObject({ source: 'file' });
  expect(await core.store.connections.get(acme, id)).toMatchObject({ source: 'store', enabled: true });
  // What the file no longer declares is removed, and nothing else.
  writeFileSync(join(folder, 'hub.yaml'), '{}\n');
  await config.apply();
  expect(await core.store.connections.findByName(core.tenant, 'declared')).toBeUndefined();
  expect(await core.store.connections.get(acme, id)).toBeDefined();
});

test('a sealed secret that is copied to another organization’s row does not open there', async () => {
  const { store, connections, vault } = tenants.core;
  const baseUrl = 'https://192.0.2.1/v1';
  const acmes = await tenants.addConnection(acme, own(baseUrl, 'sk-acme-canary'));
  const others = await tenants.addConnection(other, own(baseUrl));
  const [stolen] = await store.credentials.list(acme, acmes);
  const [row] = await store.credentials.list(other, others);
  if (stolen === undefined || row === undefined) throw new Error('both have a credential');
  const bound = { table: 'credentials', field: 'secret', baseUrl } as const;
  expect(vault.open(stolen.sealed, { ...bound, ...acme, rowId: stolen.id })).toBe('sk-acme-canary');
  await store.credentials.update(other, row.id, { sealed: stolen.sealed });
  expect((await connections.testCredential(other, row.id)).error?.code).toBe('vault.undecryptable');
  // Not by the id of the row that it was taken from, either.
  expect(() => vault.open(stolen.sealed, { ...bound, ...other, rowId: stolen.id })).toThrow();
});
