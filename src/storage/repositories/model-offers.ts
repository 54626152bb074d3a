import type { Insertable, Selectable } from 'kysely';
import type { JsonValue } from '../../kernel/json.ts';
import { isJsonObject } from '../../kernel/json.ts';
import type { ModelOfferChange, ModelOfferStore } from '../../offers/ports.ts';
import { hiddenOffer, type LocalWords, type ModelOffer } from '../../protocol/model-offer.ts';
import { changeConfiguration, type StoreDatabase } from '../database.ts';
import { flag, fromJsonText, isSet, orUndefined, toJsonText } from '../engine.ts';
import type { ModelOfferTable } from '../price-schema.ts';
import { statementParts } from '../statement-parts.ts';
import type { Reading } from './within-organization.ts';

type Column = 'published' | 'display_name' | 'description';

/** What customers see of models, in the store. */
export function createModelOfferStore(database: StoreDatabase): ModelOfferStore {
  return {
    list: () => database.read(readModelOffers),
    change: (changes) =>
      changeConfiguration(database, async (transaction) => {
        // Those that change the same columns go in one statement, which leaves the other columns alone.
        for (const alike of Map.groupBy(changes, (change) => columnsOf(change).join()).values()) {
          const [first] = alike;
          const columns = first === undefined ? [] : columnsOf(first);
          for (const part of statementParts(alike)) {
            await transaction
              .insertInto('model_offers')
              .values(part.map(toColumns))
              .onConflict((conflict) => {
                const row = conflict.column('name');
                if (columns.length === 0) return row.doNothing();
                return row.doUpdateSet((each) =>
                  Object.fromEntries(columns.map((column) => [column, each.ref(`excluded.${column}`)])),
                );
              })
              .execute();
          }
        }
      }),
    order: (names) =>
      changeConfiguration(database, async (transaction) => {
        await transaction.updateTable('model_offers').set({ position: null }).execute();
        const placed = names.map((name, position) => ({ ...toColumns({ name }), position }));
        for (const part of statementParts(placed)) {
          await transaction
            .insertInto('model_offers')
            .values(part)
            .onConflict((conflict) =>
              conflict.column('name').doUpdateSet((each) => ({ position: each.ref('excluded.position') })),
            )
            .execute();
        }
      }),
  };
}

export async function readModelOffers(view: Reading): Promise<readonly ModelOffer[]> {
  const rows = await view.selectFrom('model_offers').selectAll().orderBy('name').execute();
  return rows.map(toModelOffer);
}

function columnsOf({ published, displayName, description }: ModelOfferChange): readonly Column[] {
  return [
    ...(published === undefined ? [] : (['published'] as const)),
    ...(displayName === undefined ? [] : (['display_name'] as const)),
    ...(description === undefined ? [] : (['description'] as const)),
  ];
}

function toColumns(change: ModelOfferChange): Insertable<ModelOfferTable> {
  const { name, published, displayName, description } = { ...hiddenOffer(change.name), ...change };
  return {
    name,
    published: flag(published),
    display_name: toJsonText(displayName),
    description: toJsonText(description),
    position: null,
  };
}

function toModelOffer(row: Selectable<ModelOfferTable>): ModelOffer {
  return {
    name: row.name,
    published: isSet(row.published),
    displayName: wordsOf(fromJsonText(row.display_name)),
    description: wordsOf(fromJsonText(row.description)),
    position: orUndefined(row.position),
  };
}

function wordsOf(value: JsonValue): LocalWords {
  const stored = isJsonObject(value) ? value : {};
  const wordIn = (language: keyof LocalWords): string | undefined => {
    const word = stored[language];
    return typeof word === 'string' ? word : undefined;
  };
  return { en: wordIn('en'), 'zh-TW': wordIn('zh-TW') };
}
