import type { JsonObject } from '../../../kernel/json.ts';
import type { ChargeSums, LedgerReader } from '../../../ledger/ports.ts';
import type { AccountId, Grant } from '../../../protocol/ledger.ts';
import type { Role } from '../../../protocol/people.ts';
import type { Principal } from '../../../protocol/principal.ts';
import type { RecordStore } from '../../../records/ports.ts';
import type { UsageStore } from '../../../records/usage-ports.ts';
import type { KeyCredit } from './key-credit.ts';

/** What is told of a person, a service account or a key. */
export type Named = { readonly fullName: string; readonly email: string };

/** What one of AIGNE's usage endpoints is asked by a key. */
export type UsageAsked = {
  readonly principal: Principal;
  readonly query: URLSearchParams;
  readonly body: () => Promise<JsonObject>;
  readonly nowMs: number;
  readonly usage: UsageReads;
};

/** What AIGNE's usage endpoints read: the sums that the dashboard shows, the records, and who is who. */
export type UsageReads = {
  readonly view: UsageStore['view'];
  readonly list: RecordStore['list'];
  /** What a member may do in the organization; `undefined` for one who is none or may not act. */
  readonly roleOf: (organizationId: string, memberId: string) => Promise<Role | undefined>;
  /** A member, service account or key of the organization by its id. */
  readonly named: (organizationId: string, id: string) => Promise<Named | undefined>;
  readonly providerName: (providerId: string) => string | undefined;
  /** The page on which a person of the organization finds what is used, and paid for. */
  readonly pageOf: (organizationId: string) => string;
  /** What calls were charged; `undefined` where nobody is. Who pays is told that, and not who serves. */
  readonly charges:
    | {
        readonly sums: ChargeSums;
        readonly of: LedgerReader['amountsOf'];
        /** What of these accounts may be spent, and how credit is shown. */
        readonly seenBy: (organizationId: string, path: readonly AccountId[]) => Promise<KeyCredit>;
        /** What these accounts of the organization were given, newest first. */
        readonly grants: (organizationId: string, accountIds: readonly AccountId[]) => Promise<readonly Grant[]>;
      }
    | undefined;
};
