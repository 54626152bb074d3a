import type { OncePort } from '../dataplane/call-once.ts';
import { CALL_LEASE_MS, type CallClaim } from '../identity/calls-once.ts';
import { GatewayError } from '../kernel/errors.ts';
import { systemRepeat } from '../kernel/repeat.ts';
import type { Core } from './core.ts';
import { inTime } from './in-time.ts';

/** How long a call waits for the store before it is refused. */
const CLAIM_WAIT_MS = 2000;
/** How long the end of an answer waits until it is kept. */
const KEEP_WAIT_MS = 2000;
const RENEW_MS = CALL_LEASE_MS / 3;
/** What a lease is taken to be shorter here than in the store. */
const MARGIN_MS = 5000;

type Held = { readonly claim: CallClaim; until: number };

/** Calls of one process that are made once, their claims prolonged while they run. */
export function composeCallsOnce({ callsOnce, clock, logger }: Pick<Core, 'callsOnce' | 'clock' | 'logger'>): {
  readonly port: OncePort;
  readonly close: () => Promise<void>;
} {
  const held = new Map<string, Held>();
  const ending = new Set<Promise<void>>();

  const end = async (claim: CallClaim, work: Promise<void>): Promise<void> => {
    held.delete(claim.recordId);
    // Whoever repeats a call whose end is not in the store gets no second one: its record tells what it used.
    const done = work
      .catch((error: unknown) => {
        logger.warn({ err: error, recordId: claim.recordId }, 'what became of a call with a key could not be kept');
      })
      .finally(() => ending.delete(done));
    ending.add(done);
    await inTime(done, KEEP_WAIT_MS, undefined);
  };

  const renew = async (): Promise<void> => {
    if (held.size === 0) return;
    const until = clock.monotonic() + CALL_LEASE_MS - MARGIN_MS;
    const renewed = await callsOnce.renew([...held.values()].map(({ claim }) => claim));
    for (const recordId of renewed) {
      const known = held.get(recordId);
      if (known !== undefined) known.until = until;
    }
  };

  const stopRenewing = systemRepeat(() => {
    renew().catch((error: unknown) => logger.warn({ err: error }, 'claims of calls could not be renewed'));
  }, RENEW_MS);

  return {
    port: {
      begin: async (call) => {
        const until = clock.monotonic() + CALL_LEASE_MS - MARGIN_MS;
        let isLate = false;
        const beginning = callsOnce.begin(call).then((begun) => {
          // Nobody waits for it any more, so nobody would end it.
          if (isLate && begun.kind === 'begun') void end(begun.claim, callsOnce.free(begun.claim));
          return begun;
        });
        const begun = await inTime(beginning, CLAIM_WAIT_MS, () => {
          isLate = true;
          return new GatewayError('hub.store_unavailable', { retryAfterSeconds: 1 });
        });
        if (begun.kind === 'begun') held.set(begun.claim.recordId, { claim: begun.claim, until });
        return begun;
      },
      assertHeld: ({ recordId }) => {
        const known = held.get(recordId);
        if (known !== undefined && clock.monotonic() < known.until) return;
        throw new GatewayError('hub.store_unavailable', { retryAfterSeconds: 1 });
      },
      finish: (claim, kept) => end(claim, callsOnce.finish(claim, kept)),
      free: (claim) => end(claim, callsOnce.free(claim)),
    },
    close: async () => {
      stopRenewing();
      await inTime(Promise.all(ending), KEEP_WAIT_MS, undefined);
    },
  };
}
