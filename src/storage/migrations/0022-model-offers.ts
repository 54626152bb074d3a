import type { Migration } from './migration.ts';

/** What customers see of the models that a hub offers for credit. */
export const modelOffers: Migration = { version: 22, name: 'model-offers', statements };

function statements(): readonly string[] {
  return [
    `CREATE TABLE model_offers (
    name TEXT NOT NULL PRIMARY KEY,
    published INTEGER NOT NULL,
    display_name TEXT NOT NULL,
    description TEXT NOT NULL,
    position INTEGER
  )`,
  ];
}
