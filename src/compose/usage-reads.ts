import type { UsageReads } from '../dataplane/aigne/usage/ports.ts';
import type { Core } from './core.ts';

/** What AIGNE's usage endpoints read of the store: the same sums and records as the control API. */
export function composeUsageReads({
  settings,
  store,
  catalogue,
}: Pick<Core, 'settings' | 'store' | 'catalogue'>): UsageReads {
  return {
    view: (scope, work) => store.usage.view(scope, work),
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
    charges: settings.credit && { sums: store.chargeSums, of: store.ledgerReader.amountsOf },
  };
}
