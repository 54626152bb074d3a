import { GatewayError } from '../kernel/errors.ts';
import type { Delay } from '../kernel/repeat.ts';

/** Whoever waited this long in vain would not wait for an answer either. */
const WAIT_MS_MAX = 10_000;
/** The part of all places that is kept for organizations which have few requests under way, once there is one. */
const KEPT_PART = 0.1;
/** They are kept until so many times all places were given back and none of those organizations came. */
const KEPT_ROUNDS = 20;
/** One for all: to note where each was made is most of what a refusal would cost. */
const OVERLOADED = new GatewayError('hub.overloaded', { retryAfterSeconds: 1 });

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
 * one that sends many waits for itself. A part of the places is kept for organizations that have few under way while others
 * have many, so that these do not wait until one of those is answered. Where there is no room to wait a request is refused at
 * once; if another organization has more waiting, its last gives up its place.
 */
export class CallGate {
  readonly #limits: CallGateLimits;
  readonly #kept: number;
  readonly #delay: Delay;
  /** By organization, the one whose turn is next first. */
  readonly #waiting = new Map<string, Waiting[]>();
  /** Requests under way, by organization. */
  readonly #own = new Map<string, number>();
  #running = 0;
  #waitingCount = 0;
  #keptFor = 0;

  constructor(limits: CallGateLimits, delay: Delay) {
    this.#limits = limits;
    this.#kept = Math.floor(limits.runningMax * KEPT_PART);
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
    const isSmall = this.#isSmall(organizationId);
    if (isSmall) this.#keptFor = this.#limits.runningMax * KEPT_ROUNDS;
    if ((isSmall || this.#waitingCount === 0) && this.#hasPlaceFor(organizationId)) {
      this.#take(organizationId);
      return undefined;
    }
    if (this.#waitingCount >= this.#limits.waitingMax && !this.#makeRoomFor(organizationId)) throw OVERLOADED;
    return this.#wait(organizationId);
  }

  /** Gives a place of an organization back, to the next who waits. */
  leave(organizationId: string): void {
    this.#running -= 1;
    const own = (this.#own.get(organizationId) ?? 0) - 1;
    if (own > 0) this.#own.set(organizationId, own);
    else this.#own.delete(organizationId);
    if (this.#keptFor > 0) this.#keptFor -= 1;
    while (this.#admitNext());
  }

  /** @returns whether there was somebody to admit, and a place */
  #admitNext(): boolean {
    for (const [organizationId, queue] of this.#waiting) {
      if (!this.#hasPlaceFor(organizationId)) continue;
      const first = queue.shift();
      this.#waiting.delete(organizationId);
      // Those of the same organization wait until all others have had a turn.
      if (queue.length > 0) this.#waiting.set(organizationId, queue);
      this.#waitingCount -= 1;
      this.#take(organizationId);
      first?.admit();
      return true;
    }
    return false;
  }

  #take(organizationId: string): void {
    this.#running += 1;
    this.#own.set(organizationId, (this.#own.get(organizationId) ?? 0) + 1);
  }

  /** Whether an organization has few under way, while others have many. */
  #isSmall(organizationId: string): boolean {
    const own = this.#own.get(organizationId) ?? 0;
    return own < this.#kept && this.#running - own > this.#kept;
  }

  #hasPlaceFor(organizationId: string): boolean {
    const free = this.#limits.runningMax - this.#running;
    const kept = this.#keptFor > 0 && !this.#isSmall(organizationId) ? this.#kept : 0;
    return free > kept;
  }

  #wait(organizationId: string): Entering {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const cancel = this.#delay(WAIT_MS_MAX, () => giveUp(OVERLOADED));
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
    last.refuse(OVERLOADED);
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
