import { type DecodedRequest, decodeRequest } from '../dialects/openai-chat/decode-request.ts';
import { type ErrorCode, GatewayError, toGatewayError } from '../kernel/errors.ts';
import type { JsonLimits } from '../kernel/json-spans.ts';
import type { RequestOutcome } from '../protocol/records.ts';
import type { InFlight } from '../records/inflight-journal.ts';
import { resolveModel } from '../routing/resolve.ts';
import { answerError } from './answer.ts';
import { type CallDeps, callInTurn, hideSecrets } from './call-in-turn.ts';
import type { Exchange } from './exchange.ts';
import { meterCall } from './meter.ts';
import { buildNote, buildOutcome, type Ending, unusedEnding } from './outcome.ts';
import type { Authenticate, DataplaneSnapshot, MeterPort, RecordsPort } from './ports.ts';
import { type BodyBudget, readBody } from './read-body.ts';
import { relayStream, SettledError } from './relay-stream.ts';
import { relayWhole } from './relay-whole.ts';

export type PipelineDeps = CallDeps & {
  readonly snapshot: () => DataplaneSnapshot;
  readonly authenticate: Authenticate;
  readonly meter: MeterPort;
  readonly records: RecordsPort;
  readonly budget: BodyBudget;
  readonly bodyBytesMax: number;
  readonly jsonLimits: JsonLimits;
  readonly instanceId: string;
  /** Told of every request that ended, with its records if it has any; for metrics and the log. */
  readonly onEnd: (exchange: Exchange, outcome: RequestOutcome | undefined, error: GatewayError | undefined) => void;
};

/**
 * One request from its first byte to its last. The stages stand here in their order and know nothing of one another;
 * whatever happens, an authenticated request leaves exactly one pair of records before its answer is released.
 */
export async function relay(exchange: Exchange, deps: PipelineDeps): Promise<void> {
  const journal = new Journal(exchange, deps);
  let bodyBytes = 0;
  try {
    if (!deps.records.isAccepting()) throw new GatewayError('hub.store_unavailable', { retryAfterSeconds: 1 });
    const { principal, mayCall } = deps.authenticate(exchange.request.headers);
    exchange.principal = principal;

    const raw = await readBody(exchange, deps.bodyBytesMax, deps.budget);
    bodyBytes = raw.length;
    exchange.requestBytes = raw.length;
    const decoded = decodeRequest(raw, exchange.operation, deps.jsonLimits);
    exchange.requestedModel = decoded.model;
    exchange.streamed = decoded.streamed;
    exchange.endUser = decoded.endUser;

    const { directory } = deps.snapshot();
    const deployments = resolveModel(directory, { model: decoded.model, operation: exchange.operation, mayCall });
    const onCall = (): void => journal.noteCall(decoded);
    const answer = await callInTurn(exchange, { deployments, raw, decoded, onCall }, deps);

    const relayDeps = {
      meter: deps.meter,
      settle: (ending: Ending): Promise<void> => journal.settle(ending),
      hideSecrets: (fault: GatewayError): GatewayError => withoutSecrets(exchange, fault, deps),
    };
    if (answer.isStream) await relayStream(exchange, answer, decoded, relayDeps);
    else await relayWhole(exchange, answer, decoded, relayDeps);
  } catch (thrown) {
    await fail(exchange, thrown, journal);
  } finally {
    deps.budget.release(bodyBytes);
    exchange.onStop(undefined);
  }
}

function withoutSecrets({ deployment }: Exchange, fault: GatewayError, { credentials }: CallDeps): GatewayError {
  return deployment === undefined ? fault : hideSecrets(fault, deployment, credentials);
}

/**
 * Records the failure, unless that is done, and tells the caller, unless it is gone.
 * @throws what it was given where that is a bug after the records were written, which nobody has been told of
 */
async function fail(exchange: Exchange, thrown: unknown, journal: Journal): Promise<void> {
  const isTold = thrown instanceof SettledError || thrown instanceof GatewayError;
  if (!isTold && journal.isSettled) throw thrown;
  let error = thrown instanceof SettledError ? thrown.error : (exchange.stopped ?? toGatewayError(thrown));
  try {
    if (!(thrown instanceof SettledError)) await journal.settle(journal.endingOf(error));
  } catch (cause) {
    error = new GatewayError('hub.store_unavailable', { cause, retryAfterSeconds: 1 });
  }
  const { response } = exchange;
  if (response.destroyed || response.headersSent) response.destroy();
  else answerError(exchange, error);
}

const MAY_BE_BILLED: ReadonlySet<ErrorCode> = new Set([
  'client.closed',
  'upstream.timeout',
  'upstream.invalid_answer',
  'upstream.answer_too_large',
  'upstream.cut',
  'hub.draining',
]);
const NOTHING = { contentBytes: 0, contentEvents: 0 };

/** The records of one request: journalled before its first call leaves, committed once. */
class Journal {
  readonly #exchange: Exchange;
  readonly #deps: PipelineDeps;
  #inFlight: InFlight | undefined;
  #decoded: DecodedRequest | undefined;
  #isSettled = false;

  constructor(exchange: Exchange, deps: PipelineDeps) {
    this.#exchange = exchange;
    this.#deps = deps;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Notes a call that is about to leave; one to another deployment takes the place of the first. */
  noteCall(decoded: DecodedRequest): void {
    this.#decoded = decoded;
    const note = buildNote(this.#exchange, this.#deps.instanceId);
    if (this.#inFlight !== undefined) return this.#inFlight.reroute(note);
    this.#inFlight = this.#deps.records.begin(note);
    this.#exchange.inFlight = this.#inFlight;
  }

  /** A failed request used nothing, unless its call left and no whole answer came back: the provider may bill that one. */
  endingOf(error: GatewayError): Ending {
    const ending = unusedEnding(error, this.#exchange.attempts.length > 0);
    if (this.#decoded === undefined || !MAY_BE_BILLED.has(error.code)) return ending;
    const metered = meterCall(this.#exchange, undefined, { decoded: this.#decoded, output: NOTHING }, this.#deps.meter);
    return { ...ending, ...metered };
  }

  async settle(ending: Ending): Promise<void> {
    if (this.#isSettled) return;
    this.#isSettled = true;
    // Who never said who they are leave no record: there is nobody to attribute it to.
    if (this.#exchange.principal === undefined) return this.#deps.onEnd(this.#exchange, undefined, ending.error);
    const outcome = buildOutcome(this.#exchange, ending, this.#deps.instanceId);
    this.#deps.onEnd(this.#exchange, outcome, ending.error);
    await this.#deps.records.commit(outcome);
    this.#inFlight?.end();
  }
}
