import { customerIdOf } from '../identity/customers.ts';
import { purchaseLink } from '../ledger/purchase-link.ts';
import type { Core } from './core.ts';

export type PurchaseLinkOf = (organizationId: string) => string | undefined;

/**
 * By which link an organization gets more credit: at the operator's address, or where the hub itself sells it; `undefined`
 * where there is neither.
 */
export function purchaseLinks({ snapshot, baseUrl }: Pick<Core, 'snapshot' | 'baseUrl'>): PurchaseLinkOf {
  return (id) => {
    const { chargingTerms, isCreditSold, externalIdOf } = snapshot.current;
    const page = `${baseUrl()}/dashboard/${id}/credit`;
    const address = chargingTerms.purchaseUrl;
    if (address === undefined) return isCreditSold ? `${page}?tab=buy` : undefined;
    return purchaseLink(address, { customerId: customerIdOf({ id, externalId: externalIdOf(id) }), returnUrl: page });
  };
}
