import { minorUnits, nanoCredits } from '../../kernel/money.ts';
import type { MovementItem, MovementSum, StatementStore, ZoneFrom } from '../../ledger/statement-ports.ts';
import { createStatements } from '../../ledger/statements.ts';
import type { MemoryLedger } from '../../ledger/testing/memory-store.ts';
import type { CreditNote } from '../../protocol/credit-notes.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';
import type { StatementServices } from '../statements/statement-services.ts';
import type { MemoryState } from './memory-state.ts';

/** One that every organization has, so that there is one to be printed. */
export function exampleNote(organizationId: string): CreditNote {
  return {
    number: 42,
    organizationId,
    purchaseId: 'pu_1',
    currency: 'TWD',
    amountMinor: minorUnits(100_000n),
    creditsNano: nanoCredits(12_345_678_901n),
    issuedAt: Date.UTC(2026, 0, 31, 20),
    issuer: { name: 'Example <AI>', address: '1 Road\nTaipei', taxId: '12345678' },
    customer: 'Acme & Sons',
    purchase: { name: '"Ten" credits', amountMinor: minorUnits(120_000n), paidAt: Date.UTC(2026, 0, 2) },
  };
}

/** The real statements over a ledger in memory. */
export function statementServices({ ledger, people }: MemoryState): StatementServices {
  const isNoted = ({ organizationId }: OrganizationScope) => people.organizations.has(organizationId);
  return {
    ...createStatements({ store: storeOf(ledger), modelOf: async () => 'm_1' }),
    notes: {
      list: async (scope) => (isNoted(scope) ? [exampleNote(scope.organizationId)] : []),
      get: async (scope, number) => (isNoted(scope) && number === 42 ? exampleNote(scope.organizationId) : undefined),
    },
    namesOf: async ({ organizationId }) => ({
      issuer: { name: 'AIGNE Hub', address: undefined, taxId: undefined },
      customer: people.organizations.get(organizationId)?.name ?? organizationId,
    }),
    projectNames: async () => new Map(),
    isThere: async (organizationId) => people.organizations.has(organizationId),
  };
}

function storeOf(ledger: MemoryLedger): StatementStore {
  const zones = new Map<string, readonly ZoneFrom[]>();
  const entriesOf = ({ organizationId }: OrganizationScope) =>
    [...ledger.entries.values()].filter(({ accountId }) => accountId === `organization/${organizationId}`);
  const sumBefore = (scope: OrganizationScope, instant: number) =>
    nanoCredits(
      entriesOf(scope)
        .filter(({ at }) => at < instant)
        .reduce((sum, { amountNano }) => sum + amountNano, 0n),
    );
  return {
    zones: async ({ organizationId }) => zones.get(organizationId) ?? [],
    setZone: async ({ organizationId }, zone) => {
      const kept = (zones.get(organizationId) ?? []).filter(({ month }) => month < zone.month);
      zones.set(organizationId, [...kept, zone]);
    },
    span: async (scope) => ({ nowMs: ledger.nowMs, firstAt: entriesOf(scope)[0]?.at }),
    balances: async (scope, instants) => instants.map((instant) => sumBefore(scope, instant)),
    month: async (scope, { fromMs, toMs }) => {
      const rows = entriesOf(scope).filter(({ at }) => at >= fromMs && at < toMs);
      const items = rows.map((entry): MovementItem & MovementSum => ({
        ...entry,
        grantKind: ledger.grants.get(entry.grantId)?.kind,
        isRedeemed: false,
        name: ledger.grants.get(entry.grantId)?.name,
        purchase: undefined,
        projectId: undefined,
        terms: entry.chargeId,
        entries: 1,
      }));
      return {
        openingNano: sumBefore(scope, fromMs),
        closingNano: sumBefore(scope, toMs),
        sums: items,
        items: items.filter(({ kind }) => kind !== 'charge' && kind !== 'refund' && kind !== 'correction'),
        paid: [],
      };
    },
  };
}
