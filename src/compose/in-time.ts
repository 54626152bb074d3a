import type { GatewayError } from '../kernel/errors.ts';
import { systemDelay } from '../kernel/repeat.ts';

/** What came in time; else the error, or nothing where it is not missed. */
export function inTime<T>(work: Promise<T>, ms: number, late: () => GatewayError): Promise<T>;
export function inTime(work: Promise<unknown>, ms: number, late: undefined): Promise<void>;
export function inTime<T>(
  work: Promise<T>,
  ms: number,
  late: (() => GatewayError) | undefined,
): Promise<T | undefined> {
  return waitFor(work, { ms, moreMs: () => 0 }, late);
}

/** How long a store may say nothing at all, and how long one waits for it at most while it answers others. */
export type Patience = { readonly silenceMs: number; readonly longestMs: number };

/**
 * Waits for a store as long as it shows signs of life: one that is busy, or that this busy process comes late to read,
 * answers some while others wait for their turn; one that is out of reach answers nobody.
 */
export function createPatience({ silenceMs, longestMs }: Patience) {
  let heardAt = Number.NEGATIVE_INFINITY;
  return async <T>(work: Promise<T>, late: () => GatewayError): Promise<T> => {
    const until = performance.now() + longestMs;
    const moreMs = (): number => Math.min(heardAt + silenceMs, until) - performance.now();
    const found = await waitFor(work, { ms: silenceMs, moreMs }, late);
    heardAt = performance.now();
    return found;
  };
}

type Wait = {
  readonly ms: number;
  /** Asked when that is over: what is waited beyond it. */
  readonly moreMs: () => number;
};

function waitFor<T>(work: Promise<T>, wait: Wait, late: () => GatewayError): Promise<T>;
function waitFor<T>(work: Promise<T>, wait: Wait, late: (() => GatewayError) | undefined): Promise<T | undefined>;
function waitFor<T>(
  work: Promise<T>,
  { ms, moreMs }: Wait,
  late: (() => GatewayError) | undefined,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let isDone = false;
    const giveUp = (): void => {
      if (isDone) return;
      const more = moreMs();
      if (more > 0) waitOn(more);
      else if (late === undefined) resolve(undefined);
      else reject(late());
    };
    let stop = (): void => undefined;
    const waitOn = (forMs: number): void => {
      // After a stall of this process the answer may lie there unread: it is read before what is immediate.
      stop = systemDelay(forMs, () => void setImmediate(giveUp));
    };
    waitOn(ms);
    work.then(resolve, reject).finally(() => {
      isDone = true;
      stop();
    });
  });
}
