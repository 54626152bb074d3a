import { addCredits, lessCredits, NO_CREDITS, nanoUsd } from '../../kernel/money.ts';
import { createCreditService } from '../../ledger/credit-service.ts';
import { Ledger } from '../../ledger/ledger.ts';
import type { ChargeReview, LedgerPage, LedgerReader, OfAccount } from '../../ledger/ports.ts';
import type { MemoryLedger } from '../../ledger/testing/memory-store.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';
import { createRevenueReport } from '../../records/revenue.ts';
import type { ControlServices } from '../services.ts';
import type { MemoryState } from './memory-state.ts';

/** The real service on a ledger in memory. */
export function creditServices(
  { ledger: rows, people, keys }: MemoryState,
  newId: (prefix: string) => string,
): Pick<ControlServices, 'credit'> {
  const ledger = new Ledger({ store: rows, overloaded: () => new Error('too much at once') });
  const reviews = new Map<string, ChargeReview>();
  const read = readerOf(rows, reviews);
  const credit = createCreditService({
    ledger,
    reader: read,
    reviews: {
      add: async (review) => {
        if (reviews.has(review.chargeId)) return false;
        reviews.set(review.chargeId, review);
        return true;
      },
    },
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
      charging: () => undefined,
      purchaseLinkOf: () => undefined,
      read,
      starters: async () => [],
      revenue: createRevenueReport({
        earnings: {
          count: async () => 0,
          earned: async () => [],
          organizations: async () => [],
        },
        usage: { view: async () => Promise.reject(new Error('nothing was used')) },
        creditPrice: async () => nanoUsd(1_000_000_000n),
      }),
      explain: async () => undefined,
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

function readerOf(rows: MemoryLedger, reviews: ReadonlyMap<string, ChargeReview>): LedgerReader {
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
  const refundedOf = (id: string) =>
    [...rows.entries.values()]
      .filter(({ chargeId, kind, accountId }) => chargeId === id && kind === 'refund' && accountId.startsWith('org'))
      .reduce((sum, { amountNano }) => addCredits(sum, amountNano), NO_CREDITS);
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
        const availableNano = lessCredits(remainingNano, heldNano);
        return { id, ...scope, name: undefined, remainingNano, heldNano, availableNano };
      });
    },
    grants: async (scope, filter, page) => newest(rows.grants.values(), page, matches(scope, filter)),
    grant: async (_scope, id) => rows.grants.get(id),
    entries: async (scope, { kind, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, ...filter }, page) =>
      newest(
        rows.entries.values(),
        page,
        (row) =>
          matches(scope, filter)(row) && (kind === undefined || row.kind === kind) && row.at >= fromMs && row.at < toMs,
      ),
    holds: async (scope, _filter, page) =>
      newest(rows.holds.values(), page, ({ organizationId }) => organizationId === scope.organizationId),
    charge: async ({ organizationId }, id) => {
      const found = chargeOf(id);
      return found?.charge.organizationId === organizationId ? found : undefined;
    },
    anyCharge: async (id) => chargeOf(id),
    amountsOf: async (_scope, ids) =>
      new Map(
        ids.flatMap((id) => (rows.charges.has(id) ? [[id, rows.charges.get(id)?.amountNano ?? NO_CREDITS]] : [])),
      ),
    anyAccounts: async () => [],
    anyHolds: async (page) => newest([...rows.holds.values()].toReversed(), page, () => true),
    toReview: async ({ isReviewed }, page) =>
      newest(
        rows.charges.values(),
        page,
        ({ id, state }) =>
          (state === 'estimated' || state === 'presumed') &&
          (isReviewed === undefined || reviews.has(id) === isReviewed),
      ).map((charge) => ({
        ...charge,
        organizationName: 'Test',
        refundedNano: refundedOf(charge.id),
        review: reviews.get(charge.id),
      })),
    due: async () => [],
  };
}
