import { sql, type Transaction } from 'kysely';
import { addCredits, lessCredits, type NanoCredits, NO_CREDITS, nanoCredits } from '../../kernel/money.ts';
import type { AccountBalance } from '../../ledger/ports.ts';
import type { AccountId } from '../../protocol/ledger.ts';
import { type Engine, nowMsSql } from '../engine.ts';
import type { Schema } from '../schema.ts';

/** What accounts are called, and what they come to. */

/** An id says whose account it is, after the slash: the name stands there, and is missing where that is gone. */
export const NAMES_OF_ACCOUNTS = sql`
  LEFT JOIN organizations AS org ON org.id = SUBSTR(t.id, ${sql.lit('organization/'.length + 1)})
  LEFT JOIN teams AS team ON team.id = SUBSTR(t.id, ${sql.lit('team/'.length + 1)})
  LEFT JOIN projects AS project ON project.id = SUBSTR(t.id, ${sql.lit('project/'.length + 1)})
  LEFT JOIN members AS member ON member.id = SUBSTR(t.id, ${sql.lit('member/'.length + 1)})
  LEFT JOIN users AS person ON person.id = member.user_id
  LEFT JOIN virtual_keys AS vkey ON vkey.id = SUBSTR(t.id, ${sql.lit('key/'.length + 1)})`;
export const ACCOUNT_NAME = sql<
  string | null
>`COALESCE(org.name, team.name, project.name, person.name, person.email, vkey.name)`;

export type NamedAccount = { readonly id: string; readonly organization_id: string; readonly name: string | null };

/** Summed here, to the last digit: an account may have more than the store can sum. */
export async function withBalances(
  view: Transaction<Schema>,
  engine: Engine,
  accounts: readonly NamedAccount[],
): Promise<readonly AccountBalance[]> {
  if (accounts.length === 0) return [];
  const { rows } = await sql<{ account_id: string; remaining: string; held: string; is_over: number }>`
    SELECT account_id, CAST(remaining_nano AS TEXT) AS remaining, CAST(held_nano AS TEXT) AS held,
      CASE WHEN expires_at <= ${sql.raw(nowMsSql(engine))} THEN 1 ELSE 0 END AS is_over
    FROM ledger_grants WHERE remaining_nano > 0 AND account_id IN (${sql.join(accounts.map(({ id }) => id))})`.execute(
    view,
  );
  return accounts.map(({ id, organization_id: organizationId, name }) => {
    const grants = rows
      .filter((row) => row.account_id === id)
      .map(({ remaining, held, is_over }) => ({
        remainingNano: nanoCredits(BigInt(remaining)),
        heldNano: nanoCredits(BigInt(held)),
        isOver: is_over === 1,
      }));
    const free = grants.map(({ remainingNano, heldNano, isOver }) =>
      isOver ? NO_CREDITS : lessCredits(remainingNano, heldNano),
    );
    return {
      // Ids of accounts are written by the ledger alone.
      id: id as AccountId,
      organizationId,
      name: name ?? undefined,
      remainingNano: sum(grants.map(({ remainingNano }) => remainingNano)),
      heldNano: sum(grants.map(({ heldNano }) => heldNano)),
      availableNano: sum(free),
    };
  });
}

function sum(amounts: readonly NanoCredits[]): NanoCredits {
  return amounts.reduce(addCredits, NO_CREDITS);
}
