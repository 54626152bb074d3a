import type { CompiledGuardrail } from '../guardrails/applicable.ts';
import { GatewayError, toGatewayError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { JsonLimits } from '../kernel/json-spans.ts';
import type { CallFacts } from '../limits/applicable.ts';
import type { Deployment } from '../protocol/deployment.ts';
import type { Operation } from '../protocol/operation.ts';
import type { Principal } from '../protocol/principal.ts';
import type { ModelAccess } from '../routing/resolve.ts';
import { lateFailure } from './aigne/patience.ts';
import { awaitPatiently, JoinedRunningCall, type WaitingPorts } from './aigne/waiting.ts';
import { answerError } from './answer.ts';
import { hideSecrets } from './attempt.ts';
import type { CreditPort } from './call-credit.ts';
import type { CallGate } from './call-gate.ts';
import { type CallDeps, notExpressible } from './call-in-turn.ts';
import { CallLimits, type LimitsPort } from './call-limits.ts';
import { beginOnce, type OncePort, ReplayedCall } from './call-once.ts';
import { SettledError, type StreamDeps } from './caller-stream.ts';
import { ContentCapture } from './content-capture.ts';
import { endAnswer } from './end-answer.ts';
import type { Exchange } from './exchange.ts';
import { type GuardedRequest, type GuardrailsPort, guardRequest } from './guard-request.ts';
import { bindHeld } from './held-ids.ts';
import { Journal, type JournalDeps } from './journal.ts';
import type { Ending } from './outcome.ts';
import type { Authenticate, ContentsPort, HeldPort } from './ports.ts';
import { type BodyBudget, readBody } from './read-body.ts';
import { shownError } from './shown-error.ts';

export type ServeDeps = CallDeps &
  JournalDeps & {
    readonly authenticate: Authenticate;
    readonly held: HeldPort;
    readonly contents: ContentsPort;
    readonly budget: BodyBudget;
    readonly bodyBytesMax: number;
    readonly jsonLimits: JsonLimits;
    readonly waiting: WaitingPorts;
    readonly guardrails: GuardrailsPort;
    readonly limits: LimitsPort;
    readonly gate: CallGate;
    /** Missing where nobody is charged. */
    readonly credit: CreditPort | undefined;
    readonly once: OncePort;
  };

/** What is answered in text, so that white space or a comment may stand before it. */
const MAY_WAIT: ReadonlySet<Operation> = new Set(['chat', 'embeddings', 'images', 'image-edits', 'videos']);

/** A request whose caller is known, on its way. */
export type Serving = {
  readonly principal: Principal;
  readonly access: ModelAccess;
  /** Reads the body, which is counted until the request is over. */
  readonly readBody: () => Promise<Buffer>;
  /** Takes room for more bytes that belong to the request, counted as its body is; or says why there is none. */
  readonly takeRoom: (bytes: number) => GatewayError | undefined;
  /**
   * The request as it may go to these deployments, which is to be asked for before anything is taken for it.
   * @throws GatewayError `guardrail.blocked`, `guardrail.unavailable`
   */
  readonly guard: <Request extends GuardedRequest>(
    request: Request,
    deployments: readonly Deployment[],
  ) => Promise<Request>;
  /**
   * Asks the limits that a call to these deployments meets, which is to be done before any: nothing can be called or
   * answered without what it gives.
   * @throws GatewayError `limit.exceeded`, `hub.store_unavailable`
   */
  readonly admit: (deployments: readonly Deployment[]) => Promise<Admitted>;
};

/** A request that no limit refuses so far. */
export type Admitted = {
  /** Notes a call that is about to leave. */
  readonly noteCall: (body: JsonObject) => void;
  /** What an answer's last part needs. */
  readonly relayDeps: StreamDeps;
};

/**
 * The frame of every request that calls a model: who calls comes first, and whatever then happens in `serve`, the request
 * leaves exactly one pair of records before the end of its answer is released.
 */
export async function serveRequest(
  exchange: Exchange,
  deps: ServeDeps,
  serve: (serving: Serving) => Promise<void>,
): Promise<void> {
  const journal = new Journal(exchange, deps);
  let heldBytes = 0;
  let guarded: readonly CompiledGuardrail[] = [];
  let place: 'none' | 'taken' | 'refused' = 'none';
  const takeRoom = (bytes: number): GatewayError | undefined => {
    const refusal = deps.budget.take(bytes);
    if (refusal === undefined) heldBytes += bytes;
    return refusal;
  };
  try {
    if (!deps.records.isAccepting()) throw new GatewayError('hub.store_unavailable', { retryAfterSeconds: 1 });
    const { principal, access, contentRule } = deps.authenticate(exchange);
    exchange.principal = principal;
    exchange.access = access;
    if (contentRule !== undefined) exchange.content = new ContentCapture(contentRule, deps.contents);
    exchange.refusesLosses = principal.refusesLosses || exchange.header('x-hub-strict') === '1';
    refuseLostTags(exchange);
    if (deps.credit?.isCharging() === true) exchange.payWith(deps.credit, principal);
    place = 'refused';
    await enterGate(exchange, principal, deps.gate);
    place = 'taken';
    await serve({
      principal,
      access,
      readBody: async () => {
        const raw = await readBody(exchange, deps.bodyBytesMax, deps.budget);
        heldBytes += raw.length;
        exchange.requestBytes = raw.length;
        exchange.content?.takeRequest(raw, exchange.header('content-type'));
        if (exchange.caller.repeats && MAY_WAIT.has(exchange.operation)) awaitPatiently(exchange, raw, deps.waiting);
        await beginOnce(exchange, raw, {
          port: deps.once,
          takeRoom: (bytes) => takeRoom(bytes) === undefined,
          endingOf: () => journal.ending,
        });
        return raw;
      },
      takeRoom,
      guard: (request, deployments) => {
        guarded = deps.guardrails.appliedTo(principal, () => factsOf(exchange, deployments).names);
        return guardRequest(exchange, request, { applied: guarded, judge: deps.guardrails.judge });
      },
      admit: async (deployments) => {
        const admitting = admit(exchange, principal, { deployments, guarded, deps });
        // Most calls need not wait, and a wait for nothing is a turn of the queue for each of them.
        if (admitting !== undefined) await admitting;
        return { noteCall: (body) => journal.noteCall(body), relayDeps: relayDepsOf(exchange, journal, deps) };
      },
    });
  } catch (thrown) {
    // Whoever is sent away at the door leaves no record: writing thousands of them would be the end of a hub that is full.
    if (place === 'refused' && exchange.stopped === undefined) sendAway(exchange, thrown, deps);
    else if (!(thrown instanceof JoinedRunningCall || thrown instanceof ReplayedCall))
      await fail(exchange, thrown, journal);
  } finally {
    exchange.patience?.stop();
    // A call that was settled has ended already; whatever else happened, nothing stays taken.
    exchange.limits?.abandon();
    handOverContent(exchange, journal);
    exchange.cache?.keep(exchange, journal.ending);
    await exchange.once?.conclude();
    deps.budget.release(heldBytes);
    exchange.onStop(undefined);
    if (place === 'taken' && exchange.principal !== undefined) deps.gate.leave(exchange.principal.organizationId);
  }
}

/** Waits for a place among the requests under way. @throws GatewayError `hub.overloaded`, or why the request was stopped */
async function enterGate(exchange: Exchange, { organizationId }: Principal, gate: CallGate): Promise<void> {
  const entering = gate.enter(organizationId);
  if (entering === undefined) return;
  exchange.onStop(entering.giveUp);
  await entering.entered;
  exchange.onStop(undefined);
}

function sendAway(exchange: Exchange, thrown: unknown, { onEnd }: JournalDeps): void {
  const error = toGatewayError(thrown);
  onEnd(exchange, undefined, error);
  answerError(exchange, error);
}

function relayDepsOf(exchange: Exchange, journal: Journal, deps: ServeDeps): StreamDeps {
  return {
    meter: deps.meter,
    settle: async (ending, held = []) => {
      if (held.length > 0) {
        await bindHeld(exchange, held, deps.held).catch((cause: unknown) => settleUnbound(ending, cause, journal));
      }
      await journal.settle(ending);
    },
    hideSecrets: (fault) => withoutSecrets(exchange, fault, deps),
  };
}

type Admitting = {
  readonly deployments: readonly Deployment[];
  readonly guarded: readonly CompiledGuardrail[];
  readonly deps: Pick<ServeDeps, 'limits' | 'guardrails'>;
};

function admit(exchange: Exchange, principal: Principal, admitting: Admitting): void | Promise<void> {
  const { deployments, guarded, deps } = admitting;
  const { limits, guardrails } = deps;
  const applied = limits.appliedTo(principal, () => factsOf(exchange, deployments));
  exchange.isAdmittedTo = (others) =>
    limits
      .appliedTo(principal, () => factsOf(exchange, others))
      .all.every(({ compiled, subject }) =>
        applied.all.some((one) => one.compiled === compiled && one.subject === subject),
      ) &&
    guardrails.appliedTo(principal, () => factsOf(exchange, others).names).every((each) => guarded.includes(each));
  if (applied.all.length === 0) return undefined;
  const { recordId: id, requestId, startedAt: at } = exchange;
  const { organizationId } = principal;
  exchange.limits = new CallLimits(limits, { id, requestId, organizationId, holder: limits.instanceId, at }, applied);
  const taking = exchange.limits.admit();
  if (exchange.operation === 'count-tokens') exchange.limits.holdNothing();
  return taking;
}

/** A limit on a model counts its calls by whichever of its names, wherever they may be served. */
function factsOf(exchange: Exchange, deployments: readonly Deployment[]): CallFacts {
  const names = new Set([exchange.requestedModel]);
  for (const { canonicalModel, upstreamModel, id, connection } of deployments) {
    for (const name of [canonicalModel, upstreamModel, id, `${connection.providerId}/${upstreamModel}`])
      names.add(name);
  }
  return {
    names: [...names],
    model: deployments[0]?.canonicalModel ?? exchange.requestedModel,
    endUser: exchange.endUser,
    tags: exchange.tags(),
  };
}

/** Nothing is stored of a request that left no record: it joined another, or nobody knows whose it is. */
function handOverContent({ content, principal, recordId, startedAt, guard }: Exchange, { isSettled }: Journal): void {
  if (content === undefined) return;
  if (principal === undefined || !isSettled) return content.drop();
  content.keep({ ...principal, id: recordId, startedAt }, guard?.replaced);
}

/** What cannot be bound is lost to its caller, and has to be paid for all the same. @throws SettledError always */
async function settleUnbound(ending: Ending, cause: unknown, journal: Journal): Promise<never> {
  const error = new GatewayError('hub.store_unavailable', { cause, retryAfterSeconds: 1 });
  await journal.settle({ ...ending, status: 'upstream_error', httpStatus: error.status, error });
  throw new SettledError(error);
}

/** Tags are read as late as the records are written, but a caller who refuses losses has to hear of one before any call. */
function refuseLostTags(exchange: Exchange): void {
  if (!exchange.refusesLosses) return;
  exchange.tags();
  if (exchange.losses.length > 0) throw notExpressible(exchange.losses, undefined);
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
  const { response, requestId, patience } = exchange;
  if (patience?.isHeadSent === true && exchange.responseBytes === 0 && !response.destroyed) {
    const { face } = exchange.caller;
    const shown = shownError(exchange, error);
    const end = exchange.streamed ? face.encodeStreamError(shown, requestId) : lateFailure(shown, requestId);
    exchange.content?.takeAnswer(end, exchange.streamed ? 'text/event-stream' : 'application/json');
    endAnswer(response, end);
  } else if (response.destroyed || response.headersSent) response.destroy();
  else answerError(exchange, error);
}
