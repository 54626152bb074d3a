import type { MinorUnits, NanoCredits } from '../kernel/money.ts';
import type { EntryKind, GrantKind } from '../protocol/ledger.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';

/** From which month on an organization's months begin by which clocks. Months are counted: twelve times the year, and 0 to 11. */
export type ZoneFrom = { readonly month: number; readonly timeZone: string };

/** Entries of a month that are alike in all that a statement tells apart. */
export type MovementSum = {
  readonly kind: EntryKind;
  /** Of the grant; `undefined` where that is not known. */
  readonly grantKind: GrantKind | undefined;
  /** Whether the grant came of a code. */
  readonly isRedeemed: boolean;
  /** Of a charge: where the call belonged, and what it was agreed by. */
  readonly projectId: string | undefined;
  readonly terms: string | undefined;
  readonly amountNano: NanoCredits;
  readonly entries: number;
};

/** An entry that is no charge, with what it is about. */
export type MovementItem = Pick<MovementSum, 'kind' | 'grantKind' | 'isRedeemed' | 'amountNano'> & {
  readonly id: string;
  readonly at: number;
  /** What the grant is called. */
  readonly name: string | undefined;
  readonly reason: string | undefined;
  readonly purchase:
    | { readonly id: string; readonly currency: string; readonly amountMinor: MinorUnits; readonly mode: string }
    | undefined;
};

export type StatementRows = {
  /** Of all entries before the month, and before its end. */
  readonly openingNano: NanoCredits;
  readonly closingNano: NanoCredits;
  readonly sums: readonly MovementSum[];
  /** The first ones, in the order of time. */
  readonly items: readonly MovementItem[];
  /** What was paid for credits of the month. */
  readonly paid: readonly { readonly currency: string; readonly amountMinor: MinorUnits }[];
};

/** What statements are made of: the entries of organizations' own accounts. */
export type StatementStore = {
  readonly zones: (scope: OrganizationScope) => Promise<readonly ZoneFrom[]>;
  /** In the place of what was said of that month, and of later ones. */
  readonly setZone: (scope: OrganizationScope, zone: ZoneFrom) => Promise<void>;
  /** The store's own clock, and when the first entry was posted. */
  readonly span: (
    scope: OrganizationScope,
  ) => Promise<{ readonly nowMs: number; readonly firstAt: number | undefined }>;
  /** What all entries before each of these instants come to. */
  readonly balances: (scope: OrganizationScope, instants: readonly number[]) => Promise<readonly NanoCredits[]>;
  readonly month: (
    scope: OrganizationScope,
    month: { readonly fromMs: number; readonly toMs: number; readonly itemsMax: number },
  ) => Promise<StatementRows>;
};
