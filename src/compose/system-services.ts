import process from 'node:process';
import type { BackupOutcome, ControlServices, SettingSummary } from '../controlplane/services.ts';
import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.ts';
import type { LoadedSettings } from '../settings.ts';
import { backupStore } from '../storage/backup.ts';
import { BackupError } from '../storage/backup-manifest.ts';
import { type Core, HUB_VERSION, storeLocation } from './core.ts';

export type SystemInput = {
  readonly core: Core;
  readonly startedAt: number;
  readonly origins: LoadedSettings['origins'];
};

/** What the control plane tells of the process itself. */
export function systemServices({
  core,
  startedAt,
  origins,
}: SystemInput): Pick<ControlServices['system'], 'info' | 'settings' | 'newAdminToken' | 'backup'> {
  return {
    info: async () => ({
      version: HUB_VERSION,
      nodeVersion: process.version,
      instanceId: core.instanceId,
      startedAt,
      mode: core.snapshot.current.charging === undefined ? 'enterprise' : 'service_provider',
      simulated: core.snapshot.current.connections.some((connection) => connection.simulated),
      store: core.store.kind,
      rowSecurity: await core.store.rowSecurity(),
      schemaVersion: String(await core.store.schemaVersion()),
      configurationVersion: core.snapshot.version,
    }),
    settings: async () => summarize(toDocument(core.settings), [], origins),
    newAdminToken: core.adminTokens.makeNew,
    backup: (target) => backup(core, target),
  };
}

async function backup(core: Core, target: string): Promise<BackupOutcome> {
  const keyFingerprint = core.keyring.newest().fingerprint;
  try {
    const manifest = await backupStore({
      location: storeLocation(core.settings),
      directory: target,
      createdAt: core.clock.now(),
      masterKeyFingerprint: keyFingerprint,
      environment: core.environment,
    });
    return { kind: 'written', path: target, bytes: manifest.bytes, keyFingerprint };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    throw new GatewayError('resource.conflict', { message: error.message, cause: error });
  }
}

/** Secrets become `undefined` on the way: they know how to hide themselves from JSON. */
function toDocument(settings: Core['settings']): JsonObject {
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, asJson(value)]));
}

function asJson(value: unknown): JsonValue | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (Array.isArray(value)) return value.map((item) => asJson(item) ?? null);
  if (typeof value !== 'object') return undefined;
  if ('reveal' in value) return { secret: true };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asJson(item)]));
}

function summarize(value: JsonObject, path: readonly string[], origins: ReadonlyMap<string, string>): SettingSummary[] {
  return Object.entries(value).flatMap(([key, item]) => {
    const name = [...path, key].join('.');
    const secret = isJsonObject(item) && item['secret'] === true;
    if (isJsonObject(item) && !secret) return summarize(item, [...path, key], origins);
    const origin = originOf(origins, name);
    // A secret that is not set is nothing at all here.
    return [{ name, origin, secret, value: secret ? 'set' : item }];
  });
}

/** Settings that are settled from others than the one of their own name. */
const SETTLED_FROM: Readonly<Record<string, string>> = {
  pathPrefix: 'publicUrl',
  store: 'store',
  tls: 'tls',
  masterKey: 'masterKey',
};

function originOf(origins: LoadedSettings['origins'], name: string): SettingSummary['origin'] {
  const from = SETTLED_FROM[name.split('.')[0] ?? ''];
  const [, where] = [...origins].find(([path]) =>
    from === undefined ? path === name : path === from || path.startsWith(`${from}.`),
  ) ?? [name, undefined];
  if (where === undefined) return 'default';
  if (where.startsWith('flag')) return 'flag';
  return where.startsWith('environment') ? 'environment' : 'file';
}
