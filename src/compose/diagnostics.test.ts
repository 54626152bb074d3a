import { describe, expect, it } from 'vitest';
import type { SettingSummary } from '../controlplane/services.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { freshStore, TEST_ENGINES } from '../storage/testing/stores.ts';
import { createDiagnostics } from './diagnostics.ts';

const [sqlite] = TEST_ENGINES;
const AT = Date.UTC(2026, 4, 1);

async function gathered(
  settings: readonly SettingSummary[],
  more: { readonly lastError?: string; readonly message?: string } = {},
) {
  if (sqlite === undefined) throw new Error('SQLite is always there');
  const gather = createDiagnostics({
    core: {
      store: await freshStore(sqlite),
      clock: { now: () => AT, monotonic: () => AT },
      tenant: DEFAULT_TENANT,
    },
    system: {
      info: async () => ({
        version: '1',
        nodeVersion: 'v24',
        instanceId: 'inst_1',
        startedAt: AT,
        mode: 'enterprise',
        simulated: false,
        store: 'sqlite',
        rowSecurity: { state: 'absent' },
        schemaVersion: '7',
        configurationVersion: 1,
      }),
      settings: async () => settings,
      jobs: async () => [{ name: 'a job', nextDueAt: AT, lastRunAt: AT, lastError: more.lastError }],
      health: async () => ({
        state: 'ok',
        checks: [{ name: 'store', state: 'ok', message: more.message }],
        connections: [{ connectionId: 'conn_1', name: 'canary-of-a-name', state: 'ok', message: undefined }],
      }),
    },
    metrics: async () => 'hub_requests_open 0\n',
  });
  return gather();
}

describe('what is gathered for somebody who is asked for help', () => {
  it.each([
    ['an address’s user and password', 'https://ada:canary@hub.example/ai', 'https://hub.example/ai'],
    ['a user alone, which may be a token', 'https://canary@hub.example/ai', 'https://hub.example/ai'],
    ['an address’s query', 'https://hub.example/ai?anything=canary', 'https://hub.example/ai'],
    ['a key within a text', 'see sk-proj-canary1234567890', 'see sk-…'],
  ])('leaves out %s', async (_what, value, shown) => {
    const setting = { origin: 'file', secret: false } as const;
    const { settings } = await gathered([
      { ...setting, name: 'one', value },
      { ...setting, name: 'several', value: ['plain', value] },
    ]);
    expect(settings.map((one) => one.value)).toEqual([shown, ['plain', shown]]);
  });

  it('treats the command that prints the master key as a secret', async () => {
    const command = { name: 'masterKey.command', origin: 'environment', secret: false, value: 'fetch --as x' } as const;
    expect((await gathered([command])).settings).toEqual([{ ...command, secret: true }]);
  });

  it('strikes secrets out of errors, and names no connection', async () => {
    const said = 'the proxy http://ada:canary-password@10.0.0.1:3128 refused Bearer canary-token';
    const found = await gathered([], { lastError: said, message: said });
    expect(found.jobs[0]?.lastError).toBe('the proxy http://…@10.0.0.1:3128 refused Bearer …');
    expect(JSON.stringify(found)).not.toContain('canary');
  });

  it('says what it runs on, and holds the metrics', async () => {
    const found = await gathered([]);
    expect(found).toMatchObject({ madeAt: AT, metrics: 'hub_requests_open 0\n', health: { state: 'ok' } });
    expect(found.machine).toMatchObject({ platform: process.platform, architecture: process.arch });
    expect(found.machine.processors).toBeGreaterThan(0);
  });
});
