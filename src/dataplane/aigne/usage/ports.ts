import type { ChargeSums, LedgerReader } from '../../../ledger/ports.ts';
import type { AccountId } from '../../../protocol/ledger.ts';
import type { Role } from '../../../protocol/people.ts';
import type { RecordStore } from '../../../records/ports.ts';
import type { UsageStore } from '../../../records/usage-ports.ts';
import type { KeyCredit } from '../status.ts';

/** What is told of a person, a service account or a key. */
export type Named = { readonly fullName: string; readonly email: string };

/** What AIGNE's usage endpoints read: the sums that the dashboard shows, the records, and who is who. */
export type UsageReads = {
  readonly view: UsageStore['view'];
  readonly list: RecordStore['list'];
  /** What a member may do in the organization; `undefined` for one who is none or may not act. */
  readonly roleOf: (organizationId: string, memberId: string) => Promise<Role | undefined>;
  /** A member, service account or key of the organization by its id. */
  readonly named: (organizationId: string, id: string) => Promise<Named | undefined>;
  readonly providerName: (providerId: string) => string | undefined;
  /** What calls were charged; `undefined` where nobody is. Who pays is told that, and not who serves. */
  readonly charges:
    | {
        readonly sums: ChargeSums;
        readonly of: LedgerReader['amountsOf'];
        /** What of these accounts may be spent, and how credit is shown. */
        readonly seenBy: (organizationId: string, path: readonly AccountId[]) => Promise<KeyCredit>;
      }
    | undefined;
};
