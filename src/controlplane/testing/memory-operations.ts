import { GatewayError } from '../../kernel/errors.ts';
import type { ControlServices } from '../services.ts';
import { exampleProviders } from './examples.ts';
import { existing, type MemoryState, TEST_NOW } from './memory-state.ts';

/** See {@link ControlServices}. */
export function catalogueServices(state: MemoryState): ControlServices['catalogue'] {
  const idsIn = (document: unknown): string[] => {
    if (!Array.isArray(document))
      throw new GatewayError('request.invalid', { message: 'document: is no list of entries.' });
    return document.map((entry: unknown) =>
      typeof entry === 'object' && entry !== null && 'id' in entry ? String(entry.id) : '?',
    );
  };
  const compare: ControlServices['catalogue']['compare'] = async (from) => {
    const ids = from.kind === 'url' ? ['fetched'] : idsIn(from.document);
    return {
      added: ids.filter((id) => !state.providers.has(id)),
      changed: ids.filter((id) => state.providers.has(id)).map((id) => ({ id, fields: ['baseUrl'] })),
      unchanged: [],
    };
  };
  return {
    list: async () => [...state.providers.values()],
    get: async (id) => state.providers.get(id),
    compare,
    apply: async (from) => {
      const difference = await compare(from);
      const [template] = exampleProviders();
      if (template !== undefined) {
        for (const id of difference.added) state.providers.set(id, { ...template, id, name: id, origin: 'applied' });
      }
      return difference;
    },
    remove: async (id) => {
      if (existing(state.providers, id).origin === 'built_in') throw new GatewayError('resource.not_found');
      state.providers.delete(id);
    },
  };
}

/** See {@link ControlServices}. */
export function probeServices(): ControlServices['probe'] {
  return {
    probe: async ({ baseUrl }) => ({
      baseUrl,
      dialect: 'openai-chat',
      results: [
        { credentialId: undefined, step: 'models', ok: true, httpStatus: 200, latencyMs: 3, message: undefined },
      ],
      models: ['local-model'],
      proposedEntry: { id: 'proposed', name: 'Proposed', baseUrl },
    }),
  };
}

/** See {@link ControlServices}. */
export function vaultServices(): ControlServices['vault'] {
  const status = {
    versions: [{ version: 1, fingerprint: 'ab12cd34', createdAt: TEST_NOW, retiredAt: undefined }],
    currentVersion: 1,
    undecryptable: 0,
    rotation: { state: 'idle' as const, rewrapped: 0, remaining: 0, error: undefined },
  };
  return {
    status: async () => status,
    rotate: async () => ({ ...status, rotation: { ...status.rotation, state: 'running' as const, remaining: 3 } }),
  };
}

/** See {@link ControlServices}. */
export function configServices(): ControlServices['config'] {
  return {
    status: async () => ({ path: '/etc/hub.yaml', appliedAt: TEST_NOW, version: 7 }),
    apply: async (mode) => ({
      applied: mode === 'apply',
      changes: [{ action: 'create', sentence: 'connect openai as “openai-eu”' }],
      problems: [],
    }),
  };
}

/** See {@link ControlServices}. */
export function systemServices(state: MemoryState): ControlServices['system'] {
  const health = async () => ({
    state: 'ok' as const,
    checks: [{ name: 'store', state: 'ok' as const, message: undefined }],
    connections: [...state.connections.values()].map((row) => ({
      connectionId: row.id,
      name: row.name,
      state: 'unknown' as const,
      message: 'not tried yet',
    })),
  });
  const told: Pick<ControlServices['system'], 'info' | 'settings' | 'jobs'> = {
    info: async () => ({
      version: '0.1.0',
      nodeVersion: '24.0.0',
      instanceId: 'inst_1',
      startedAt: TEST_NOW,
      mode: 'enterprise',
      simulated: true,
      store: 'sqlite',
      rowSecurity: { state: 'absent' },
      schemaVersion: '0001',
      configurationVersion: 7,
    }),
    settings: async () => [
      { name: 'port', origin: 'default', secret: false, value: 4180 },
      { name: 'masterKey', origin: 'environment', secret: true, value: 'canary-master-key' },
    ],
    jobs: async () => [
      { name: 'refresh-models', nextDueAt: TEST_NOW + 1000, lastRunAt: undefined, lastError: undefined },
    ],
  };
  return {
    ...told,
    diagnostics: async () => ({
      madeAt: TEST_NOW,
      info: await told.info(),
      machine: { platform: 'linux', release: '6.1', architecture: 'x64', processors: 2, memoryBytes: 1 },
      store: {
        engineVersion: '3.50.0',
        migrations: [{ version: 1, name: 'first tables', appliedAt: TEST_NOW }],
        rows: { organizations: 1 },
        providers: [{ providerId: 'openai', connections: 1 }],
        queues: { recordsToSum: 0, deliveriesWaiting: 0 },
        newest: {
          requests: 3,
          instances: [{ instanceId: 'inst_1', requests: 3, lastAt: TEST_NOW }],
          errors: [{ code: 'upstream.timeout', requests: 1, lastAt: TEST_NOW }],
        },
      },
      settings: await told.settings(),
      health: { state: 'ok', checks: [] },
      jobs: await told.jobs(),
      metrics: undefined,
    }),
    health,
    checkHealth: health,
    backup: async (target) => ({ kind: 'written', path: target, bytes: 4096, keyFingerprint: 'ab12cd34' }),
    newAdminToken: async () => 'new-admin-token',
  };
}
