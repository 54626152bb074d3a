import type { CatalogueStore } from '../../providers/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import type { CatalogueTable } from '../schema.ts';

type CatalogueEntry = Awaited<ReturnType<CatalogueStore['list']>>[number];

/** Catalogue entries that an operator applied, in the store. */
export function createCatalogueStore(database: StoreDatabase): CatalogueStore {
  return {
    list: () =>
      database.read(async (reading) => {
        const rows = await reading.selectFrom('catalogue_entries').selectAll().orderBy('id').execute();
        return rows.map(toCatalogueEntry);
      }),
    apply: (entries) =>
      changeConfiguration(
        database,
        async (transaction) => {
          for (const { id, document, source, appliedAt } of entries) {
            const columns = { document, source, applied_at: appliedAt };
            await transaction
              .insertInto('catalogue_entries')
              .values({ id, ...columns })
              .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
              .execute();
          }
          return entries.length > 0;
        },
        Boolean,
      ).then(() => undefined),
    remove: (id) =>
      changeConfiguration(
        database,
        async (transaction) => {
          const { numDeletedRows } = await transaction
            .deleteFrom('catalogue_entries')
            .where('id', '=', id)
            .executeTakeFirstOrThrow();
          return numDeletedRows > 0n;
        },
        Boolean,
      ),
  };
}

/** A stored row → catalogue entry. */
export function toCatalogueEntry(row: CatalogueTable): CatalogueEntry {
  return { id: row.id, document: row.document, source: row.source, appliedAt: row.applied_at };
}
