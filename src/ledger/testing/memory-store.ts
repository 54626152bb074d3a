import { NO_CREDITS } from '../../kernel/money.ts';
import type { AccountId, AwaitedJob, Grant, Hold, LedgerCharge, LedgerEntry } from '../../protocol/ledger.ts';
import type { Operation } from '../operations.ts';
import type { Done, LedgerChanges, LedgerReads, LedgerRows, LedgerStore } from '../ports.ts';
import { createCarryOut, readsOf } from '../transaction.ts';

/** The ledger's tables in memory, with the checks that the real ones have. */
export class MemoryLedger implements LedgerStore {
  nowMs: number;
  readonly accounts = new Set<AccountId>();
  readonly grants = new Map<string, Grant>();
  readonly holds = new Map<string, Hold>();
  readonly jobs = new Map<string, AwaitedJob>();
  readonly charges = new Map<string, LedgerCharge>();
  readonly entries = new Map<string, LedgerEntry>();
  readonly #carryOut = createCarryOut();

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  transact(operations: readonly Operation[]): Promise<Done> {
    return Promise.resolve(this.transactNow(operations));
  }

  /** `spoil` may get wrong what is written. */
  transactNow(operations: readonly Operation[], spoil = (changes: LedgerChanges): LedgerChanges => changes): Done {
    const { changes, done } = this.#carryOut(operations, this.read(readsOf(operations)));
    this.write(spoil(changes));
    return done;
  }

  read(reads: LedgerReads): LedgerRows {
    const accountIds = reads.accountIds.filter((id) => this.accounts.has(id));
    for (const { id } of reads.newAccounts) this.accounts.add(id);
    const holds = reads.holdIds.flatMap((id) => this.holds.get(id) ?? []);
    const charges = reads.chargeIds.flatMap((id) => this.charges.get(id) ?? []);
    const entries = [...this.entries.values()].filter(({ chargeId }) => charges.some(({ id }) => id === chargeId));
    const named = new Set([
      ...reads.grantIds,
      ...holds.flatMap(({ shares }) => shares.map(({ grantId }) => grantId)),
      ...entries.map(({ grantId }) => grantId),
    ]);
    const grants = [...this.grants.values()].filter(
      ({ id, accountId, remainingNano }) =>
        named.has(id) || (remainingNano > NO_CREDITS && reads.accountIds.includes(accountId)),
    );
    const namedEntries = reads.entryIds.flatMap((id) => this.entries.get(id) ?? []);
    return { nowMs: this.nowMs, accountIds, grants, holds, charges, entries, namedEntries };
  }

  /** Everything, or nothing where a check fails. */
  write(changes: LedgerChanges): void {
    const { newGrants, changedGrants, newHolds, changedHolds, endedHolds, newCharges, newEntries } = changes;
    const grants = [...newGrants, ...changedGrants];
    for (const { heldNano, remainingNano, issuedNano } of grants) {
      if (heldNano < 0n || remainingNano < heldNano || remainingNano > issuedNano) throw new Error('a check failed');
    }
    refuseKnown(this.charges, newCharges);
    refuseKnown(this.entries, newEntries);
    for (const grant of grants) this.grants.set(grant.id, grant);
    for (const hold of [...newHolds, ...changedHolds]) this.holds.set(hold.id, hold);
    for (const id of endedHolds) this.holds.delete(id);
    for (const { job } of changes.newJobs) this.jobs.set(job.id, job);
    for (const id of changes.endedJobs) this.jobs.delete(id);
    for (const charge of newCharges) this.charges.set(charge.id, charge);
    for (const entry of newEntries) this.entries.set(entry.id, entry);
  }

  balance(accountId: string): string {
    const grants = [...this.grants.values()].filter((grant) => grant.accountId === accountId);
    const sum = (of: (grant: Grant) => bigint): bigint => grants.reduce((all, grant) => all + of(grant), 0n);
    return `${sum(({ remainingNano }) => remainingNano)} held ${sum(({ heldNano }) => heldNano)}`;
  }
}

function refuseKnown(rows: ReadonlyMap<string, unknown>, added: readonly { readonly id: string }[]): void {
  for (const { id } of added) if (rows.has(id)) throw new Error(`${id} is there already`);
}
