import { sql } from 'kysely';
import type { InstallationStore } from '../../identity/ports.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { toJsonText } from '../engine.ts';
import { toInstallation } from './organizations.ts';

/** What the operator sets while the hub runs: one row. */
export function createInstallationStore(database: StoreDatabase, clock: Clock): InstallationStore {
  return {
    get: () =>
      database.read(async (reading) =>
        toInstallation(
          await reading.selectFrom('installation').select(['document', 'revision']).executeTakeFirstOrThrow(),
        ),
      ),
    update: (installation, ifRevision) =>
      changeConfiguration(
        database,
        async (transaction) => {
          const { numUpdatedRows } = await transaction
            .updateTable('installation')
            .set({
              document: toJsonText(installation),
              updated_at: clock.now(),
              revision: sql<number>`revision + 1`,
            })
            .where('id', '=', 1)
            .$if(ifRevision !== undefined, (query) => query.where('revision', '=', ifRevision ?? 0))
            .executeTakeFirstOrThrow();
          return numUpdatedRows > 0n;
        },
        Boolean,
      ),
  };
}
