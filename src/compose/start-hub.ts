import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { StartFlags } from '../cli/deps.ts';
import { accessOfInstallation } from '../identity/access.ts';
import { systemClock } from '../kernel/clock.ts';
import { createIdMaker } from '../kernel/ids.ts';
import type { LimitCounters } from '../limits/ports.ts';
import { createLogger, type Logger } from '../observability/logger.ts';
import { findDataDir, type LoadedSettings, loadSettings, type SettingsSources } from '../settings.ts';
import { type SimulatedProvider, startSimulatedProvider } from '../simulated/server.ts';
import { bannerText } from './banner.ts';
import type { Simulated } from './compile-snapshot.ts';
import { createDeclaredConfig, type DeclaredConfig } from './config-services.ts';
import { addressOf, type Core, HUB_VERSION, openCore } from './core.ts';
import { lockDataDir, prepareDataDir, removeRunFile, writeRunFile } from './data-dir.ts';
import { declaredTargets, declareEverything } from './declared-config.ts';
import type { HealthBus } from './health-between-processes.ts';
import { Keeper, modelToTry } from './keeper.ts';
import { endCallsOf } from './limits.ts';
import { PAGES } from './mail.ts';
import { type Serving, serve } from './serve.ts';
import { Supervisor } from './supervisor.ts';
import { systemServices } from './system-services.ts';

const CONTROL_TOKEN_BYTES = 32;
const FIRST_KEY_NAME = 'first key';

/** The world of a process, read in main.ts alone. */
export type World = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly write: (text: string) => void;
  /** The file that a worker process runs. */
  readonly entry: string;
};

/** What the processes of one hub share. */
export type Shared = {
  readonly instanceId: string;
  readonly simulated: Simulated;
  readonly controlToken: string;
};

/** Settings as a start or a reload reads them. @throws SettingsError */
export function readSettings(flags: StartFlags, world: World): LoadedSettings {
  return loadSettings(sourcesOf(flags, world));
}

/** Where the hub of this command line keeps its data, whatever else is wrong with its settings. */
export function dataDirOf(flags: StartFlags, world: World): string {
  return findDataDir(sourcesOf(flags, world));
}

function sourcesOf(flags: StartFlags, world: World): SettingsSources {
  return { flags, environment: world.environment, cwd: world.cwd, readFile: readFileOrNothing };
}

function readFileOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Runs a hub until it is told to stop: one process, or with `workers` one that looks after several. Gives the exit code.
 * @throws SettingsError, DataDirInUse, VaultKeyMismatch and the like, each with what to do
 */
export async function startHub(flags: StartFlags, world: World): Promise<number> {
  const signals = listenForSignals();
  const loaded = readSettings(flags, world);
  const { settings } = loaded;
  const instanceId = createIdMaker(systemClock.now)('inst');
  const logger = createLogger({ level: settings.log.level, instanceId });
  for (const warning of loaded.warnings) logger.warn(warning);
  const lock = lockDataDir(settings.dataDir, prepareDataDir(settings.dataDir));
  let provider: SimulatedProvider | undefined;
  try {
    provider = settings.simulated === 'off' ? undefined : await startSimulatedProvider();
    const shared: Shared = {
      instanceId,
      simulated: provider && { origin: provider.origin, mode: settings.simulated === 'on' ? 'on' : 'auto' },
      controlToken: randomBytes(CONTROL_TOKEN_BYTES).toString('base64url'),
    };
    await runUntilTold({ loaded, flags, world, logger, shared, signals });
  } finally {
    await provider?.close();
    lock.release();
    logger.flush();
  }
  return 0;
}

type RunInput = CoreParts & { readonly flags: StartFlags; readonly signals: Signals };

/** Everything between taking the data directory and giving it back. */
async function runUntilTold(input: RunInput): Promise<void> {
  const { loaded, flags, world, logger, shared, signals } = input;
  const core = await openCore(coreInput(input));
  const keeper = new Keeper(core);
  try {
    await keeper.recover(() => true);
    await keeper.prepareSimulated(shared.simulated?.origin);
    await keeper.applyCatalogueFile();
    const config = createDeclaredConfig(core, () => readSettings(flags, world));
    await applyDeclared(config, logger);
    const secrets = await firstSecrets(core);
    const found = loaded.settings.discovery.localServers ? await keeper.connectLocalServers() : [];
    await core.snapshot.refresh();
    const running = await runProcesses({ core, config, shared, flags, world, keeper, origins: loaded.origins });
    try {
      announce({ core, running, shared, world, secrets, found });
      await keeper.startJobs();
      keeper.seedPrices().catch((error: unknown) => logger.warn({ err: error }, 'prices could not be brought in'));
      signals.onReload(() => applyDeclared(config, logger));
      await signals.told;
      logger.info('shutting down');
    } finally {
      removeRunFile(core.paths);
      await running.drain();
    }
  } finally {
    await keeper.close();
    await core.close();
  }
}

type Announcement = Pick<ProcessesInput, 'core' | 'shared' | 'world'> & {
  readonly running: Running;
  readonly secrets: {
    readonly adminToken: string | undefined;
    readonly key: string | undefined;
    readonly firstOwnerToken: string | undefined;
  };
  readonly found: readonly string[];
};

/** Tells the command line where the hub is, and the person how to go on. */
function announce({ core, running, shared, world, secrets, found }: Announcement): void {
  const address = addressOf(core.settings, running.port);
  const { certificate } = running;
  core.listensOn(running.port);
  writeRunFile(core.paths, {
    pid: process.pid,
    address,
    controlToken: shared.controlToken,
    certificate: certificate?.cert,
  });
  world.write(
    bannerText({
      version: HUB_VERSION,
      address,
      dataDir: core.settings.dataDir,
      adminToken: secrets.adminToken,
      key: secrets.key,
      setupLink:
        secrets.firstOwnerToken === undefined
          ? undefined
          : `${core.baseUrl()}${PAGES.setup}#${secrets.firstOwnerToken}`,
      model: modelToTry(core),
      found,
      isSelfSigned: core.settings.tls.kind === 'self-signed',
    }),
  );
}

type CoreParts = {
  readonly loaded: LoadedSettings;
  readonly world: World;
  readonly logger: Logger;
  readonly shared: Shared;
  /** The counts of limits, where another process has them for this one. */
  readonly sharedCounters?: LimitCounters | undefined;
  readonly healthBus?: HealthBus | undefined;
};

/** What a process of the hub opens its core with. */
export function coreInput({
  loaded,
  world,
  logger,
  shared,
  sharedCounters,
  healthBus,
}: CoreParts): Parameters<typeof openCore>[0] {
  const { settings } = loaded;
  return {
    settings,
    environment: world.environment,
    logger,
    sharedCounters,
    healthBus,
    instanceId: shared.instanceId,
    simulated: shared.simulated,
    write: world.write,
    declaredTargets: (catalogue) => {
      const everything = declareEverything(loaded, world.environment, catalogue);
      for (const problem of everything.problems) logger.warn(problem);
      const own = shared.simulated === undefined ? [] : [new URL(shared.simulated.origin).host];
      return [...declaredTargets(everything, catalogue), ...own];
    },
  };
}

async function applyDeclared(config: DeclaredConfig, logger: Logger): Promise<void> {
  const { changes, problems } = await config.apply();
  for (const { sentence } of changes) logger.info(sentence);
  for (const { place, message } of problems) logger.error(`${place}: ${message}`);
}

/** On the first start: the admin token and a virtual key to try the hub with. */
async function firstSecrets({ adminTokens, keys, store, tenant, people }: Core): Promise<Announcement['secrets']> {
  const adminToken = await adminTokens.ensureFirst();
  const firstOwnerToken = await people.firstOwnerToken();
  if (adminToken === undefined || (await store.keys.list(tenant)).some((key) => key.name === FIRST_KEY_NAME))
    return { adminToken, key: undefined, firstOwnerToken };
  const { secret } = await keys.create(accessOfInstallation(tenant), {
    projectId: undefined,
    owner: undefined,
    name: FIRST_KEY_NAME,
    allowedModels: undefined,
    refusesLosses: false,
    cacheSeconds: undefined,
    expiresAt: undefined,
    allowedAddresses: undefined,
    allowedOrigins: undefined,
  });
  return { adminToken, key: secret, firstOwnerToken };
}

type Running = Pick<Serving, 'port' | 'certificate' | 'drain'>;
type ProcessesInput = {
  readonly core: Core;
  readonly config: DeclaredConfig;
  readonly shared: Shared;
  readonly flags: StartFlags;
  readonly world: World;
  readonly keeper: Keeper;
  readonly origins: LoadedSettings['origins'];
};

async function runProcesses({ core, config, shared, flags, world, keeper, origins }: ProcessesInput): Promise<Running> {
  if (core.settings.workers > 1 && cluster.isPrimary) {
    const supervisor = new Supervisor({
      core,
      shared,
      flags,
      entry: world.entry,
      onWorkerDied: async (id) => {
        try {
          await keeper.recover((instance) => instance === id);
        } finally {
          await endCallsOf(id, core);
        }
      },
    });
    return supervisor.start();
  }
  return serve({
    core,
    controlToken: shared.controlToken,
    config: config.services,
    system: systemServices({ core, startedAt: core.clock.now(), origins }),
    gatherMetrics: (own) => own(),
  });
}

type Signals = {
  /** Resolves at SIGTERM or SIGINT, which may come before the hub is up. */
  readonly told: Promise<void>;
  /** What SIGHUP does: reads the declared configuration again. */
  readonly onReload: (reload: () => Promise<void>) => void;
};

/** Listens to the operating system's wishes. A second SIGINT ends at once. */
function listenForSignals(): Signals {
  let reload = (): Promise<void> => Promise.resolve();
  const told = new Promise<void>((resolve) => {
    const stop = (): void => {
      process.once('SIGINT', () => process.exit(130));
      resolve();
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  });
  // What is wrong in the file is logged by the apply itself.
  process.on('SIGHUP', () => void reload().catch((error: unknown) => process.emitWarning(String(error))));
  return {
    told,
    onReload: (next) => {
      reload = next;
    },
  };
}
