import type { Answer, Taken } from '../../api/call.ts';
import { useAddress } from '../../app/address.ts';

export const TABS = ['setup', 'offers'] as const;
export const STATES = ['all', 'published', 'hidden', 'unpublishable'] as const;

export type ModelOffer = Answer<'listModelOffers'>['data'][number];
type OffersQuery = NonNullable<Taken<'listModelOffers'>['query']>;

/** What the page looks at: all of it stands in the address. */
export function useSellingView() {
  const { said, say } = useAddress();
  const state = STATES.find((one) => one === said['state']) ?? 'all';
  const filter: OffersQuery = said['search'] === undefined ? {} : { search: said['search'] };
  return {
    tab: TABS.find((one) => one === said['tab']) ?? 'setup',
    state,
    search: said['search'],
    /** The model that is open. */
    model: said['model'],
    filter,
    query: { ...filter, ...(state === 'all' ? {} : { state }) } satisfies OffersQuery,
    said,
    say,
  };
}

export type SellingView = ReturnType<typeof useSellingView>;
