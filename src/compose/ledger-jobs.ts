import type { Job } from '../jobs/scheduler.ts';
import { expireDue } from '../ledger/expire.ts';
import { sealWaiting } from '../ledger/seals.ts';
import type { Core } from './core.ts';
import { endStrayHolds } from './stray-holds.ts';

const MINUTE_MS = 60_000;
/** At every look of the scheduler: until it is sealed, an entry could be changed past the hub without a trace. */
const SEAL_MS = 1000;

/** The work of credit, all of it away from requests: ending what nobody ends, taking what has expired, sealing entries. */
export function ledgerJobs(core: Pick<Core, 'store' | 'ledger' | 'logger' | 'sealDigest'>): readonly Job[] {
  const { store, ledger, sealDigest } = core;
  return [
    { name: 'ledger.sweep', everyMs: MINUTE_MS, run: () => endStrayHolds(core) },
    { name: 'ledger.expire', everyMs: MINUTE_MS, run: (signal) => expireDue(store.ledgerReader, ledger, signal) },
    { name: 'ledger.seal', everyMs: SEAL_MS, run: (signal) => sealWaiting(store.ledgerSeals, sealDigest, signal) },
  ];
}
