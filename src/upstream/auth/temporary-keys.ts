import type { Clock } from '../../kernel/clock.ts';
import { GatewayError, toGatewayError } from '../../kernel/errors.ts';
import type { AwsKeys } from './sigv4.ts';

/** From so long before their end keys are renewed, beside the calls that still go out with them. */
const RENEW_BEFORE_MS = 5 * 60_000;
/** Keys this close to their end are not used: the call might arrive behind it. */
const UNUSABLE_BEFORE_MS = 10_000;
/** After a failure, calls fail alike for so long before the source is asked again. */
const FAILURE_HELD_MS = 5000;

/** Keys that hold until `expiresAtMs`, in milliseconds since the epoch. */
export type TemporaryKeys = { readonly keys: AwsKeys; readonly expiresAtMs: number };

/** Keeps the temporary keys of one source: asked for once at a time, renewed before their end. */
export class KeptKeys {
  readonly #ask: () => Promise<TemporaryKeys>;
  readonly #clock: Clock;
  #current: TemporaryKeys | undefined;
  #previous: AwsKeys | undefined;
  #asking: Promise<TemporaryKeys> | undefined;
  #failure: { readonly error: GatewayError; readonly untilMs: number } | undefined;

  constructor(ask: () => Promise<TemporaryKeys>, clock: Clock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  /** @throws GatewayError why the source gives none */
  async keys(): Promise<AwsKeys> {
    const leftMs = this.#leftMs();
    if (this.#current !== undefined && leftMs > RENEW_BEFORE_MS) return this.#current.keys;
    const isHeld = this.#failure !== undefined && this.#failure.untilMs > this.#clock.monotonic();
    if (this.#current !== undefined && leftMs > UNUSABLE_BEFORE_MS) {
      // Who is not waited for fails for nobody: the failure is kept for the calls that will need new keys.
      if (!isHeld) this.#renew().catch(() => undefined);
      return this.#current.keys;
    }
    if (isHeld && this.#failure !== undefined) throw this.#failure.error;
    return (await this.#renew()).keys;
  }

  /** The service refuses the keys as expired, whatever was said of their end. */
  forget(): void {
    this.#current = undefined;
  }

  /** The keys that may be on their way somewhere, and those before them. */
  get secrets(): readonly AwsKeys[] {
    return [this.#current?.keys, this.#previous].filter((keys) => keys !== undefined);
  }

  #leftMs(): number {
    return this.#current === undefined ? 0 : this.#current.expiresAtMs - this.#clock.now();
  }

  #renew(): Promise<TemporaryKeys> {
    this.#asking ??= this.#askOnce().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #askOnce(): Promise<TemporaryKeys> {
    try {
      const next = await this.#ask();
      this.#previous = this.#current?.keys ?? this.#previous;
      this.#current = next;
      this.#failure = undefined;
      return next;
    } catch (thrown) {
      const error = toGatewayError(thrown);
      this.#failure = { error, untilMs: this.#clock.monotonic() + FAILURE_HELD_MS };
      throw error;
    }
  }
}
