import type { Statements } from '../../ledger/statements.ts';
import type { CreditNoteStore } from '../../payments/ports.ts';
import type { Issuer } from '../../protocol/credit-notes.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';

/** What is printed besides amounts. */
export type PrintedNames = {
  /** The installation's own name where it says no other. */
  readonly issuer: Issuer;
  readonly customer: string;
};

/** What customers are sent about their credit. */
export type StatementServices = Statements & {
  readonly notes: Pick<CreditNoteStore, 'list' | 'get'>;
  readonly namesOf: (scope: OrganizationScope) => Promise<PrintedNames>;
  /** By their ids; those that are there no more are missing. */
  readonly projectNames: (scope: OrganizationScope) => Promise<ReadonlyMap<string, string>>;
  readonly isThere: (organizationId: string) => Promise<boolean>;
};
