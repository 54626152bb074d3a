import { nanoUsdPerMillion } from '../../kernel/money.ts';
import type { RateCardStore } from '../../metering/ports.ts';
import type { Price, PriceUnit, RateCard } from '../../protocol/rate-card.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { fromJsonText, toJsonText } from '../engine.ts';
import type { RateCardTable } from '../schema.ts';
import { statementParts } from '../statement-parts.ts';

/** Rate cards in the store. An insert that brings nothing new does not bump the configuration version. */
export function createRateCardStore(database: StoreDatabase): RateCardStore {
  return {
    list: () =>
      database.read(async (reading) => {
        const rows = await reading
          .selectFrom('rate_cards')
          .selectAll()
          .orderBy('provider_id')
          .orderBy('model')
          .orderBy('version')
          .orderBy('id')
          .execute();
        return rows.map(toRateCard);
      }),
    get: (id) =>
      database.read(async (reading) => {
        const row = await reading.selectFrom('rate_cards').selectAll().where('id', '=', id).executeTakeFirst();
        return row && toRateCard(row);
      }),
    async insert(cards) {
      await changeConfiguration(
        database,
        async (transaction) => {
          let inserted = 0n;
          for (const part of statementParts(cards)) {
            const { numInsertedOrUpdatedRows } = await transaction
              .insertInto('rate_cards')
              .values(part.map(toColumns))
              .onConflict((conflict) => conflict.column('id').doNothing())
              .executeTakeFirstOrThrow();
            inserted += numInsertedOrUpdatedRows ?? 0n;
          }
          return inserted > 0n;
        },
        Boolean,
      );
    },
  };
}

/** A price line as it lies in the JSON column: its amount as decimal text, since JSON numbers round. */
type StoredPrice = {
  readonly unit: PriceUnit;
  readonly price: string;
  readonly aboveInputTokens?: number;
  readonly utcWindow?: { readonly from: string; readonly to: string };
  readonly imageSize?: string;
  readonly imageQuality?: string;
  readonly batch: boolean;
};

/** A stored row → rate card. */
export function toRateCard(row: RateCardTable): RateCard {
  return {
    id: row.id,
    providerId: row.provider_id,
    model: row.model,
    version: row.version,
    // Only a rate card's source is ever written to this column.
    source: row.source as RateCard['source'],
    effectiveFrom: row.effective_from,
    prices: readPriceLines(row.prices),
  };
}

/** Lines as {@link priceLinesText} wrote them. */
export function readPriceLines(text: string): readonly Price[] {
  // Only text of that function is ever written to such a column.
  const lines = fromJsonText(text) as unknown as readonly StoredPrice[];
  return lines.map(toPrice);
}

/** Lines of prices as text for a column. */
export function priceLinesText(lines: readonly Price[]): string {
  return toJsonText(lines.map((line) => ({ ...line, price: line.price.toString() })));
}

function toPrice(stored: StoredPrice): Price {
  return {
    unit: stored.unit,
    price: nanoUsdPerMillion(BigInt(stored.price)),
    aboveInputTokens: stored.aboveInputTokens,
    utcWindow: stored.utcWindow,
    imageSize: stored.imageSize,
    imageQuality: stored.imageQuality,
    batch: stored.batch,
  };
}

function toColumns(card: RateCard): RateCardTable {
  return {
    id: card.id,
    provider_id: card.providerId,
    model: card.model,
    version: card.version,
    source: card.source,
    effective_from: card.effectiveFrom,
    prices: priceLinesText(card.prices),
  };
}
