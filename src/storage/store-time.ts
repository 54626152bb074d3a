import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import type { Clock } from '../kernel/clock.ts';
import type { StoreDatabase } from './database.ts';
import { nowMsSql } from './engine.ts';

/** Times as the store has them: in milliseconds since the epoch. */
export type StoreTime = {
  readonly now: () => RawBuilder<number>;
  readonly later: (delayMs: number) => RawBuilder<number>;
};

/**
 * On PostgreSQL every time is the server's, so that instances with wrong clocks agree; on SQLite all processes are on one
 * machine and bring its clock.
 */
export function createStoreTime({ engine }: StoreDatabase, clock: Clock): StoreTime {
  const now = (): RawBuilder<number> =>
    engine === 'postgres' ? sql<number>`${sql.raw(nowMsSql('postgres'))}` : sql<number>`${clock.now()}`;
  return { now, later: (delayMs) => sql<number>`${now()} + CAST(${delayMs} AS BIGINT)` };
}
