import { addCredits, lessCredits, NO_CREDITS } from '../../kernel/money.ts';
import { createCreditService } from '../../ledger/credit-service.ts';
import { Ledger } from '../../ledger/ledger.ts';
import type { LedgerPage, LedgerReader, OfAccount } from '../../ledger/ports.ts';
import type { MemoryLedger } from '../../ledger/testing/memory-store.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';
import type { ControlServices } from '../services.ts';
import type { MemoryState } from './memory-state.ts';

/** The real service on a ledger in memory. */
export function creditServices(
  { ledger: rows, people, keys }: MemoryState,
  newId: (prefix: string) => string,
): Pick<ControlServices, 'credit'> {
  const ledger = new Ledger({ store: rows, newId, overloaded: () => new Error('too much at once') });
  const read = readerOf(rows);
  const credit = createCreditService({
    ledger,
    reader: read,
    newId,
    now: () => rows.nowMs,
    isThere: async ({ organizationId, level, scopeId }) => {
      const all = {
        organization: people.organizations,
        team: people.teams,
        project: people.projects,
        member: people.members,
        key: keys,
      };
      return people.organizations.has(organizationId) && all[level].has(scopeId);
    },
  });
  return {
    credit: {
      ...credit,
      read,
      verify: async (noted) => ({
        entries: rows.entries.size,
        unsealed: 0,
        differences:
          noted === undefined ? [] : [{ id: `seal ${noted.number}`, what: 'is not the seal that was noted' }],
        head: { number: rows.entries.size, digest: 'ab'.repeat(32) },
      }),
    },
  };
}

function readerOf(rows: MemoryLedger): LedgerReader {
  const newest = <Row extends { readonly id: string }>(
    all: Iterable<Row>,
    { limit, afterId }: LedgerPage,
    isWanted: (row: Row) => boolean,
  ): readonly Row[] => {
    const list = [...all].filter(isWanted).toReversed();
    const after = list.findIndex(({ id }) => id === afterId);
    return list.slice(after + 1, after + 1 + limit);
  };
  const matches =
    ({ organizationId }: OrganizationScope, { accountId }: OfAccount) =>
    (row: { readonly organizationId: string; readonly accountId: string }) =>
      row.organizationId === organizationId && (accountId === undefined || row.accountId === accountId);
  const chargeOf = (id: string) => {
    const charge = rows.charges.get(id);
    return charge && { charge, entries: [...rows.entries.values()].filter(({ chargeId }) => chargeId === id) };
  };
  return {
    accounts: async (scope, filter, { limit, afterId = '' }) => {
      const grants = [...rows.grants.values()].filter(matches(scope, filter));
      const ids = [...new Set(grants.map(({ accountId }) => accountId))].toSorted().filter((id) => id > afterId);
      return ids.slice(0, limit).map((id) => {
        const own = grants.filter(({ accountId }) => accountId === id);
        const remainingNano = own.map((grant) => grant.remainingNano).reduce(addCredits, NO_CREDITS);
        const heldNano = own.map((grant) => grant.heldNano).reduce(addCredits, NO_CREDITS);
        return { id, ...scope, remainingNano, heldNano, availableNano: lessCredits(remainingNano, heldNano) };
      });
    },
    grants: async (scope, filter, page) => newest(rows.grants.values(), page, matches(scope, filter)),
    grant: async (_scope, id) => rows.grants.get(id),
    entries: async (scope, filter, page) => newest(rows.entries.values(), page, matches(scope, filter)),
    holds: async (scope, _filter, page) =>
      newest(rows.holds.values(), page, ({ organizationId }) => organizationId === scope.organizationId),
    charge: async ({ organizationId }, id) => {
      const found = chargeOf(id);
      return found?.charge.organizationId === organizationId ? found : undefined;
    },
    anyCharge: async (id) => chargeOf(id),
    toReview: async (page) =>
      newest(rows.charges.values(), page, ({ state }) => state === 'estimated' || state === 'presumed'),
    due: async () => [],
  };
}
