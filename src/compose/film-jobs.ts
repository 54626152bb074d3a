import type { EndOfJob } from '../dataplane/call-credit.ts';
import { settleFilms } from '../dataplane/media/settle-films.ts';
import type { Job } from '../jobs/scheduler.ts';
import type { JobWithHold } from '../ledger/ports.ts';
import type { AwaitedJob } from '../protocol/ledger.ts';
import { findDeployment } from '../routing/resolve.ts';
import { createCredentialPool } from '../upstream/credential-pool.ts';
import { chance } from './chance.ts';
import { reachOf } from './compile-snapshot.ts';
import type { Core } from './core.ts';
import { storedTerms } from './stored-terms.ts';

/** At every look of the scheduler: films are asked after when each of them is due. */
const SETTLE_MS = 1000;
/** Questions are short, and end well within the time for which a film is taken. Milliseconds. */
const TIMEOUTS = { connectMs: 5000, firstByteMs: 10_000, idleMs: 5000, totalMs: 15_000 };

/** Ends the hold of a job; whoever comes second changes nothing. */
export async function endJob(
  { store, ledger }: Pick<Core, 'store' | 'ledger'>,
  found: JobWithHold,
  endOf: EndOfJob,
): Promise<void> {
  await ledger.do(endOf(found, await storedTerms(store, found.hold.terms)));
}

/** Asks after films that credit is held for, whether or not their callers do. */
export function filmJobs(core: Core): readonly Job[] {
  const { store, clock, settings, newId } = core;
  const credentials = createCredentialPool({
    clock,
    awsOf: ({ organizationId }) => core.awsOf(reachOf(organizationId)),
    open: ({ id, organizationId, sealed, baseUrl }) =>
      core.vault.open(sealed, { organizationId, table: 'credentials', rowId: id, field: 'secret', baseUrl }),
    // Nothing is told of faults here: whether a credential is good shows in callers' requests.
    onSetAside: async () => undefined,
  });
  const deps = {
    jobs: store.awaitedJobs,
    placeOf: (job: AwaitedJob) => placeOf(core, job),
    asking: {
      clock,
      credentials,
      sendWithin: (reach: Parameters<Core['netOf']>[0]) => core.netOf(reach).send,
      timeouts: TIMEOUTS,
      responseBytesMax: settings.limits.responseBytes,
    },
    newWireId: newId,
    end: (found: JobWithHold, endOf: EndOfJob) => endJob(core, found, endOf),
    random: chance,
  };
  return [{ name: 'films.settle', everyMs: SETTLE_MS, run: (signal) => settleFilms(deps, signal) }];
}

/** Where it was made, whatever its project may call by now. */
function placeOf({ snapshot }: Core, job: AwaitedJob) {
  const { modelsOf, directory: shared } = snapshot.current;
  const directory = modelsOf(job)?.places ?? shared;
  return findDeployment({ directory, denialOf: undefined }, job, job.operation);
}
