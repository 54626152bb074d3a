import { GatewayError } from '../kernel/errors.ts';
import type { LimitCounters, Take, TakeResult, TakingCall, UsedByCall } from './ports.ts';
import type { SharedCounters } from './shared-counters.ts';

/** After a failure the store is left alone for so long; then one call tries it again. */
const PROBE_MS = 1000;
/** Calls admitted without the store whose use it has not been told; beyond it calls are refused. */
const UNTOLD_MAX = 20_000;
const WHOLE_PERCENT = 100n;

export type OutageCountersDeps = {
  readonly shared: Pick<SharedCounters, 'take' | 'end' | 'endUnasked' | 'peek'>;
  /** Counts of this process alone, which begin with nothing. */
  readonly local: LimitCounters;
  /** The part of each limit that this process admits by itself while the store is lost; `0`: none, such calls are refused. */
  readonly localPercent: number;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
};

/**
 * Counts that are shared, and what becomes of them while their store is lost: after one failure nobody waits for it any
 * more, but one call now and then. What was admitted meanwhile is told to the store once it is back.
 */
export class OutageCounters implements LimitCounters {
  readonly #deps: OutageCountersDeps;
  readonly #alone = new Map<string, { readonly call: TakingCall; readonly takes: readonly Take[] }>();
  #untold = 0;
  #leftAloneUntil = Number.NEGATIVE_INFINITY;

  constructor(deps: OutageCountersDeps) {
    this.#deps = deps;
  }

  async take(call: TakingCall, takes: readonly Take[]): Promise<TakeResult> {
    const { shared, now } = this.#deps;
    if (now() < this.#leftAloneUntil) return this.#takeAlone(call, takes, undefined);
    // Whoever comes meanwhile does not wait with this one.
    if (this.#leftAloneUntil > Number.NEGATIVE_INFINITY) this.#leftAloneUntil = now() + PROBE_MS;
    try {
      const result = await shared.take(call, takes);
      this.#leftAloneUntil = Number.NEGATIVE_INFINITY;
      return result;
    } catch (error) {
      if (!isOutage(error)) throw error;
      this.#leftAloneUntil = now() + PROBE_MS;
      return this.#takeAlone(call, takes, error);
    }
  }

  end(callId: string, used: UsedByCall): void {
    const { shared, local } = this.#deps;
    const alone = this.#alone.get(callId);
    if (alone === undefined) {
      shared.end(callId, used);
      return;
    }
    this.#alone.delete(callId);
    local.end(callId, used);
    this.#untold += 1;
    void shared.endUnasked(alone.call, alone.takes, used).finally(() => {
      this.#untold -= 1;
    });
  }

  peek: LimitCounters['peek'] = (limits, now) => this.#deps.shared.peek(limits, now);

  async #takeAlone(call: TakingCall, takes: readonly Take[], cause: unknown): Promise<TakeResult> {
    const { local, localPercent } = this.#deps;
    if (localPercent === 0 || this.#untold + this.#alone.size >= UNTOLD_MAX)
      throw isOutage(cause) ? cause : new GatewayError('hub.store_unavailable', { retryAfterSeconds: 1 });
    const before = this.#alone.get(call.id)?.takes ?? [];
    const result = await local.take(
      call,
      takes.map((take) => ({ ...take, cap: (take.cap * BigInt(localPercent)) / WHOLE_PERCENT })),
    );
    if (result.kind === 'admitted') this.#alone.set(call.id, { call, takes: [...before, ...takes] });
    return result;
  }
}

function isOutage(error: unknown): boolean {
  return error instanceof GatewayError && error.code === 'hub.store_unavailable';
}
