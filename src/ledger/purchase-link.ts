/** The names of what is added to the address where credit is bought; told in docs/how-to/charge-elsewhere.md. */
export const CUSTOMER_PARAMETER = 'customer_id';
export const RETURN_PARAMETER = 'return_url';

/** Whom a link is for: their id as a platform knows it, and where they come back to. */
export type Buyer = { readonly customerId: string; readonly returnUrl: string };

/** The link by which a customer gets more credit: the operator's address, told who comes and where they come back to. */
export function purchaseLink(address: string, { customerId, returnUrl }: Buyer): string {
  const link = new URL(address);
  link.searchParams.set(CUSTOMER_PARAMETER, customerId);
  link.searchParams.set(RETURN_PARAMETER, returnUrl);
  return link.href;
}
