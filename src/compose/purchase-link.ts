import { customerIdOf } from '../identity/customers.ts';
import { purchaseLink } from '../ledger/purchase-link.ts';
import type { Core } from './core.ts';

export type PurchaseLinkOf = (organizationId: string) => string | undefined;

/** By which link an organization gets more credit; `undefined` where the operator names no address. */
export function purchaseLinks({
  settings,
  snapshot,
  baseUrl,
}: Pick<Core, 'settings' | 'snapshot' | 'baseUrl'>): PurchaseLinkOf {
  const address = settings.credit?.purchaseUrl;
  if (address === undefined) return () => undefined;
  return (id) =>
    purchaseLink(address, {
      customerId: customerIdOf({ id, externalId: snapshot.current.externalIdOf(id) }),
      returnUrl: `${baseUrl()}/dashboard/${id}/credit`,
    });
}
