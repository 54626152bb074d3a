import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, chatBody, eventually, listOf, textOf, usageRecord } from '../support/hub-calls.ts';
import { runCommand } from '../support/hub-command.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const KEY_TEXT = `sk-hub-${'d'.repeat(43)}`;

let upstream: FakeUpstream;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});

afterAll(async () => {
  await upstream?.close();
});

/** The newest chat that reached the provider; connections list their models beside it, at times of their own. */
function lastChat() {
  return upstream.journal.entries().findLast(({ path }) => path.endsWith('/chat/completions'));
}

/** A whole hub.yaml; `extra` replaces single sections. */
function hubYaml(extra: Readonly<Record<string, string>> = {}): string {
  const sections: Readonly<Record<string, string>> = {
    connections: `
  - name: declared
    provider: openai
    baseUrl: ${upstream.baseUrl}
    credentials:
      - secret: \${FAKE_SECRET}
    models: [fake-small, fake-by-hand]`,
    aliases: `
  house: declared/fake-small`,
    prices: `
  - provider: openai
    model: fake-small
    input: 1.00
    output: 2.00`,
    keys: `
  - name: declared key
    secret: \${FAKE_KEY}
    allowedModels: [house, fake-small, smart]`,
    routes: `
  - name: smart
    tiers: [{ targets: [{ model: fake-large, weight: 0 }] }]
    rules:
      - when: { keys: [declared key] }
        tiers: [{ targets: [{ model: declared/fake-small }] }]`,
    usageLimits: `
  - name: declared limit
    subject: { kind: key, id: declared key }
    models: [smart]
    measure: requests
    amount: 1
    window: { kind: rolling, seconds: 3600 }
    mode: hard`,
    ...extra,
  };
  return Object.entries(sections)
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${name}:${text}\n`)
    .join('');
}

describe('hub.yaml', () => {
  let hub: HubProcess;
  let file: string;

  beforeAll(async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'hub-yaml-'));
    file = join(dataDir, 'hub.yaml');
    await writeFile(file, hubYaml());
    hub = await startHub({
      dataDir,
      flags: ['--config', file],
      allow: [`127.0.0.1:${upstream.port}`],
      environment: { FAKE_SECRET: 'sk-from-the-environment', FAKE_KEY: KEY_TEXT, SECOND_SECRET: 'sk-second' },
    });
  });

  afterAll(async () => {
    await hub?.stop();
    if (hub !== undefined) await rm(hub.dataDir, { recursive: true, force: true });
  });

  const ask = (model: string) => callHub(hub, KEY_TEXT, { body: chatBody({ model }) });
  const apply = (...more: string[]) =>
    runCommand(['config', 'apply', ...more, '--data-dir', hub.dataDir, '--config', file]);
  const named = async (path: string, name: string): Promise<JsonObject | undefined> =>
    (await listOf(hub, path)).find((row) => row['name'] === name);

  it('declares connections, keys, aliases and prices, which work at once', async () => {
    const answer = await ask('house');
    expect(answer.status).toBe(200);
    expect(lastChat()?.headers.authorization).toBe('Bearer sk-from-the-environment');
    const record = await usageRecord(hub, answer.headers['x-request-id']);
    expect(record).toMatchObject({ requested_model: 'house', routed_model: 'fake-small', priced: true });
    const { input_tokens: input, output_tokens: output } = asObject(record['usage']);
    expect(record['cost_nano_usd']).toBe(String(Number(input) * 1000 + Number(output) * 2000));
    expect((await ask('declared/fake-large')).error['code']).toBe('model.not_allowed');
  });

  it('declares routes and limits, which name its own keys', async () => {
    const answer = await ask('smart');
    expect(answer.status).toBe(200);
    const record = await usageRecord(hub, answer.headers['x-request-id']);
    expect(record).toMatchObject({ requested_model: 'smart', routed_model: 'fake-small' });
    expect((await ask('smart')).error['code']).toBe('limit.exceeded');
    expect((await ask('house')).status).toBe(200);
  });

  it('marks what it declares, and leaves it read-only everywhere else', async () => {
    const connection = asObject(await named('/connections', 'declared'));
    const key = asObject(await named('/keys', 'declared key'));
    const [credential] = await listOf(hub, `/connections/${textOf(connection['id'])}/credentials`);
    const [alias] = (await listOf(hub, '/aliases')).filter(
      (row) => row['alias'] === 'house' || row['name'] === 'house',
    );
    const [route] = await listOf(hub, '/routes');
    const [limit] = await listOf(hub, '/limits');
    for (const row of [connection, key, credential, alias, route, limit]) expect(row).toMatchObject({ source: 'file' });
    const refused: [string, string, JsonObject?][] = [
      ['PATCH', `/connections/${textOf(connection['id'])}`, { enabled: false }],
      ['DELETE', `/connections/${textOf(connection['id'])}`],
      ['POST', `/connections/${textOf(connection['id'])}/credentials`, { name: 'mine', secret: 'sk-mine' }],
      ['PUT', `/credentials/${textOf(credential?.['id'])}/secret`, { secret: 'sk-mine' }],
      ['DELETE', `/credentials/${textOf(credential?.['id'])}`],
      ['PATCH', `/keys/${textOf(key['id'])}`, { enabled: false }],
      ['DELETE', `/keys/${textOf(key['id'])}`],
      ['DELETE', `/aliases/${textOf(alias?.['id'])}`],
      ['DELETE', `/routes/${textOf(route?.['id'])}`],
      ['DELETE', `/limits/${textOf(limit?.['id'])}`],
    ];
    for (const [method, path, body] of refused) {
      await expect(hub.control(method, path, body), `${method} ${path}`).rejects.toThrow('resource.read_only');
    }
  });

  it('is applied anew by the command, which first shows the difference', async () => {
    await writeFile(file, hubYaml({ aliases: '\n  house: declared/fake-small\n  cottage: declared/fake-small' }));
    const shown = await apply('--dry-run');
    expect(shown).toMatchObject({ code: 0, out: expect.stringContaining('cottage') });
    expect(shown.out).toContain('Nothing is changed yet');
    expect((await ask('cottage')).status).toBe(404);
    const applied = await apply();
    expect(applied).toMatchObject({ code: 0, out: expect.stringContaining('Applied.') });
    expect((await ask('cottage')).status).toBe(200);
    expect(await apply()).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to change.') });
  });

  it('is read again at SIGHUP, and what left it is gone', async () => {
    const other = await hub.createKey('not from the file');
    await writeFile(file, hubYaml({ aliases: '', keys: '', routes: '', usageLimits: '' }));
    process.kill(hub.pid, 'SIGHUP');
    await eventually('end of the declared key', async () => (await ask('house')).status === 401);
    expect(await named('/keys', 'declared key')).toBeUndefined();
    expect([await listOf(hub, '/routes'), await listOf(hub, '/limits')]).toEqual([[], []]);
    expect(await named('/keys', 'not from the file')).toMatchObject({ id: other.id, source: 'store', state: 'active' });
    expect((await callHub(hub, other.secret, { body: chatBody({ model: 'house' }) })).status).toBe(404);
    await writeFile(file, hubYaml({ connections: ' []', aliases: '' }));
    expect(await apply()).toMatchObject({ code: 0 });
    expect(await named('/connections', 'declared')).toBeUndefined();
    expect((await ask('declared/fake-small')).status).toBe(404);
  });

  it('that became wrong changes nothing, and every problem is told with its line', async () => {
    const keys = async () => (await listOf(hub, '/keys')).map(({ id, name, state }) => ({ id, name, state }));
    const before = await keys();
    await writeFile(file, 'connections:\n  - name: x\n    provder: openai\nkeys: 7\n');
    const outcome = await apply();
    expect(outcome.code).toBe(1);
    expect(outcome.out).toMatch(/:3:\d+.*provder.*provider/);
    expect(outcome.out).toMatch(/:4:\d+.*keys/);
    expect(await keys()).toEqual(before);
    process.kill(hub.pid, 'SIGHUP');
    await eventually('the problem in the log', () => hub.log().includes('provder'));
    expect((await fetch(`${hub.address}/readyz`)).status).toBe(200);
  });
});

describe('a start', () => {
  it('is stopped by a bad file, and every problem is listed with its line', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'hub-yaml-'));
    const file = join(dataDir, 'hub.yaml');
    await writeFile(
      file,
      [
        'port: many',
        'limits:',
        '  bodyBytes: 1',
        'colour: red',
        'connections:',
        '  - name: a b',
        '    provider: openai',
        '    credentials:',
        '      - secret: sk-in-the-clear',
        '',
      ].join('\n'),
    );
    const failed = await runCommand(['start', '--data-dir', dataDir, '--config', file]);
    expect(failed.code).not.toBe(0);
    const text = failed.err + failed.out;
    for (const place of [':1:', ':3:', ':4:', ':6:', ':9:']) expect(text).toContain(`hub.yaml${place}`);
    expect(text).not.toContain('sk-in-the-clear');
    await rm(dataDir, { recursive: true, force: true });
  });

  it('is stopped by a variable that the file refers to and nobody set', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'hub-yaml-'));
    await writeFile(join(dataDir, 'hub.yaml'), hubYaml());
    const failed = await runCommand(['start', '--data-dir', dataDir, '--config', join(dataDir, 'hub.yaml')]);
    expect(failed.code).not.toBe(0);
    expect(failed.err + failed.out).toMatch(/FAKE_SECRET[\s\S]*FAKE_KEY|FAKE_KEY[\s\S]*FAKE_SECRET/);
    await rm(dataDir, { recursive: true, force: true });
  });

  it('connects the providers whose well-known variables are set', async () => {
    const hub = await startHub({
      allow: [`127.0.0.1:${upstream.port}`],
      environment: {
        OPENAI_API_KEY: 'sk-well-known',
        OPENAI_BASE_URL: upstream.baseUrl,
        OLLAMA_HOST: `127.0.0.1:${upstream.port}`,
      },
    });
    try {
      const connections = await listOf(hub, '/connections');
      expect(connections.find((row) => row['provider_id'] === 'openai')).toMatchObject({
        source: 'env',
        base_url: upstream.baseUrl,
      });
      expect(connections.find((row) => row['provider_id'] === 'ollama')).toMatchObject({
        source: 'env',
        base_url: upstream.baseUrl,
      });
      const { secret } = await hub.createKey();
      expect((await callHub(hub, secret, { body: chatBody({ model: 'openai/fake-small' }) })).status).toBe(200);
      expect(lastChat()?.headers.authorization).toBe('Bearer sk-well-known');
      expect(await readFile(join(hub.dataDir, 'hub.db'))).not.toContain('sk-well-known');
    } finally {
      await hub.stop();
    }
  });
});
