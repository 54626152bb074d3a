import { createIdMaker } from '../kernel/ids.ts';
import type { AccountId } from '../protocol/ledger.ts';
import { apply, mirroredId, reversalIds, withdrawalId } from './apply.ts';
import { Book } from './book.ts';
import type { Operation } from './operations.ts';
import type { Done, LedgerAccount, LedgerChanges, LedgerReads, LedgerRows } from './ports.ts';

/** Two steps of a transaction, for a store to take where its rows are: what it has to read, and what comes of that. */

/** Does operations one after the other on what was read for them. What has changed by then is to be written. */
export type CarryOut = (
  operations: readonly Operation[],
  rows: LedgerRows,
) => { readonly changes: LedgerChanges; readonly done: Done };

/** Entries are named by the store's own clock, so that they sort by their time whatever process has written them. */
export function createCarryOut(): CarryOut {
  let nowMs = 0;
  const newId = createIdMaker(() => nowMs);
  return (operations, rows) => {
    nowMs = rows.nowMs;
    const book = new Book(rows);
    const outcomes = operations.map((operation) => apply(book, operation, () => newId('le')));
    const changes = book.changes();
    return { changes, done: { outcomes, charges: changes.newCharges } };
  };
}

/** What has to be read for operations. */
export function readsOf(operations: readonly Operation[]): LedgerReads {
  const newAccounts = new Map<AccountId, LedgerAccount>();
  const accountIds = new Set<AccountId>();
  const grantIds = new Set<string>();
  const holdIds = new Set<string>();
  const chargeIds = new Set<string>();
  const entryIds = new Set<string>();
  for (const operation of operations) {
    if ('path' in operation) for (const id of operation.path) accountIds.add(id);
    else accountIds.add(operation.accountId);
    switch (operation.kind) {
      case 'give':
        newAccounts.set(operation.accountId, { id: operation.accountId, organizationId: operation.organizationId });
        grantIds.add(operation.id);
        break;
      case 'expire':
        grantIds.add(operation.grantId);
        break;
      case 'refund':
        chargeIds.add(operation.chargeId);
        break;
      case 'withdraw':
        entryIds.add(withdrawalId(operation.id, 0));
        break;
      case 'reverse':
        grantIds.add(operation.grantId);
        for (const id of reversalIds(operation)) entryIds.add(id);
        break;
      case 'mirror':
        for (const { grantId } of operation.moves) grantIds.add(grantId);
        entryIds.add(mirroredId(operation.accountId, operation.number));
        break;
      case 'raise':
      case 'renew':
      case 'dispatch':
      case 'await':
        holdIds.add(operation.id);
        break;
      case 'place':
      case 'end':
      case 'sweep':
        holdIds.add(operation.id);
        chargeIds.add(operation.id);
        break;
    }
  }
  return {
    // In the order of the locks, too: whoever makes several waits for whoever makes the same.
    newAccounts: [...newAccounts.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    accountIds: [...accountIds].toSorted(),
    grantIds: [...grantIds],
    holdIds: [...holdIds],
    chargeIds: [...chargeIds],
    entryIds: [...entryIds],
  };
}
