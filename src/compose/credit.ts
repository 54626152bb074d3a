import { type CreditPort, HOLD_TTL_MS } from '../dataplane/call-credit.ts';
import { GatewayError } from '../kernel/errors.ts';
import { systemDelay, systemRepeat } from '../kernel/repeat.ts';
import type { EndHold, OutcomeOf, PlaceHold, RaiseHold } from '../ledger/operations.ts';
import type { AccountId } from '../protocol/ledger.ts';
import type { Core } from './core.ts';
import { termsOf } from './credit-terms.ts';
import { endJob } from './film-jobs.ts';
import { createPatience, inTime } from './in-time.ts';
import { describeTerms } from './price-terms.ts';
import { purchaseLinks } from './purchase-link.ts';

/** How long a call waits for a store that answers nobody: with the record of its refusal, a second at most. */
const SILENCE_MS = 750;
/** How long it waits for its turn at one that answers others. */
const HOLD_WAIT_MS = 5000;
/** How long the end of the process waits for charges; what is left follows from the records at the next start. */
const END_WAIT_MS = 5000;
const END_RETRY_MS = 1000;
const RENEW_MS = HOLD_TTL_MS / 3;

type Credit = { readonly port: CreditPort; readonly close: () => Promise<void> };

/** Credit for the calls of one process, also of those that began before it was switched off. `onSilence`: the store did not answer in time. */
export function composeCredit(core: Core, onSilence: () => void): Credit {
  const { store, ledger, logger, snapshot } = core;
  /** Calls of this process that hold credit, and the ends of those that the store has not taken yet. */
  const open = new Map<string, readonly AccountId[]>();
  const ending = new Map<string, Promise<void>>();

  const patiently = createPatience({ silenceMs: SILENCE_MS, longestMs: HOLD_WAIT_MS });
  const late = (): GatewayError => {
    // The refusal's own record shall not wait for the same silence once more.
    onSilence();
    return new GatewayError('hub.store_unavailable', { retryAfterSeconds: 1 });
  };
  const within = async <Each extends PlaceHold | RaiseHold>(operation: Each): Promise<OutcomeOf<Each>> => {
    open.set(operation.id, operation.path);
    const outcome = await patiently(ledger.do(operation), late);
    if (operation.kind === 'place' && outcome.kind !== 'held') open.delete(operation.id);
    return outcome;
  };

  const endUntilDone = async (operation: EndHold): Promise<void> => {
    for (;;) {
      try {
        await ledger.do(operation);
        return;
      } catch (error) {
        logger.warn({ err: error, recordId: operation.id }, 'a charge could not be written yet');
        await new Promise<void>((resolve) => void systemDelay(END_RETRY_MS, resolve));
      }
    }
  };

  const stopRenewing = systemRepeat(() => {
    for (const [id, path] of open) {
      ledger.do({ kind: 'renew', id, path, ttlMs: HOLD_TTL_MS }).catch((error: unknown) => {
        logger.warn({ err: error, recordId: id }, 'a hold could not be renewed');
      });
    }
  }, RENEW_MS);

  return {
    port: {
      isCharging: () => snapshot.current.charging !== undefined,
      termsOf: (deployment, organizationId, at) => termsOf(snapshot.current, deployment, { organizationId, at }),
      describe: describeTerms,
      place: within,
      raise: within,
      awaitJob: async (operation) => {
        const outcome = await patiently(ledger.do(operation), late);
        // Its hold needs no sign of life of this process any more.
        if (outcome.kind === 'awaiting') open.delete(operation.id);
        return outcome;
      },
      endJob: async (scope, id, endOf) => {
        try {
          const found = await patiently(store.awaitedJobs.find(scope, id), late);
          if (found !== undefined) await patiently(endJob(core, found, endOf), late);
        } catch (error) {
          // Whoever asks after it for the hub ends it, too.
          logger.warn({ err: error, recordId: id }, 'a job that has ended could not be charged yet');
        }
      },
      end: (operation) => {
        open.delete(operation.id);
        const done = endUntilDone(operation).finally(() => ending.delete(operation.id));
        ending.set(operation.id, done);
      },
      purchaseLinkOf: purchaseLinks(core),
      prefix: () => snapshot.current.chargingTerms.prefix,
      instanceId: core.instanceId,
    },
    close: async () => {
      stopRenewing();
      await inTime(Promise.all(ending.values()), END_WAIT_MS, undefined);
      await ledger.close();
    },
  };
}
