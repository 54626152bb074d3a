import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreLocation } from '../../src/storage/open-store.ts';
import { type HubProcess, startHub } from './hub-process.ts';
import { postgresDatabase } from './postgres.ts';
import { shiftedClock } from './shifted-clock.ts';

/** Hubs that share one ledger, on either store, as they may be run. */
export type CreditPlace = {
  readonly location: StoreLocation;
  /** Where calls may go: one address for each process or group of workers. */
  readonly hubs: readonly [HubProcess, ...HubProcess[]];
  readonly close: () => Promise<void>;
};

/** `sqlite`: one hub of two workers on one file. `postgres`: two hubs, each with a folder of its own. */
export type PlaceKind = 'sqlite' | 'postgres';

/** Has one hub prepared, then starts those that are to share the ledger, so that all of them know the same. */
export async function startCreditPlace(
  kind: PlaceKind,
  options: {
    readonly allow: readonly string[];
    /** How far the clock of each of two hubs is off. */
    readonly clocksMs?: readonly [number, number];
    readonly environment?: Readonly<Record<string, string>>;
    readonly prepare: (hub: HubProcess) => Promise<void>;
    /** Leaves it to the operator to switch charging on. */
    readonly isLeftOpen?: boolean;
  },
): Promise<CreditPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-credit-'));
  const { allow } = options;
  const database = kind === 'postgres' ? await postgresDatabase() : undefined;
  const environment = {
    ...options.environment,
    ...(options.isLeftOpen === true ? {} : { HUB_CREDIT: 'true' }),
    HUB_LOG_LEVEL: 'warn',
    HUB_MASTER_KEY: randomBytes(32).toString('base64'),
    HUB_KEY_PEPPER: randomBytes(32).toString('base64'),
    ...(database === undefined ? {} : { HUB_DATABASE_URL: database.url }),
  };
  const [firstMs, secondMs] = options.clocksMs ?? [0, 0];
  const firstClock = firstMs === 0 ? {} : await shiftedClock(folder, firstMs);
  const secondClock = secondMs === 0 ? {} : await shiftedClock(folder, secondMs);
  const dataDir = join(folder, 'first');
  const alone = await startHub({ dataDir, allow, environment });
  await options.prepare(alone);
  await alone.stop();
  const flags = database === undefined ? ['--workers', '2'] : [];
  const first = await startHub({ dataDir, allow, environment: { ...environment, ...firstClock }, flags });
  const hubs: CreditPlace['hubs'] =
    database === undefined
      ? [first]
      : [
          first,
          await startHub({ dataDir: join(folder, 'second'), allow, environment: { ...environment, ...secondClock } }),
        ];
  return {
    location:
      database === undefined
        ? { kind: 'sqlite', path: join(dataDir, 'hub.db') }
        : { kind: 'postgres', url: database.url },
    hubs,
    close: async () => {
      await Promise.all(hubs.map((hub) => hub.stop()));
      await database?.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
