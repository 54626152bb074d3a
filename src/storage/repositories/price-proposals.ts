import type { Selectable } from 'kysely';
import type { PriceProposalStore } from '../../metering/ports.ts';
import type { PriceProposal } from '../../protocol/price-proposal.ts';
import { modelKey } from '../../protocol/rate-card.ts';
import type { StoreDatabase } from '../database.ts';
import { orNull, orUndefined } from '../engine.ts';
import type { PriceProposalTable } from '../price-schema.ts';
import { priceLinesText, readPriceLines } from './rate-cards.ts';
import type { Reading } from './within-organization.ts';

/** Prices that a catalogue proposes, in the store. */
export function createPriceProposalStore(database: StoreDatabase): PriceProposalStore {
  return {
    list: () => database.read(readProposals),
    replace: (proposals) =>
      database.write(async (transaction) => {
        const wanted = new Map(proposals.map((proposal) => [contentOf(proposal), proposal]));
        for (const known of await readProposals(transaction)) {
          if (wanted.delete(contentOf(known))) continue;
          await transaction.deleteFrom('price_proposals').where('id', '=', known.id).execute();
        }
        for (const proposal of wanted.values()) {
          await transaction.insertInto('price_proposals').values(toColumns(proposal)).execute();
        }
      }),
    dismiss: (ids, at) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('price_proposals')
          .set({ dismissed_at: at })
          .where('id', 'in', [...ids])
          .execute();
      }),
    remove: (ids) =>
      database.write(async (transaction) => {
        await transaction
          .deleteFrom('price_proposals')
          .where('id', 'in', [...ids])
          .execute();
      }),
  };
}

async function readProposals(view: Reading): Promise<readonly PriceProposal[]> {
  const rows = await view.selectFrom('price_proposals').selectAll().orderBy('provider_id').orderBy('model').execute();
  return rows.map(toProposal);
}

/** Two that say the same of a model are the same, wherever and whenever they were read. */
function contentOf(proposal: PriceProposal): string {
  return `${modelKey(proposal)} ${priceLinesText(proposal.prices)}`;
}

function toProposal(row: Selectable<PriceProposalTable>): PriceProposal {
  return {
    id: row.id,
    providerId: row.provider_id,
    model: row.model,
    prices: readPriceLines(row.prices),
    origin: row.origin,
    foundAt: row.found_at,
    dismissedAt: orUndefined(row.dismissed_at),
  };
}

function toColumns(proposal: PriceProposal): PriceProposalTable {
  return {
    id: proposal.id,
    provider_id: proposal.providerId,
    model: proposal.model,
    prices: priceLinesText(proposal.prices),
    origin: proposal.origin,
    found_at: proposal.foundAt,
    dismissed_at: orNull(proposal.dismissedAt),
  };
}
