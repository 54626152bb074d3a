import type { KeyBalance } from '../dataplane/aigne/usage/key-credit.ts';
import type { UsageReads } from '../dataplane/aigne/usage/ports.ts';
import { addCredits, NO_CREDITS } from '../kernel/money.ts';
import type { LedgerReader } from '../ledger/ports.ts';
import type { ChargingTerms } from '../protocol/charging.ts';
import type { AccountId, Grant } from '../protocol/ledger.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import { underModelNames } from '../records/model-names.ts';
import type { Core } from './core.ts';
import { modelNamesOf } from './model-names.ts';
import { purchaseLinks } from './purchase-link.ts';

const ONE = { limit: 1, afterId: undefined };
/** As many grants of an account are counted. */
const GRANTS_MAX = 500;

/** What AIGNE's usage endpoints read of the store: the same sums and records as the control API. */
export function composeUsageReads(core: Pick<Core, 'store' | 'catalogue' | 'snapshot' | 'baseUrl'>): UsageReads {
  const { store, catalogue, snapshot } = core;
  const purchaseLinkOf = purchaseLinks(core);
  const charges = (terms: ChargingTerms): NonNullable<UsageReads['charges']> => ({
    sums: store.chargeSums,
    of: store.ledgerReader.amountsOf,
    seenBy: async (organizationId, path) => ({
      name: terms.name,
      prefix: terms.prefix,
      purchaseLink: purchaseLinkOf(organizationId),
      balance: await leastOf(store.ledgerReader, { organizationId }, path),
    }),
    grants: async (organizationId, accountIds) => {
      const ofAll = await Promise.all(accountIds.map((id) => grantsOf(store.ledgerReader, { organizationId }, id)));
      return ofAll.flat().toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
    },
  });
  return {
    view: underModelNames(store.usage, modelNamesOf(core)).view,
    list: (scope, filter, page) => store.records.list(scope, filter, page),
    roleOf: async (organizationId, memberId) => {
      const member = await store.members.get(organizationId, memberId);
      return member?.state === 'active' && member.person.state === 'active' ? member.role : undefined;
    },
    named: async (organizationId, id) => {
      const member = await store.members.get(organizationId, id);
      if (member !== undefined) return { fullName: member.person.name ?? '', email: member.person.email ?? '' };
      const other =
        (await store.serviceAccounts.get(organizationId, id)) ?? (await store.keys.get({ organizationId }, id));
      return other === undefined ? undefined : { fullName: other.name, email: '' };
    },
    providerName: (providerId) => catalogue.current().find(providerId)?.name,
    pageOf: (id) => `${core.baseUrl()}/dashboard/${id}/${snapshot.current.charging === undefined ? 'usage' : 'credit'}`,
    get charges() {
      const { charging } = snapshot.current;
      return charging && charges(charging);
    },
  };
}

/** The account on a way that has the least to be had: it decides. Only some parts of an organization have one. */
async function leastOf(
  reader: LedgerReader,
  scope: OrganizationScope,
  path: readonly AccountId[],
): Promise<KeyBalance | undefined> {
  const found = await Promise.all(path.map((accountId) => reader.accounts(scope, { accountId }, ONE)));
  const [least] = found.flat().toSorted((a, b) => (a.availableNano < b.availableNano ? -1 : 1));
  if (least === undefined) return undefined;
  const grants = await grantsOf(reader, scope, least.id);
  const issuedNano = grants.reduce((sum, grant) => addCredits(sum, grant.issuedNano), NO_CREDITS);
  const { availableNano, heldNano } = least;
  return { availableNano, heldNano, issuedNano, grants: grants.length };
}

async function grantsOf(
  reader: LedgerReader,
  scope: OrganizationScope,
  accountId: AccountId,
): Promise<readonly Grant[]> {
  return await reader.grants(scope, { accountId }, { limit: GRANTS_MAX, afterId: undefined });
}
