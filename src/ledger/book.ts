import { addCredits, lessCredits, type NanoCredits, NO_CREDITS } from '../kernel/money.ts';
import type { AccountId, EntryKind, Grant, Hold, LedgerCharge, LedgerEntry } from '../protocol/ledger.ts';
import type { LedgerChanges, LedgerRows, NewJob } from './ports.ts';

/** For what a grant is to be used. */
export type Purpose = { readonly model: string; readonly projectId: string };

/** Rows of the ledger that operations read and change, one after the other, before the store writes what has changed. */
export class Book {
  readonly nowMs: number;
  readonly #accounts: Set<AccountId>;
  readonly #grants: Map<string, Grant>;
  readonly #grantsOf = new Map<AccountId, string[]>();
  readonly #holds: Map<string, Hold>;
  readonly #charges: Map<string, LedgerCharge>;
  readonly #entriesOf = new Map<string, LedgerEntry[]>();
  readonly #entries: Map<string, LedgerEntry>;
  readonly #newGrants = new Set<string>();
  readonly #changedGrants = new Set<string>();
  readonly #newHolds = new Set<string>();
  readonly #changedHolds = new Set<string>();
  readonly #endedHolds = new Set<string>();
  readonly #newJobs = new Map<string, NewJob>();
  readonly #endedJobs: string[] = [];
  readonly #newCharges: LedgerCharge[] = [];
  readonly #newEntries: LedgerEntry[] = [];

  constructor(rows: LedgerRows) {
    this.nowMs = rows.nowMs;
    this.#accounts = new Set(rows.accountIds);
    this.#grants = new Map(rows.grants.map((grant) => [grant.id, grant]));
    for (const grant of rows.grants) listOf(this.#grantsOf, grant.accountId).push(grant.id);
    this.#holds = new Map(rows.holds.map((hold) => [hold.id, hold]));
    this.#charges = new Map(rows.charges.map((charge) => [charge.id, charge]));
    this.#entries = new Map(rows.namedEntries.map((entry) => [entry.id, entry]));
    for (const entry of rows.entries) {
      if (entry.chargeId !== undefined) listOf(this.#entriesOf, entry.chargeId).push(entry);
    }
  }

  hasAccount(id: AccountId): boolean {
    return this.#accounts.has(id);
  }

  findGrant(id: string): Grant | undefined {
    return this.#grants.get(id);
  }

  /** @throws Error for one that was not read: then the operation named too few accounts */
  grant(id: string): Grant {
    const grant = this.#grants.get(id);
    if (grant === undefined) throw new Error(`the grant ${id} was not read`);
    return grant;
  }

  hold(id: string): Hold | undefined {
    return this.#holds.get(id);
  }

  charge(id: string): LedgerCharge | undefined {
    return this.#charges.get(id);
  }

  entriesOf(chargeId: string): readonly LedgerEntry[] {
    return this.#entriesOf.get(chargeId) ?? [];
  }

  /** One that an operation named. */
  entry(id: string): LedgerEntry | undefined {
    return this.#entries.get(id);
  }

  /** An account's grants that may be used now and for that, in the order in which they are. */
  usable(accountId: AccountId, purpose: Purpose | undefined): readonly Grant[] {
    const ids = this.#grantsOf.get(accountId) ?? [];
    return ids
      .map((id) => this.grant(id))
      .filter((grant) => !this.isExpired(grant) && (purpose === undefined || isFor(grant, purpose)))
      .toSorted(inOrderOfUse);
  }

  isExpired({ expiresAt }: Grant): boolean {
    return expiresAt !== undefined && expiresAt <= this.nowMs;
  }

  /** An account is there from its first grant on. */
  addGrant(grant: Grant): void {
    this.#accounts.add(grant.accountId);
    this.#grants.set(grant.id, grant);
    listOf(this.#grantsOf, grant.accountId).push(grant.id);
    this.#newGrants.add(grant.id);
  }

  /** Moves what a grant has left, and what of it is held. */
  moveGrant(id: string, by: { readonly remaining?: NanoCredits; readonly held?: NanoCredits }): void {
    const grant = this.grant(id);
    this.#grants.set(id, {
      ...grant,
      remainingNano: addCredits(grant.remainingNano, by.remaining ?? NO_CREDITS),
      heldNano: addCredits(grant.heldNano, by.held ?? NO_CREDITS),
    });
    if (!this.#newGrants.has(id)) this.#changedGrants.add(id);
  }

  addHold(hold: Hold): void {
    this.#holds.set(hold.id, hold);
    this.#newHolds.add(hold.id);
  }

  changeHold(hold: Hold): void {
    this.#holds.set(hold.id, hold);
    if (!this.#newHolds.has(hold.id)) this.#changedHolds.add(hold.id);
  }

  addJob(added: NewJob): void {
    this.#newJobs.set(added.job.id, added);
  }

  /** Puts the charge in the hold's place. Nobody asks any more after a job that it waited for. */
  endHold(charge: LedgerCharge): void {
    const { id } = charge;
    if (this.#holds.get(id)?.awaitsJobSince !== undefined && !this.#newJobs.delete(id)) this.#endedJobs.push(id);
    this.#holds.delete(id);
    this.#changedHolds.delete(id);
    if (!this.#newHolds.delete(id)) this.#endedHolds.add(id);
    this.#charges.set(id, charge);
    this.#newCharges.push(charge);
  }

  /** Posts an entry, and moves the grant by it. */
  post(entry: {
    readonly id: string;
    readonly grantId: string;
    readonly kind: EntryKind;
    readonly amountNano: NanoCredits;
    readonly chargeId?: string | undefined;
    readonly actorId?: string | undefined;
    readonly reason?: string | undefined;
  }): void {
    const { grantId, kind, amountNano } = entry;
    const { organizationId, accountId } = this.grant(grantId);
    const posted: LedgerEntry = {
      id: entry.id,
      organizationId,
      accountId,
      grantId,
      kind,
      amountNano,
      chargeId: entry.chargeId,
      at: this.nowMs,
      actorId: entry.actorId,
      reason: entry.reason,
    };
    this.#newEntries.push(posted);
    this.#entries.set(posted.id, posted);
    if (posted.chargeId !== undefined) listOf(this.#entriesOf, posted.chargeId).push(posted);
    // A new grant has what it was given from the beginning.
    if (kind !== 'grant') this.moveGrant(grantId, { remaining: amountNano });
  }

  changes(): LedgerChanges {
    const grantsOf = (ids: ReadonlySet<string>) => [...ids].map((id) => this.grant(id));
    const holdsOf = (ids: ReadonlySet<string>) => [...ids].flatMap((id) => this.#holds.get(id) ?? []);
    return {
      newGrants: grantsOf(this.#newGrants),
      changedGrants: grantsOf(this.#changedGrants),
      newHolds: holdsOf(this.#newHolds),
      changedHolds: holdsOf(this.#changedHolds),
      endedHolds: [...this.#endedHolds],
      newJobs: [...this.#newJobs.values()],
      endedJobs: this.#endedJobs,
      newCharges: this.#newCharges,
      newEntries: this.#newEntries,
    };
  }
}

/** What of a grant is neither taken nor held. */
export function freeOf({ remainingNano, heldNano }: Grant): NanoCredits {
  return lessCredits(remainingNano, heldNano);
}

function isFor({ models, projectIds }: Grant, { model, projectId }: Purpose): boolean {
  return (models?.includes(model) ?? true) && (projectIds?.includes(projectId) ?? true);
}

/** Which of two grants is used first. */
export function inOrderOfUse(a: Grant, b: Grant): number {
  return (
    a.priority - b.priority ||
    // What never expires comes last.
    (a.expiresAt ?? Number.POSITIVE_INFINITY) - (b.expiresAt ?? Number.POSITIVE_INFINITY) ||
    a.createdAt - b.createdAt ||
    (a.id < b.id ? -1 : 1)
  );
}

function listOf<K, V>(map: Map<K, V[]>, key: K): V[] {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made: V[] = [];
  map.set(key, made);
  return made;
}
