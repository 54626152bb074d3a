import { sql } from 'kysely';
import { addCredits, type NanoCredits, NO_CREDITS, nanoCredits, negateCredits } from '../../kernel/money.ts';
import type { KitMovement, KitStanding, KitStandingGrant, KitStandingStore } from '../../payments/kit-ports.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';
import type { StoreDatabase } from '../database.ts';
import { type Engine, stringList, wholeNumber } from '../engine.ts';
import { amongIds, isFrom, movementsOf } from './payment-kit-usage.ts';
import type { Reading } from './within-organization.ts';

/** Seals that are read for one customer. Usage is gathered once a minute, which leaves far fewer. */
const SEALS_MAX = 100;

type Asked = OrganizationScope & { readonly place: string };

/** What an organization has of credit that Payment Kit sold, and what is told of it, on one view of the store. */
export function createKitStandingStore(database: StoreDatabase): KitStandingStore {
  const { engine } = database;
  return {
    standing: ({ organizationId }, place, grantIds) =>
      database.readTogether(async (view): Promise<KitStanding | undefined> => {
        const asked: Asked = { organizationId, place };
        const ungathered = await ungatheredOf(view, engine, asked);
        if (ungathered === undefined) return undefined;
        const messages = await messagesOf(view, asked);
        const elsewhere = await elsewhereOf(view, asked);
        return {
          mark: JSON.stringify([ungathered.seal, messages.ids]),
          grants: await grantsOf(view, engine, { asked, grantIds, elsewhere: elsewhere.byGrant }),
          untoldNano: ungathered.movements.reduce<NanoCredits>(
            (sum, { usedNano }) => addCredits(sum, usedNano),
            messages.untoldNano,
          ),
          waitingNano: messages.waitingNano,
          elsewhereEntries: elsewhere.entries,
          elsewhereNano: elsewhere.totalNano,
        };
      }),
  };
}

type Ungathered = { readonly seal: number; readonly movements: readonly KitMovement[] };

/** What was used and is in no message, nor in what is too little for one; and up to which seal it is. */
async function ungatheredOf(
  view: Reading,
  engine: Engine,
  { organizationId, place }: Asked,
): Promise<Ungathered | undefined> {
  const found = await view
    .selectFrom('payment_kit_places')
    .select('seal')
    .where('id', '=', place)
    .executeTakeFirstOrThrow();
  const seal = Number(found.seal);
  const seals = await view
    .selectFrom('ledger_seals')
    .select('entry_ids')
    .where('number', '>', seal)
    .orderBy('number')
    .limit(SEALS_MAX)
    .execute();
  if (seals.length === SEALS_MAX) return undefined;
  const sealed = seals.flatMap(({ entry_ids }) => stringList(entry_ids) ?? []);
  const movements = [
    ...(await movementsOf(view, place, sql`SELECT entry_id FROM ledger_unsealed`)),
    ...(sealed.length === 0 ? [] : await movementsOf(view, place, amongIds(engine, sealed))),
  ];
  return { seal, movements: movements.filter((each) => each.organizationId === organizationId) };
}

async function messagesOf(view: Reading, { organizationId, place }: Asked) {
  const customer = await view
    .selectFrom('payment_kit_customers')
    .select(sql<string>`CAST(untold_nano AS TEXT)`.as('untold'))
    .where('place', '=', place)
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  const waiting = await view
    .selectFrom('payment_kit_usage')
    .select(['id', sql<string>`CAST(value_nano AS TEXT)`.as('value')])
    .where('place', '=', place)
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'waiting')
    .orderBy('id')
    .execute();
  return {
    untoldNano: nanoCredits(BigInt(customer?.untold ?? 0)),
    ids: waiting.map(({ id }) => id),
    waitingNano: waiting.reduce<NanoCredits>(
      (sum, { value }) => addCredits(sum, nanoCredits(BigInt(value))),
      NO_CREDITS,
    ),
  };
}

/** The account's entries about what was used elsewhere, and what they took of each grant of the place. */
async function elsewhereOf(view: Reading, { organizationId, place }: Asked) {
  const { rows } = await sql<{ grant_id: string; entries: number | string; nano: string; is_from: number | boolean }>`
    SELECT e.grant_id, COUNT(*) AS entries, CAST(SUM(e.amount_nano) AS TEXT) AS nano,
      EXISTS (SELECT 1 FROM owed_grants AS w WHERE w.id = e.grant_id AND ${isFrom(place)}) AS is_from
    FROM ledger_entries AS e
    WHERE e.account_id = ${`organization/${organizationId}`} AND e.kind = 'elsewhere'
    GROUP BY e.grant_id`.execute(view);
  const taken = rows.map((row) => ({ ...row, takenNano: negateCredits(nanoCredits(BigInt(row.nano))) }));
  return {
    entries: rows.reduce((sum, { entries }) => sum + wholeNumber(entries), 0),
    byGrant: new Map(taken.map((row) => [row.grant_id, row.takenNano])),
    totalNano: taken
      .filter((row) => Boolean(row.is_from))
      .reduce<NanoCredits>((sum, { takenNano }) => addCredits(sum, takenNano), NO_CREDITS),
  };
}

async function grantsOf(
  view: Reading,
  engine: Engine,
  {
    asked: { organizationId },
    grantIds,
    elsewhere,
  }: {
    readonly asked: Asked;
    readonly grantIds: readonly string[];
    readonly elsewhere: ReadonlyMap<string, NanoCredits>;
  },
): Promise<readonly KitStandingGrant[]> {
  if (grantIds.length === 0) return [];
  const { rows } = await sql<{ id: string; remaining: string; held: string }>`
    SELECT g.id, CAST(g.remaining_nano AS TEXT) AS remaining, CAST(g.held_nano AS TEXT) AS held
    FROM ledger_grants AS g
    WHERE g.organization_id = ${organizationId} AND g.id IN (${amongIds(engine, grantIds)})
    ORDER BY g.id`.execute(view);
  return rows.map(({ id, remaining, held }) => ({
    id,
    leftNano: nanoCredits(BigInt(remaining)),
    heldNano: nanoCredits(BigInt(held)),
    elsewhereNano: elsewhere.get(id) ?? NO_CREDITS,
  }));
}
