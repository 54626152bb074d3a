import { invalid } from '../kernel/invalid.ts';
import { addCredits, lessCredits, type NanoCredits, NO_CREDITS } from '../kernel/money.ts';
import { startOfMonth, timeZone } from '../kernel/time-zone.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import type { MovementItem, MovementSum, StatementRows, StatementStore, ZoneFrom } from './statement-ports.ts';

/** What is posted with a time before a month's end may be seen a little after it. */
const SETTLING_MS = 5 * 60_000;
const ITEMS_MAX = 1000;
const DEFAULT_ZONE = 'UTC';
const MONTHS_PER_YEAR = 12;

/** What moves a balance, in the order of a statement. */
export const MOVEMENTS = [
  'bought',
  'granted',
  'redeemed',
  'taken_back',
  'charged',
  'refunded',
  'used_elsewhere',
  'expired',
] as const;
export type Movement = (typeof MOVEMENTS)[number];

/** A month of an organization, from its midnight to its midnight. */
export type StatementMonth = {
  /** `2026-10`. */
  readonly month: string;
  readonly timeZone: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Whether it is over, so that nothing of it ever changes. */
  readonly isFinal: boolean;
};

export type ListedStatement = StatementMonth & {
  readonly openingNano: NanoCredits;
  readonly closingNano: NanoCredits;
};

/** What calls of a model or a project took, and what was given back for them. */
export type ChargedPart = {
  /** `undefined`: nobody knows any more. */
  readonly value: string | undefined;
  readonly chargedNano: NanoCredits;
  readonly refundedNano: NanoCredits;
};

export type Statement = ListedStatement & {
  /** Each as it moves the balance: what is taken is below zero. */
  readonly sums: ReadonlyMap<Movement, NanoCredits>;
  readonly models: readonly ChargedPart[];
  readonly projects: readonly ChargedPart[];
  readonly items: readonly (MovementItem & { readonly movement: Movement })[];
  readonly hasMoreItems: boolean;
  readonly paid: StatementRows['paid'];
};

export type StatementZones = {
  readonly timeZone: string;
  readonly next: (ZoneFrom & { readonly from: string }) | undefined;
};

/** Statements are sums over entries that never change, so a month that is over has one for good. */
export type Statements = {
  /** Newest first, from the month before `before` on; none without entries. */
  readonly list: (
    scope: OrganizationScope,
    page: { readonly before: string | undefined; readonly limit: number },
  ) => Promise<readonly ListedStatement[]>;
  /** `undefined` for a month before the first entry, or one that has not begun. */
  readonly get: (scope: OrganizationScope, month: string) => Promise<Statement | undefined>;
  readonly zones: (scope: OrganizationScope) => Promise<StatementZones>;
  /**
   * Says by whose clocks months begin: from the next month on, so that no month that there is a statement of moves; at once
   * where there is none. @throws request.invalid
   */
  readonly setZone: (scope: OrganizationScope, timeZone: string) => Promise<StatementZones>;
};

export type StatementsInput = {
  readonly store: StatementStore;
  /** Which model a charge was agreed for, by the name that the organization knows. */
  readonly modelOf: (terms: string, scope: OrganizationScope) => Promise<string | undefined>;
};

export function createStatements(input: StatementsInput): Statements {
  const { store } = input;
  return {
    list: (scope, page) => list(store, scope, page),
    get: (scope, month) => get(input, scope, month),
    zones: async (scope) => zonesAt(new Months(await store.zones(scope)), (await store.span(scope)).nowMs),
    setZone: async (scope, name) => {
      assertZone(name);
      const { nowMs, firstAt } = await store.span(scope);
      const running = new Months(await store.zones(scope)).at(nowMs);
      await store.setZone(scope, { month: firstAt === undefined ? running : running + 1, timeZone: name });
      return zonesAt(new Months(await store.zones(scope)), nowMs);
    },
  };
}

/** An organization's months: each begins by the clocks that were chosen for it, and ends where the next begins. */
export class Months {
  readonly #zones: readonly ZoneFrom[];

  constructor(zones: readonly ZoneFrom[]) {
    this.#zones = zones.toSorted((a, b) => a.month - b.month);
  }

  zoneOf(month: number): string {
    return this.#zones.findLast((zone) => zone.month <= month)?.timeZone ?? DEFAULT_ZONE;
  }

  /** What is chosen for later. */
  after(month: number): ZoneFrom | undefined {
    return this.#zones.find((zone) => zone.month > month);
  }

  startOf(month: number): number {
    return startOfMonth(
      timeZone(this.zoneOf(month)),
      Date.UTC(Math.floor(month / MONTHS_PER_YEAR), month % MONTHS_PER_YEAR),
    );
  }

  /** The month that an instant is in. */
  at(instant: number): number {
    const utc = new Date(instant);
    let month = utc.getUTCFullYear() * MONTHS_PER_YEAR + utc.getUTCMonth();
    while (this.startOf(month) > instant) month -= 1;
    while (this.startOf(month + 1) <= instant) month += 1;
    return month;
  }

  of(month: number, nowMs: number): StatementMonth {
    const toMs = this.startOf(month + 1);
    return {
      month: nameOf(month),
      timeZone: this.zoneOf(month),
      fromMs: this.startOf(month),
      toMs,
      isFinal: nowMs >= toMs + SETTLING_MS,
    };
  }
}

function nameOf(month: number): string {
  return `${Math.floor(month / MONTHS_PER_YEAR)}-${String((month % MONTHS_PER_YEAR) + 1).padStart(2, '0')}`;
}

/** The other way; of what is no month, of none that there is a statement of. */
function monthNamed(name: string): number {
  const [, year = '0', month = '1'] = /^(\d{4})-(\d{2})$/.exec(name) ?? [];
  return Number(year) * MONTHS_PER_YEAR + Number(month) - 1;
}

function zonesAt(months: Months, nowMs: number): StatementZones {
  const running = months.at(nowMs);
  const next = months.after(running);
  return { timeZone: months.zoneOf(running), next: next && { ...next, from: nameOf(next.month) } };
}

function assertZone(name: string): void {
  try {
    timeZone(name);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid('time_zone', 'is no IANA time zone such as Asia/Taipei.');
  }
}

async function list(
  store: StatementStore,
  scope: OrganizationScope,
  { before, limit }: { readonly before: string | undefined; readonly limit: number },
): Promise<readonly ListedStatement[]> {
  const { nowMs, firstAt } = await store.span(scope);
  if (firstAt === undefined) return [];
  const months = new Months(await store.zones(scope));
  const first = months.at(firstAt);
  const last = before === undefined ? months.at(nowMs) : Math.min(months.at(nowMs), monthNamed(before) - 1);
  const count = Math.min(limit, last - first + 1);
  if (count <= 0) return [];
  const oldest = last - count + 1;
  const edges = Array.from({ length: count + 1 }, (_, index) => months.startOf(oldest + index));
  const balances = await store.balances(scope, edges);
  return edges
    .slice(1)
    .map((_, index) => ({
      ...months.of(oldest + index, nowMs),
      openingNano: balances[index] ?? NO_CREDITS,
      closingNano: balances[index + 1] ?? NO_CREDITS,
    }))
    .toReversed();
}

async function get(
  { store, modelOf }: StatementsInput,
  scope: OrganizationScope,
  name: string,
): Promise<Statement | undefined> {
  const { nowMs, firstAt } = await store.span(scope);
  const months = new Months(await store.zones(scope));
  const wanted = monthNamed(name);
  if (firstAt === undefined || wanted < months.at(firstAt) || wanted > months.at(nowMs)) return undefined;
  const month = months.of(wanted, nowMs);
  const rows = await store.month(scope, { ...month, itemsMax: ITEMS_MAX + 1 });
  const { openingNano, closingNano, paid } = rows;
  const sums = sumsOf(rows.sums);
  const moved = [...sums.values()].reduce(addCredits, NO_CREDITS);
  if (addCredits(openingNano, moved) !== closingNano) throw new Error(`the entries of ${name} do not add up`);
  const models = new Map<string, string | undefined>();
  for (const { terms } of rows.sums)
    if (terms !== undefined && !models.has(terms)) models.set(terms, await modelOf(terms, scope));
  return {
    ...month,
    openingNano,
    closingNano,
    sums,
    models: partsOf(rows.sums, ({ terms }) => (terms === undefined ? undefined : models.get(terms))),
    projects: partsOf(rows.sums, ({ projectId }) => projectId),
    items: rows.items.slice(0, ITEMS_MAX).map((item) => ({ ...item, movement: movementOf(item) })),
    hasMoreItems: rows.items.length > ITEMS_MAX,
    paid,
  };
}

function sumsOf(rows: readonly MovementSum[]): ReadonlyMap<Movement, NanoCredits> {
  const sums = new Map<Movement, NanoCredits>(MOVEMENTS.map((movement) => [movement, NO_CREDITS]));
  for (const row of rows) {
    const movement = movementOf(row);
    sums.set(movement, addCredits(sums.get(movement) ?? NO_CREDITS, row.amountNano));
  }
  return sums;
}

/** What an entry is to whoever reads a statement. */
export function movementOf({
  kind,
  grantKind,
  isRedeemed,
}: Pick<MovementSum, 'kind' | 'grantKind' | 'isRedeemed'>): Movement {
  switch (kind) {
    case 'grant':
      if (isRedeemed) return 'redeemed';
      return grantKind === 'purchased' ? 'bought' : 'granted';
    case 'reversal':
    case 'withdrawal':
      return 'taken_back';
    case 'charge':
    case 'correction':
      return 'charged';
    case 'refund':
      return 'refunded';
    case 'elsewhere':
      return 'used_elsewhere';
    case 'expiry':
      return 'expired';
  }
}

/** What took most first. */
function partsOf(
  rows: readonly MovementSum[],
  valueOf: (row: MovementSum) => string | undefined,
): readonly ChargedPart[] {
  const parts = new Map<string | undefined, ChargedPart>();
  for (const row of rows) {
    const movement = movementOf(row);
    if (movement !== 'charged' && movement !== 'refunded') continue;
    const value = valueOf(row);
    const part = parts.get(value) ?? { value, chargedNano: NO_CREDITS, refundedNano: NO_CREDITS };
    const field = movement === 'charged' ? 'chargedNano' : 'refundedNano';
    parts.set(value, { ...part, [field]: addCredits(part[field], row.amountNano) });
  }
  const totalOf = ({ chargedNano, refundedNano }: ChargedPart) => addCredits(chargedNano, refundedNano);
  return [...parts.values()].toSorted((a, b) => {
    const by = lessCredits(totalOf(a), totalOf(b));
    return by === 0n ? ((a.value ?? '') < (b.value ?? '') ? -1 : 1) : by < 0n ? -1 : 1;
  });
}
