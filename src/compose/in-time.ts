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
    const stop = systemDelay(ms, () => (late === undefined ? resolve(undefined) : reject(late())));
    work.then(resolve, reject).finally(stop);
  });
}
