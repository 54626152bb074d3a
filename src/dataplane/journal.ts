import type { ErrorCode, GatewayError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { RequestOutcome } from '../protocol/records.ts';
import { UNSAID_USAGE } from '../protocol/usage.ts';
import type { InFlight } from '../records/inflight-journal.ts';
import type { Exchange } from './exchange.ts';
import { meterCall } from './meter.ts';
import { buildNote, buildOutcome, type Ending, unusedEnding } from './outcome.ts';
import type { MeterPort, RecordsPort } from './ports.ts';

export type JournalDeps = {
  readonly meter: MeterPort;
  readonly records: RecordsPort;
  readonly instanceId: string;
  /** Told of every request that ended, with its records if it has any; for metrics and the log. */
  readonly onEnd: (exchange: Exchange, outcome: RequestOutcome | undefined, error: GatewayError | undefined) => void;
};

const MAY_BE_BILLED: ReadonlySet<ErrorCode> = new Set([
  'client.closed',
  'upstream.timeout',
  'upstream.invalid_answer',
  'upstream.answer_too_large',
  'upstream.cut',
  'hub.draining',
]);
const NOTHING = { contentBytes: 0, contentEvents: 0 };
const FIRST_ERROR_STATUS = 400;

/** The records of one request: journalled before its first call leaves, committed once. */
export class Journal {
  readonly #exchange: Exchange;
  readonly #deps: JournalDeps;
  #inFlight: InFlight | undefined;
  #body: JsonObject | undefined;
  #ending: Ending | undefined;

  constructor(exchange: Exchange, deps: JournalDeps) {
    this.#exchange = exchange;
    this.#deps = deps;
  }

  get isSettled(): boolean {
    return this.#ending !== undefined;
  }

  /** How the request ended, once that is told. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** Notes a call that is about to leave; one to another deployment takes the place of the first. `body` is what it asks. */
  noteCall(body: JsonObject): void {
    this.#exchange.once?.assertMayCall();
    this.#exchange.limits?.assertHeld();
    this.#body = body;
    const note = buildNote(this.#exchange, this.#deps.instanceId);
    if (this.#inFlight !== undefined) return this.#inFlight.reroute(note);
    this.#inFlight = this.#deps.records.begin(note);
    this.#exchange.inFlight = this.#inFlight;
  }

  /** A failed request used nothing, unless its call left and no whole answer came back: the provider may bill that one. */
  endingOf(error: GatewayError): Ending {
    const ending = unusedEnding(error, this.#exchange.attempts.length > 0);
    if (this.#body === undefined || !MAY_BE_BILLED.has(error.code) || this.#wasRefused) return ending;
    const fallback = { body: this.#body, output: NOTHING, isBrokenOff: true };
    const metered = meterCall(this.#exchange, UNSAID_USAGE, fallback, this.#deps.meter);
    return { ...ending, ...metered };
  }

  /** Whether the last call was answered with an error: whoever leaves after that leaves nothing behind. */
  get #wasRefused(): boolean {
    const last = this.#exchange.attempts.at(-1);
    return last?.httpStatus !== undefined && last.httpStatus >= FIRST_ERROR_STATUS;
  }

  async settle(ending: Ending): Promise<void> {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    // Who never said who they are leave no record: there is nobody to attribute it to.
    if (this.#exchange.principal === undefined) return this.#deps.onEnd(this.#exchange, undefined, ending.error);
    const outcome = buildOutcome(this.#exchange, ending, this.#deps.instanceId);
    this.#deps.onEnd(this.#exchange, outcome, ending.error);
    try {
      await this.#deps.records.commit(outcome);
      this.#inFlight?.end();
    } finally {
      // After the record, from which the charge follows should the process end here; so nobody waits for it.
      this.#exchange.credit?.end(ending);
      this.#exchange.limits?.end(ending);
    }
  }
}
