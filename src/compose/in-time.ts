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
  return new Promise((resolve, reject) => {
    let isDone = false;
    const giveUp = (): void => {
      if (isDone) return;
      if (late === undefined) resolve(undefined);
      else reject(late());
    };
    // After a stall of this process the answer may lie there unread: it is read before what is immediate.
    const stop = systemDelay(ms, () => void setImmediate(giveUp));
    work.then(resolve, reject).finally(() => {
      isDone = true;
      stop();
    });
  });
}
