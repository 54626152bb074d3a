import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import type { CliDeps, OfflineHub, StartFlags } from '../cli/deps.ts';
import { connectOverHttp } from '../cli/http-hub.ts';
import { RUN_FILE, readRunFile } from '../cli/run-file.ts';
import { inputFrom, outputTo } from '../cli/terminal.ts';
import { createControlPlane } from '../controlplane/app.ts';
import { callInProcess } from '../controlplane/in-process.ts';
import type { SystemServices } from '../controlplane/services.ts';
import { systemClock } from '../kernel/clock.ts';
import { createIdMaker } from '../kernel/ids.ts';
import { createLogger } from '../observability/logger.ts';
import { Router } from '../routing/router.ts';
import type { LoadedSettings } from '../settings.ts';
import { copyStore } from '../storage/copy.ts';
import { restoreStore } from '../storage/restore.ts';
import { loadKeyring } from '../vault/keyring.ts';
import { composeAccess } from './access.ts';
import { createDeclaredConfig } from './config-services.ts';
import { composeResources } from './control-services.ts';
import { type Core, HUB_VERSION, keySource, openCore, storeLocation } from './core.ts';
import { lockDataDir, prepareDataDir } from './data-dir.ts';
import { createDiagnostics } from './diagnostics.ts';
import { doctorPorts } from './doctor-ports.ts';
import { coreInput, dataDirOf, readSettings, startHub, type World } from './start-hub.ts';
import { systemServices } from './system-services.ts';

const OFFLINE_TOKEN_BYTES = 32;

/** What the command line needs, from the real world. */
export function cliDeps(world: World): CliDeps {
  const err = outputTo(process.stderr);
  return {
    version: HUB_VERSION,
    environment: world.environment,
    out: outputTo(process.stdout),
    err,
    input: inputFrom(process.stdin, err),
    now: systemClock.now,
    readFile: (path) => readFile(resolve(world.cwd, path), 'utf8'),
    resolvePath: (path) => resolve(world.cwd, path),
    start: (flags) => startHub(flags, world),
    findRunningHub: async (flags) => findRunningHub(flags, world),
    openOffline: (flags) => openOffline(flags, world),
    connect: connectOverHttp,
    restore: async ({ flags, from, overwrite }) => {
      const { settings } = readSettings(flags, world);
      const paths = prepareDataDir(settings.dataDir);
      const lock = lockDataDir(settings.dataDir, paths);
      try {
        const keyring = await loadKeyring(keySource(settings, world.environment, false), randomBytes);
        const { manifest } = await restoreStore({
          directory: from,
          target: storeLocation(settings),
          masterKeyFingerprint: keyring.newest().fingerprint,
          force: overwrite === 'replace',
          now: systemClock.now(),
          environment: world.environment,
        });
        const target = settings.store.kind === 'sqlite' ? settings.store.path : 'PostgreSQL';
        return { schemaVersion: String(manifest.schemaVersion), target };
      } finally {
        lock.release();
      }
    },
    copyStore: async ({ flags, to, onProgress }) => {
      const { settings } = readSettings(flags, world);
      if (settings.store.kind !== 'sqlite')
        throw new Error('The store is PostgreSQL already; there is nothing to move.');
      const lock = lockDataDir(settings.dataDir, prepareDataDir(settings.dataDir));
      try {
        const { tables } = await copyStore({
          fromPath: settings.store.path,
          to: { url: to },
          onProgress: ({ table, copied }) => onProgress(table, copied),
        });
        return tables;
      } finally {
        lock.release();
      }
    },
    doctor: (flags) => doctorPorts(flags, world, { findRunningHub: () => findRunningHub(flags, world) }),
  };
}

async function findRunningHub(flags: StartFlags, world: World) {
  const path = join(dataDirOf(flags, world), RUN_FILE);
  const text = existsSync(path) ? await readFile(path, 'utf8') : undefined;
  return readRunFile(text, isAlive);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user is alive, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function offlineSystem(core: Core, origins: LoadedSettings['origins']): SystemServices {
  const health = async () => ({
    state: 'unknown' as const,
    checks: [{ name: 'hub', state: 'unknown' as const, message: 'no hub is running' }],
    connections: [],
  });
  const system = {
    ...systemServices({ core, startedAt: core.clock.now(), origins }),
    jobs: () => core.store.jobs.list(),
    health,
    checkHealth: health,
  };
  return { ...system, diagnostics: createDiagnostics({ core, system, metrics: undefined }) };
}

/** The control plane on a store that no hub holds: the same routes, called without a network. */
async function openOffline(flags: StartFlags, world: World): Promise<OfflineHub> {
  const loaded = readSettings(flags, world);
  const { settings } = loaded;
  const lock = lockDataDir(settings.dataDir, prepareDataDir(settings.dataDir));
  const shared = {
    instanceId: createIdMaker(systemClock.now)('inst'),
    simulated: undefined,
    controlToken: randomBytes(OFFLINE_TOKEN_BYTES).toString('base64url'),
  };
  const logger = createLogger({ level: 'warn', instanceId: shared.instanceId });
  try {
    const core = await openCore(coreInput({ loaded, world, logger, shared }));
    const app = await createControlPlane({
      // No call is made from here: every deployment stands as at a start.
      ...composeResources(core, new Router({ clock: core.clock, coolForMs: () => 0, onChange: () => undefined })),
      // Only the command line of this process calls here: no management key is used.
      ...composeAccess(core, shared.controlToken, { note: () => undefined }),
      newRequestId: () => core.newId('req'),
      now: core.clock.now,
      reportError: ({ error }) => logger.error({ err: error }, 'a control request failed'),
      config: createDeclaredConfig(core, () => readSettings(flags, world)).services,
      system: offlineSystem(core, loaded.origins),
    });
    return {
      send: callInProcess(app, shared.controlToken),
      close: async () => {
        await app.close();
        await core.rotation.close();
        await core.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
