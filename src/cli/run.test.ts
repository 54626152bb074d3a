import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { handlerOf } from '../controlplane/app.ts';
import { exampleOutcome } from '../controlplane/testing/examples.ts';
import { exampleMember } from '../controlplane/testing/memory-people.ts';
import { TEST_ADMIN_TOKEN, TEST_NOW, TEST_TENANT } from '../controlplane/testing/memory-state.ts';
import { project } from '../identity/testing/access.ts';
import { NO_CREDITS, nanoCredits, negateCredits } from '../kernel/money.ts';
import { connectOverHttp } from './http-hub.ts';
import { healthyMachine, startTestCommandLine, type TestCommandLine } from './testing/typed.ts';

let cli: TestCommandLine;
beforeEach(async () => {
  cli = await startTestCommandLine();
});

describe('exit codes', () => {
  it.each([
    [['key', 'list'], 0],
    [['--version'], 0],
    [['key', '--help'], 0],
    [[], 0],
    [['key', 'revoke', 'nobody'], 1],
    [['provider', 'remove', 'nothing'], 1],
    [['nonsense'], 2],
    [['key', 'create'], 2],
    [['key', 'list', '--colour'], 2],
    [['usage', '--since', 'yesterday'], 2],
    [['usage', '--records', '--limit', '0'], 2],
    [['price', 'set', 'cloudy', 'small-model'], 2],
    [['provider', 'add', 'cloudy'], 2],
    [['member', 'invite', 'bob@example.com', '--role', 'king'], 2],
    [['org', 'suspend', 'Test'], 2],
    [['org', 'reactivate', 'nobody'], 1],
    [['provider', 'catalogue', '--apply'], 2],
  ])('%j ends with %i', async (command, code) => {
    const typed = await cli.type(command);
    expect([typed.code, typed.err === '']).toEqual([code, code === 0]);
  });
});

describe('selling credit', () => {
  it('makes customers, and gives them credit once by each reference', async () => {
    expect((await cli.type(['customer', 'list'])).out).toContain('aigne-hub customer create <id> <name>');
    const make = [
      'customer',
      'create',
      'acme-42',
      'Acme',
      '--key',
      'platform',
      '--credit',
      '100',
      '--reference',
      'o-1',
    ];
    const made = await cli.type(make);
    expect(made.out).toMatch(/acme-42 “Acme” is made: org_\S+\n.*shown this once: \S+\n.*was given 100 credits/);
    expect((await cli.type(make)).out).toContain('acme-42 “Acme” was there');
    const grant = ['customer', 'grant', 'acme-42', '2.5', '--reference', 'o-2', '--expires', '30d', '--json'];
    const [first, again] = [await cli.type(grant), await cli.type(grant)].map(({ out }) => JSON.parse(out).id);
    expect(again).toBe(first);
    expect((await cli.type(['customer', 'show', 'acme-42'])).out).toContain('102.5 credits can be used');
    expect((await cli.type(['customer', 'list'])).out).toMatch(/acme-42 +Acme +active +102\.5/);
    expect((await cli.type(['customer', 'create', 'b', 'B', '--credit', '1'])).code).toBe(2);
    expect((await cli.type(['customer', 'show', 'nobody'])).code).toBe(1);
  });

  it('makes codes that are shown once, one to a line, and takes them back', async () => {
    const made = await cli.type(['code', 'create', '10', '--name', 'Fair', '--count', '3', '--until', '30d']);
    const codes = made.out.trim().split('\n');
    expect(new Set(codes).size).toBe(3);
    const listed = await cli.type(['code', 'list']);
    expect(listed.out).toMatch(/Fair +open +10 +3 +0/);
    for (const code of codes) expect(listed.out).not.toContain(code);
    expect((await cli.type(['code', 'revoke', 'Fair'])).out).toContain('“Fair” is withdrawn.');
    expect(JSON.parse((await cli.type(['code', 'list', '--json'])).out)).toMatchObject([{ state: 'withdrawn' }]);
    expect((await cli.type(['code', 'create', '10', '--name', 'x', '--count', 'many'])).code).toBe(2);
    expect((await cli.type(['code', 'revoke', 'nobody'])).code).toBe(1);
  });

  it('sets prices for all and for groups, and shows first what would change', async () => {
    await cli.type(['price-group', 'create', 'Partners']);
    const [group] = JSON.parse((await cli.type(['price-group', 'list', '--json'])).out);
    const dry = await cli.type(['price-rule', 'set', '--margin', '20', '--dry-run']);
    expect(dry.out).toMatch(/^\d+ prices would change/);
    expect((await cli.type(['price-rule', 'set', '--margin', '20', '--reason', 'New year'])).out).toContain(
      'holds from',
    );
    await cli.type(['price-rule', 'set', '--group', 'Partners', '--margin', '5']);
    const rules = JSON.parse((await cli.type(['price-rule', 'list', '--json'])).out);
    expect(rules).toContainEqual(expect.objectContaining({ customer_group_id: group.id, margin_percent: '5' }));
    expect((await cli.type(['price-rule', 'list'])).out).toContain('cost + 20%');
    expect((await cli.type(['price-rule', 'prices', '--group', 'Partners'])).code).toBe(0);
    expect((await cli.type(['price-rule', 'set', '--group', 'Partners', '--withdraw'])).code).toBe(0);
    expect((await cli.type(['price-rule', 'set'])).code).toBe(2);
    expect((await cli.type(['price-group', 'add', 'Partners', 'Test'])).out).toContain('is in “Partners”.');
    expect((await cli.type(['price-group', 'drop', 'Partners', 'Test'])).out).toContain('is not in “Partners”.');
    expect((await cli.type(['price-group', 'remove', 'Partners'])).code).toBe(0);
    expect((await cli.type(['price-group', 'list'])).out).toContain('There is no group.');
  });
});

describe('keys', () => {
  it('are made with their secret shown once, listed and revoked', async () => {
    expect((await cli.type(['key', 'list'])).out).toContain('aigne-hub key create <name>');
    const made = await cli.type(['key', 'create', 'website', '--models', 'a, b/*', '--expires', '30d', '--json']);
    const { key, secret } = JSON.parse(made.out);
    expect(key).toMatchObject({
      name: 'website',
      allowed_models: ['a', 'b/*'],
      expires_at: '2026-02-01T03:04:05.000Z',
    });
    const listed = await cli.type(['key', 'list']);
    expect(listed.out).toContain('website');
    expect(listed.out).not.toContain(secret);
    expect((await cli.type(['key', 'revoke', 'website'])).out).toContain('is revoked');
    expect(JSON.parse((await cli.type(['key', 'list', '--json'])).out)).toMatchObject([{ state: 'revoked' }]);
  });

  it('are tied to addresses and origins, and get new secrets while the old ones still count', async () => {
    const places = ['--addresses', '10.0.0.0/8, loopback', '--origins', 'https://app.example.com'];
    const made = JSON.parse((await cli.type(['key', 'create', 'website', ...places, '--json'])).out);
    expect(made.key).toMatchObject({
      allowed_addresses: ['10.0.0.0/8', 'loopback'],
      allowed_origins: ['https://app.example.com'],
    });
    const rotated = await cli.type(['key', 'rotate', 'website', '--overlap', '2h']);
    expect(rotated.out).toContain('counts until 2026-01-02T05:04:05.000Z');
    expect(rotated.out).not.toContain(made.secret);
    expect((await cli.type(['key', 'rotate', 'website'])).out).toContain('no longer counts');
    expect((await cli.type(['key', 'rotate', 'website', '--overlap', 'soon'])).code).toBe(2);
    expect((await cli.type(['key', 'rotate', 'nobody'])).err).toContain('there is no key “nobody”');
  });

  it('of one name are told apart by their id', async () => {
    cli.plane.state.projects.set('proj_two', project('proj_two', TEST_TENANT.organizationId));
    await cli.type(['key', 'create', 'twin']);
    await cli.type(['key', 'create', 'twin', '--project', 'proj_two']);
    expect((await cli.type(['key', 'list', '--project', 'proj_two'])).out).not.toContain(TEST_TENANT.projectId);
    const typed = await cli.type(['key', 'revoke', 'twin']);
    expect(typed.code).toBe(1);
    expect(typed.err).toContain('Give the id instead');
  });
});

describe('people and organizations', () => {
  it('of which an organization is made, suspended with a reason and reactivated by its name', async () => {
    const made = await cli.type(['org', 'create', 'Acme', '--owner', 'ada@acme.example']);
    expect(made.out).toMatch(/“Acme” is made\.\nada@acme\.example is invited as its owner\./);
    expect((await cli.type(['org', 'suspend', 'Acme', '--reason', 'unpaid'])).out).toContain('is suspended.');
    expect((await cli.type(['org', 'list', '--state', 'suspended'])).out).toMatch(/Acme +standard +suspended +unpaid/);
    expect((await cli.type(['org', 'reactivate', 'Acme'])).out).toContain('is active.');
    expect((await cli.type(['org', 'suspend', 'Test', '--reason', 'no'])).code).toBe(1);
  });

  it('of which a project is made, of a team or of everybody', async () => {
    await cli.plane.call('POST', '/teams', { name: 'search' });
    await cli.type(['project', 'create', 'website']);
    await cli.type(['project', 'create', 'crawler', '--team', 'search']);
    const { out } = await cli.type(['project', 'list']);
    expect(out).toMatch(/website +everybody/);
    expect(out).toMatch(/crawler +search/);
    expect((await cli.type(['project', 'create', 'x', '--team', 'none'])).code).toBe(1);
    expect((await cli.type(['project', 'list', '--archived'])).out).toBe('There are no such projects.\n');
  });

  it('of which a member is invited, gets another role and is removed by the address', async () => {
    cli.plane.state.people.members.set('mem_bob', exampleMember('bob', 'viewer'));
    const invited = await cli.type(['member', 'invite', 'eve@example.com', '--role', 'developer']);
    expect(invited.out).toBe('eve@example.com is invited as developer, until 2026-01-09T03:04:05.000Z.\n');
    expect((await cli.type(['member', 'role', 'bob@example.com', 'admin'])).out).toBe('bob@example.com is admin.\n');
    expect((await cli.type(['member', 'list', 'bob'])).out).toMatch(/bob@example\.com +bob +admin +active/);
    expect((await cli.type(['member', 'remove', 'bob@example.com'])).code).toBe(0);
    expect((await cli.type(['member', 'remove', 'ada@example.com'])).err).toContain('always has an owner');
  });
});

describe('credit', () => {
  it('is given to an organization or a part of it, shown and taken', async () => {
    expect((await cli.type(['credit', 'show'])).out).toContain('aigne-hub credit give');
    const given = await cli.type(['credit', 'give', '250', '--organization', 'Test', '--name', 'Order 1042']);
    expect(given.out).toMatch(/^gr_\S+: 250 credits are given to organization\/org_test\.\n$/);
    const welcome = ['--account', `project/${TEST_TENANT.projectId}`, '--kind', 'promotional', '--expires', '30d'];
    const part = await cli.type([
      'credit',
      'give',
      '10',
      '--name',
      'Welcome',
      '--models',
      'a, b',
      ...welcome,
      '--json',
    ]);
    expect(JSON.parse(part.out)).toMatchObject({
      account_id: `project/${TEST_TENANT.projectId}`,
      expires_at: '2026-02-01T03:04:05.000Z',
      models: ['a', 'b'],
    });
    const taken = await cli.type(['credit', 'take', '12.5', '--reason', 'cancelled']);
    expect(taken.out).toContain('12.5 credits are taken from organization/org_test.');
    const { out } = await cli.type(['credit', 'show']);
    expect(out).toMatch(/organization\/org_test +237\.5 +0 +237\.5/);
    expect(out).toMatch(/Welcome +promotional +10 +10 +2026-02-01/);
    const one = await cli.type(['credit', 'show', '--account', 'organization/org_test', '--json']);
    expect(JSON.parse(one.out)).toMatchObject({ accounts: [{ remaining: '237.5' }], grants: [{ name: 'Order 1042' }] });
  });

  it('cannot be taken where there is less, nor given to what is not there', async () => {
    const taken = await cli.type(['credit', 'take', '1', '--reason', 'x']);
    expect(taken.code).toBe(1);
    const given = await cli.type(['credit', 'give', '1', '--name', 'x', '--account', 'project/proj_none']);
    expect(given.code).toBe(1);
    expect((await cli.type(['credit', 'refund', 'ur_none', '1', '--reason', 'x'])).code).toBe(1);
    await cli.type(['org', 'create', 'Acme']);
    expect((await cli.type(['credit', 'give', '1', '--name', 'x'])).err).toContain('--organization');
  });

  it('that a charge took is given back', async () => {
    await cli.type(['credit', 'give', '5', '--name', 'Order']);
    const accountId = `organization/${TEST_TENANT.organizationId}` as const;
    const [grantId = ''] = cli.plane.state.ledger.grants.keys();
    const nano = nanoCredits(2_000_000_000n);
    const of = { ...TEST_TENANT, id: 'ur_1', accountIds: [accountId], amountNano: nano, heldNano: nano };
    const grant = cli.plane.state.ledger.grants.get(grantId);
    if (grant === undefined) throw new Error('nothing was given');
    cli.plane.state.ledger.write({
      newGrants: [],
      changedGrants: [{ ...grant, remainingNano: nanoCredits(3_000_000_000n) }],
      newHolds: [],
      changedHolds: [],
      endedHolds: [],
      newJobs: [],
      endedJobs: [],
      newCharges: [{ ...of, state: 'settled', overrunNano: NO_CREDITS, terms: '{}', basis: 'reported', endedAt: 1 }],
      newEntries: [
        {
          id: 'ur_1/charge',
          organizationId: TEST_TENANT.organizationId,
          accountId,
          grantId,
          kind: 'charge',
          amountNano: negateCredits(nano),
          chargeId: 'ur_1',
          at: 1,
          actorId: undefined,
          reason: undefined,
        },
      ],
    });
    const typed = await cli.type(['credit', 'refund', 'ur_1', '0.25', '--reason', 'a broken answer']);
    expect(typed.out).toMatch(/^rf_\S+: 0\.25 credits are given back for ur_1\.\n$/);
    expect((await cli.type(['credit', 'show'])).out).toContain('3.25');
  });
});

describe('a provider', () => {
  it.each([
    ['a pipe', ['--key', '-'], {}, 'piped-secret'],
    ['its flag', ['--key', 'flag-secret'], {}, 'flag-secret'],
    [
      'a prompt on a terminal',
      [],
      { input: { isTerminal: true, readAll: async () => '', readHidden: async () => 'typed-secret' } },
      'typed-secret',
    ],
  ])('takes its secret from %s and never shows it', async (_name, flags, deps, secret) => {
    const typed = await cli.type(['provider', 'add', 'cloudy', ...flags], deps);
    expect(typed).toMatchObject({ code: 0, err: '' });
    expect(typed.out).not.toContain(secret);
    expect([...cli.plane.state.secrets.values()]).toEqual([secret]);
  });

  it('is listed, tried, refreshed and removed by its name', async () => {
    await cli.type(['provider', 'add', 'homely', '--name', 'den']);
    expect((await cli.type(['provider', 'list'])).out).toMatch(/den +homely +http:\/\/127\.0\.0\.1/);
    expect((await cli.type(['provider', 'refresh', 'den'])).code).toBe(0);
    expect((await cli.type(['model', 'list'])).out).toContain('den/small-model');
    expect((await cli.type(['provider', 'remove', 'den'])).out).toBe('den is disconnected.\n');
    expect((await cli.type(['provider', 'list'])).out).toContain('No provider is connected yet');
  });

  it('whose credential is refused makes its test fail', async () => {
    await cli.type(['provider', 'add', 'cloudy', '--key', 'x']);
    for (const row of cli.plane.state.credentials.values()) {
      cli.plane.state.credentials.set(row.id, { ...row, state: 'set_aside' });
    }
    const typed = await cli.type(['provider', 'test', 'cloudy']);
    expect(typed.code).toBe(1);
    expect(typed.out).toContain('failed  models (401, 12 ms)');
  });

  it('that no catalogue knows is tried first, then connected', async () => {
    const typed = await cli.type(['provider', 'add', '--base-url', 'http://127.0.0.1:9/v1', '--name', 'mine']);
    expect(typed).toMatchObject({ code: 0, err: '' });
    expect([...cli.plane.state.connections.values()]).toMatchObject([{ name: 'mine', providerId: 'proposed' }]);
  });

  it('comes from a newer catalogue, shown first and applied when told', async () => {
    const readFile = async () => '[{"id":"newcomer"},{"id":"cloudy"}]';
    const shown = await cli.type(['provider', 'catalogue', '--load', 'new.json'], { readFile });
    expect(shown.out).toBe('+ newcomer\n~ cloudy: baseUrl\nNothing is changed yet: add --apply.\n');
    await cli.type(['provider', 'catalogue', '--load', 'new.json', '--apply'], { readFile });
    expect((await cli.type(['provider', 'catalogue'])).out).toContain('newcomer');
  });
});

describe('models, aliases and prices', () => {
  beforeEach(async () => {
    await cli.type(['provider', 'add', 'cloudy', '--key', 'x']);
  });

  it('are hidden and approved', async () => {
    expect((await cli.type(['model', 'hide', 'cloudy/small-model'])).out).toBe('cloudy/small-model is hidden.\n');
    expect((await cli.type(['model', 'list', '--state', 'hidden'])).out).toContain('small-model');
    await cli.type(['model', 'approve', 'cloudy/small-model']);
    expect((await cli.type(['model', 'list', '--state', 'hidden'])).out).toContain('No model is like that');
  });

  it('are named by aliases', async () => {
    expect((await cli.type(['model', 'alias', 'best', 'cloudy/small-model'])).out).toBe('best → cloudy/small-model\n');
    expect((await cli.type(['model', 'alias', 'best', 'other'])).code).toBe(1);
    expect((await cli.type(['model', 'alias', 'best', '--remove'])).code).toBe(0);
    expect((await cli.type(['model', 'alias'])).out).toContain('There are no aliases');
  });

  it('are unpriced until a price is set', async () => {
    expect((await cli.type(['price', 'list'])).out).toContain('unpriced');
    await cli.type(['price', 'set', 'cloudy', 'small-model', '--input', '2.50', '--output', '10']);
    expect((await cli.type(['price', 'list'])).out).toMatch(/small-model +2\.5 +- +10 +operator/);
  });
});

describe('usage', () => {
  beforeEach(() => {
    const { outcomes } = cli.plane.state;
    outcomes.push(exampleOutcome(1, TEST_NOW - 3_600_000, 1_500n), exampleOutcome(2, TEST_NOW - 90_000_000, undefined));
  });

  it('is summed over a time, with what is unpriced beside the cost', async () => {
    const [all] = JSON.parse((await cli.type(['usage', '--json'])).out);
    expect(all).toMatchObject({ requests: 2, unpriced_requests: 1, cost_usd: '0.0000015', cost_nano_usd: '1500' });
    expect((await cli.type(['usage', '--since', '24h', '--by', 'model'])).out).toMatch(
      /small-model +1 +0 +10 +20 +\$0\.0000015 +0/,
    );
    expect((await cli.type(['usage', '--since', '1m'])).out).toBe('Nothing was called in that time.\n');
  });

  it('shows single calls and one in full', async () => {
    const { out } = await cli.type(['usage', '--records']);
    expect(out).toContain('unpriced');
    expect(out.indexOf('req_call2')).toBeLessThan(out.indexOf('req_call1'));
    expect((await cli.type(['usage', '--request', 'req_call1'])).out).toContain('"upstream_request_id": "up-1"');
  });
});

describe('looking after a hub', () => {
  it('says how each goes', async () => {
    expect((await cli.type(['backup', 'a.db'])).out).toContain('/cwd/a.db: 4096 bytes.');
    expect((await cli.type(['vault', 'status'])).out).toContain('ab12cd34');
    expect((await cli.type(['vault', 'rotate'])).out).toContain('Rotation running: 0 sealed anew, 3 to go.');
    expect((await cli.type(['admin', 'token'])).out).toMatch(/^new-admin-token\n/);
    expect((await cli.type(['config', 'apply', '--dry-run'])).out).toContain('Nothing is changed yet');
    expect((await cli.type(['config', 'apply'])).out).toContain('Applied.');
    expect((await cli.type(['restore', 'a.db'])).out).toContain('store from /cwd/a.db');
    expect((await cli.type(['store', 'copy', '--to', 'postgres://db/hub'])).out).toContain('virtual_keys');
  });

  it('gathers diagnostics as JSON, asked for or not, without a secret', async () => {
    const plain = await cli.type(['diagnostics']);
    expect(JSON.parse(plain.out)).toMatchObject({ hub: { version: '0.1.0' }, store: { engine_version: '3.50.0' } });
    expect(plain.out).not.toContain('canary');
    expect((await cli.type(['diagnostics', '--json'])).out).toBe(plain.out);
  });

  it('tells who did what, and whether the log of it is whole', async () => {
    for (let index = 0; index < 250; index += 1) await cli.type(['admin', 'token']);
    await cli.type(['key', 'create', 'ci']);
    expect((await cli.type(['audit', 'list', '--limit', '2'])).out).toMatch(
      /^AT .*OUTCOME.*\n.* installation +createKey +\S+ +done.*\n.* installation +newAdminToken /,
    );
    const exported = (await cli.type(['audit', 'export', '--installation'])).out.trimEnd().split('\n');
    expect(exported).toHaveLength(251);
    expect(JSON.parse((await cli.type(['audit', 'list', '--action', 'createKey', '--json'])).out)).toMatchObject([
      { actor_kind: 'installation', outcome: 'done' },
    ]);
    expect(await cli.type(['audit', 'verify'])).toMatchObject({
      code: 0,
      out: `All 251 entries are as they were written.\nHead 251:${'ab'.repeat(32)}\n`,
    });
    const noted = await cli.type(['audit', 'verify', '--noted', `9:${'cd'.repeat(32)}`]);
    expect(noted).toMatchObject({ code: 1, out: expect.stringContaining('Entry 9: is not the entry that was noted') });
    expect((await cli.type(['audit', 'verify', '--noted', 'nonsense'])).code).toBe(1);
  });

  it('proves the ledger, against a head that was noted', async () => {
    await cli.type(['credit', 'give', '5', '--name', 'Order']);
    expect(await cli.type(['ledger', 'verify'])).toMatchObject({
      code: 0,
      out: `All 1 entries prove every balance.\nHead 1:${'ab'.repeat(32)}\n`,
    });
    const noted = await cli.type(['ledger', 'verify', '--noted', `9:${'cd'.repeat(32)}`]);
    expect(noted).toMatchObject({ code: 1, out: expect.stringContaining('seal 9 is not the seal that was noted') });
    expect((await cli.type(['ledger', 'verify', '--noted', 'nonsense'])).code).toBe(1);
  });

  it('does not restore or copy under a running hub', async () => {
    const findRunningHub = async () => ({ pid: 42, address: 'http://127.0.0.1:1', controlToken: 't' });
    for (const command of [
      ['restore', 'a.db'],
      ['store', 'copy', '--to', 'postgres://db/hub'],
    ]) {
      const typed = await cli.type(command, { findRunningHub });
      expect(typed).toMatchObject({ code: 1, err: expect.stringContaining('process 42') });
    }
  });

  it('lists every problem of the settings', async () => {
    const problems = [{ where: 'hub.yaml:3:5 port', message: 'must be a number' }];
    const doctor = () => ({ ...healthyMachine(), settings: async () => ({ state: 'wrong' as const, problems }) });
    expect(await cli.type(['config', 'check'], { doctor })).toMatchObject({
      code: 1,
      out: 'hub.yaml:3:5 port: must be a number\n',
    });
    expect(await cli.type(['doctor'], { doctor })).toMatchObject({ code: 1 });
    expect(await cli.type(['doctor'])).toMatchObject({ code: 0, out: expect.stringContaining('Nothing is wrong.') });
  });
});

describe('start and demo', () => {
  it('hand their flags over, the demo with the simulated provider and data of its own', async () => {
    await cli.type(['start', '--port', '8443', '--tls-self-signed', '--data-dir', '/d']);
    await cli.type(['demo']);
    expect(cli.started).toEqual([
      expect.objectContaining({ port: '8443', tlsSelfSigned: true, dataDir: '/d' }),
      expect.objectContaining({ simulated: 'on', dataDir: '/cwd/demo-data' }),
    ]);
  });

  it('say why a hub did not start', async () => {
    const typed = await cli.type(['start'], {
      start: async () => Promise.reject(new Error('HUB_PORT: must be a number')),
    });
    expect(typed).toMatchObject({ code: 1, err: 'error: HUB_PORT: must be a number\n' });
  });
});

describe('which hub a command speaks to', () => {
  it('opens the store when none runs, and closes it even when the command fails', async () => {
    await cli.type(['key', 'revoke', 'nobody']);
    expect([cli.opened(), cli.closed()]).toEqual([1, 1]);
  });

  it('speaks over HTTP to the one that runs, or to the one that is named', async () => {
    const server = createServer(handlerOf(cli.plane.app));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A server that listens on a TCP port has an address with one.
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const connect = connectOverHttp;
    const findRunningHub = async () => ({ pid: 1, address, controlToken: TEST_ADMIN_TOKEN });
    expect((await cli.type(['key', 'create', 'over-http'], { connect, findRunningHub })).code).toBe(0);
    const named = ['--url', address, '--token', TEST_ADMIN_TOKEN];
    expect((await cli.type(['key', 'list', ...named], { connect })).out).toContain('over-http');
    const environment = { HUB_URL: address, HUB_ADMIN_TOKEN: 'wrong' };
    const refused = await cli.type(['key', 'list', '--json'], { connect, environment });
    expect(JSON.parse(refused.err)).toMatchObject({ error: { code: 'auth.required' } });
    expect((await cli.type(['key', 'list', '--url', address], { connect })).err).toContain('asks for an admin token');
    expect(cli.opened()).toBe(0);
    await new Promise((resolve) => server.close(resolve));
    const gone = await cli.type(['key', 'list', ...named], { connect });
    expect(gone).toMatchObject({ code: 1, err: expect.stringContaining('Start one with `aigne-hub start`') });
  });
});

describe('help', () => {
  it('introduces the product', async () => {
    expect((await cli.type(['--help'])).out).toMatchSnapshot();
  });

  it.each([
    'start',
    'demo',
    'provider list',
    'provider catalogue',
    'provider add',
    'provider test',
    'provider refresh',
    'provider remove',
    'model list',
    'model approve',
    'model hide',
    'model alias',
    'key create',
    'key list',
    'key revoke',
    'project list',
    'project create',
    'member list',
    'member invite',
    'member role',
    'member remove',
    'org list',
    'org create',
    'org suspend',
    'org reactivate',
    'usage',
    'price list',
    'price set',
    'doctor',
    'diagnostics',
    'config check',
    'config apply',
    'backup',
    'restore',
    'store copy',
    'vault status',
    'vault rotate',
    'admin token',
  ])('of %s shows an example', async (command) => {
    const typed = await cli.type([...command.split(' '), '--help']);
    expect(typed.code).toBe(0);
    expect(typed.out).toContain(`$ aigne-hub ${command}`);
  });
});
