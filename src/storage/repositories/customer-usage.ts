import { sql } from 'kysely';
import { lessCredits, type NanoCredits, NO_CREDITS, nanoCredits } from '../../kernel/money.ts';
import type { CustomerMovement, CustomerUsageStore } from '../../notifications/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { type Engine, stringList } from '../engine.ts';
import { exactText } from '../exact-columns.ts';
import { listOf } from './listed-rows.ts';
import { deliverTo } from './webhooks.ts';
import type { Reading } from './within-organization.ts';

type EntryRow = {
  readonly id: string;
  readonly organization_id: string;
  readonly external_id: string;
  readonly charge_id: string;
  readonly kind: string;
  readonly amount: string;
  readonly at: number | string;
  readonly project_id: string | null;
  readonly key_id: string | null;
  readonly model: string | null;
};

/** What customers of a platform used, in the order of the ledger's seals. */
export function createCustomerUsageStore(database: StoreDatabase): CustomerUsageStore {
  const { engine } = database;
  return {
    next: (sealsMax) =>
      database.readTogether(async (view) => {
        const { seal } = await view.selectFrom('customer_usage_told').select('seal').executeTakeFirstOrThrow();
        const after = Number(seal);
        const seals = await view
          .selectFrom('ledger_seals')
          .select(['number', 'entry_ids'])
          .where('number', '>', after)
          .orderBy('number')
          .limit(sealsMax)
          .execute();
        const last = seals.at(-1);
        if (last === undefined) return undefined;
        const ids = new Set(seals.flatMap(({ entry_ids }) => stringList(entry_ids) ?? []));
        return { after, upTo: Number(last.number), movements: await movementsOf(view, engine, ids) };
      }),
    tell: ({ after, upTo }, messages, { organizationId, at, newId }) =>
      database.write(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('customer_usage_told')
          .set({ seal: upTo })
          .where('seal', '=', after)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows === 0n) return false;
        const webhooks = await transaction
          .selectFrom('webhooks')
          .select(['id', 'kinds'])
          .where('organization_id', '=', organizationId)
          .execute();
        for (const message of messages) {
          for (const { id, kinds } of webhooks) {
            // Only who asked for it by name. One that is switched off finds it waiting.
            if (stringList(kinds)?.includes(message.kind) !== true) continue;
            await deliverTo(transaction, { id: newId(), organizationId, webhookId: id, at, ...message });
          }
        }
        return true;
      }),
  };
}

/**
 * Movements of credit by calls, each made of the entries that were written together: a call may be paid by several grants.
 * It counts to the seal that has the first of them, and is read whole.
 */
async function movementsOf(
  view: Reading,
  engine: Engine,
  ids: ReadonlySet<string>,
): Promise<readonly CustomerMovement[]> {
  if (ids.size === 0) return [];
  const sealed = await entriesOf(view, engine, 'id', [...ids]);
  if (sealed.length === 0) return [];
  const chargeIds = [...new Set(sealed.map(({ charge_id }) => charge_id))];
  const all = await entriesOf(view, engine, 'charge_id', chargeIds);
  const movements = [...Map.groupBy(all, ({ id }) => id.slice(0, id.lastIndexOf('/')))];
  return movements.flatMap(([id, entries]) => {
    const [first] = entries.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    return first === undefined || !ids.has(first.id) ? [] : [toMovement(id, first, entries)];
  });
}

async function entriesOf(view: Reading, engine: Engine, by: 'id' | 'charge_id', values: readonly string[]) {
  const { table, item } = listOf(
    engine,
    ['TEXT'],
    values.map((value) => [value]),
  );
  const { rows } = await sql<EntryRow>`
    SELECT e.id, e.organization_id, o.external_id, e.charge_id, e.kind, e.at,
      ${exactText(sql.ref('e.amount_nano'))} AS amount, u.project_id, u.key_id, u.requested_model AS model
    FROM ledger_entries AS e
    JOIN organizations AS o ON o.id = e.organization_id AND o.external_id IS NOT NULL
    LEFT JOIN usage_records AS u ON u.id = e.charge_id
    WHERE e.${sql.ref(by)} IN (SELECT ${item(0)} FROM ${table})
      AND e.kind IN ('charge', 'correction', 'refund') AND e.account_id = 'organization/' || e.organization_id
    ORDER BY e.at, e.id`.execute(view);
  return rows;
}

function toMovement(id: string, first: EntryRow, entries: readonly EntryRow[]): CustomerMovement {
  const { project_id: projectId, key_id: keyId, model } = first;
  return {
    organizationId: first.organization_id,
    externalId: first.external_id,
    id,
    chargeId: first.charge_id,
    // The query asks for these kinds alone.
    kind: first.kind as CustomerMovement['kind'],
    amountNano: entries.reduce<NanoCredits>(
      (sum, { amount }) => lessCredits(sum, nanoCredits(BigInt(amount))),
      NO_CREDITS,
    ),
    at: Number(first.at),
    call: projectId === null || keyId === null || model === null ? undefined : { projectId, keyId, model },
  };
}
