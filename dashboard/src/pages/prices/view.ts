import type { Taken } from '../../api/call.ts';
import { useAddress } from '../../app/address.ts';

export const TABS = ['models', 'groups', 'drift'] as const;
export const KINDS = ['all', 'unpriced', 'below_cost', 'listed'] as const;

type Query = NonNullable<Taken<'listChargedPrices'>['query']>;

/** What the page looks at: all of it stands in the address. */
export function usePricesView() {
  const { said, say } = useAddress();
  const kind = KINDS.find((one) => one === said['only']) ?? 'all';
  const groupId = said['group'];
  const filter: Query = {
    ...(groupId === undefined ? {} : { customer_group_id: groupId }),
    ...(said['provider'] === undefined ? {} : { provider_id: said['provider'] }),
    ...(said['search'] === undefined ? {} : { search: said['search'] }),
  };
  return {
    tab: TABS.find((one) => one === said['tab']) ?? 'models',
    kind,
    /** The customer group whose prices are shown; `undefined`: those of everybody else. */
    groupId,
    provider: said['provider'],
    search: said['search'],
    /** The model that is open. */
    model: said['model'],
    filter,
    query: { ...filter, ...(kind === 'all' ? {} : { only: kind }) } satisfies Query,
    said,
    say,
  };
}

export type PricesView = ReturnType<typeof usePricesView>;
