import type { Ledger } from './ledger.ts';
import type { LedgerReader } from './ports.ts';

/** Grants that are looked at together. */
const EXPIRE_MAX = 200;

/** Takes what is free of every grant whose time is over. What calls still hold of it is taken when they end. */
export async function expireDue(
  reader: Pick<LedgerReader, 'due'>,
  ledger: Pick<Ledger, 'do'>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const due = await reader.due(EXPIRE_MAX);
    await Promise.all(due.map(({ id, accountId }) => ledger.do({ kind: 'expire', grantId: id, accountId })));
    if (due.length < EXPIRE_MAX) return;
  }
}
