import type { CustomerService, MadeCustomer, WantedCustomer } from '../../identity/customers.ts';
import type { GrantLists } from '../../ledger/grant-list.ts';
import type { WantedGrant } from '../../ledger/owed-grants.ts';
import type { Grant } from '../../protocol/ledger.ts';

/** Customers of a platform elsewhere, which sells them credit. */
export type CustomerServices = Pick<CustomerService, 'find' | 'list' | 'get'> & {
  /** Makes a customer with all that it begins with, or finds it. `grant`: as soon as it is given. */
  readonly create: (wanted: WantedCustomer) => Promise<MadeCustomer & { readonly grant: Grant | undefined }>;
  /** Lists of credit to be given, as CSV. */
  readonly grantLists: GrantLists;
  /** Gives credit once by its reference. @throws resource.conflict, request.invalid */
  readonly give: (wanted: WantedGrant) => Promise<{ readonly grant: Grant; readonly isNew: boolean }>;
};
