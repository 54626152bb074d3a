import { GatewayError } from '../kernel/errors.ts';
import type { Delay } from '../kernel/repeat.ts';

/** Whoever waited this long in vain would not wait for an answer either. */
const WAIT_MS_MAX = 10_000;
const RETRY_SECONDS = 1;

type Waiting = { readonly admit: () => void; readonly refuse: (error: GatewayError) => void };

export type CallGateLimits = {
  /** Requests under way at once. */
  readonly runningMax: number;
  /** Requests that wait for one of those to end. */
  readonly waitingMax: number;
};

/** How a request leaves the queue without its turn. */
export type Entering = { readonly entered: Promise<void>; readonly giveUp: (error: GatewayError) => void };

/**
 * How many requests a process has in hand. Beyond that they wait, a bounded number of them, and each organization in turn:
 * one that sends many waits for itself. Where there is no room to wait a request is refused at once; if another organization
 * has more waiting, its last gives up its place.
 */
export class CallGate {
  readonly #limits: CallGateLimits;
  readonly #delay: Delay;
  /** By organization, the one whose turn is next first. */
  readonly #waiting = new Map<string, Waiting[]>();
  #running = 0;
  #waitingCount = 0;

  constructor(limits: CallGateLimits, delay: Delay) {
    this.#limits = limits;
    this.#delay = delay;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waitingCount;
  }

  /** Takes a place; `undefined` where there is one at once. Each that was entered is given back by {@link leave}. */
  enter(organizationId: string): Entering | undefined {
    if (this.#running < this.#limits.runningMax && this.#waitingCount === 0) {
      this.#running += 1;
      return undefined;
    }
    if (this.#waitingCount >= this.#limits.waitingMax && !this.#makeRoomFor(organizationId)) throw overloaded();
    return this.#wait(organizationId);
  }

  /** Gives a place back, to the next who waits. */
  leave(): void {
    this.#running -= 1;
    const [next] = this.#waiting;
    if (next === undefined) return;
    const [organizationId, queue] = next;
    const first = queue.shift();
    this.#waiting.delete(organizationId);
    // Those of the same organization wait until all others have had a turn.
    if (queue.length > 0) this.#waiting.set(organizationId, queue);
    this.#waitingCount -= 1;
    this.#running += 1;
    first?.admit();
  }

  #wait(organizationId: string): Entering {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const cancel = this.#delay(WAIT_MS_MAX, () => giveUp(overloaded()));
    const waiting: Waiting = {
      admit: () => {
        cancel();
        resolve();
      },
      refuse: (error) => {
        cancel();
        reject(error);
      },
    };
    const giveUp = (error: GatewayError): void => {
      if (this.#remove(organizationId, waiting)) waiting.refuse(error);
    };
    const queue = this.#waiting.get(organizationId);
    if (queue === undefined) this.#waiting.set(organizationId, [waiting]);
    else queue.push(waiting);
    this.#waitingCount += 1;
    return { entered: promise, giveUp };
  }

  /** Sends away the last of the organization that has most waiting, if that is more than this one has. */
  #makeRoomFor(organizationId: string): boolean {
    let most: readonly [string, Waiting[]] | undefined;
    for (const each of this.#waiting) if (most === undefined || each[1].length > most[1].length) most = each;
    const own = this.#waiting.get(organizationId)?.length ?? 0;
    const last = most?.[1].at(-1);
    if (most === undefined || last === undefined || most[1].length <= own + 1) return false;
    this.#remove(most[0], last);
    last.refuse(overloaded());
    return true;
  }

  /** @returns whether it was still waiting */
  #remove(organizationId: string, waiting: Waiting): boolean {
    const queue = this.#waiting.get(organizationId);
    const place = queue?.lastIndexOf(waiting) ?? -1;
    if (queue === undefined || place < 0) return false;
    queue.splice(place, 1);
    if (queue.length === 0) this.#waiting.delete(organizationId);
    this.#waitingCount -= 1;
    return true;
  }
}

function overloaded(): GatewayError {
  return new GatewayError('hub.overloaded', { retryAfterSeconds: RETRY_SECONDS });
}
