import type { FaultAnswer } from '../dialects/contract.ts';
import { type ErrorCode, GatewayError, toGatewayError } from '../kernel/errors.ts';
import type { NewWireId } from '../kernel/ids.ts';
import type { AuthScheme, ConnectionTarget, Deployment, Reach } from '../protocol/deployment.ts';
import type { Attempt, Loss } from '../protocol/records.ts';
import { fallbackFor } from '../routing/fallback.ts';
import type { RetryBudget } from '../routing/retry-budget.ts';
import type { RequestFacts } from '../routing/route.ts';
import type { Router } from '../routing/router.ts';
import { deploymentsIn, type Routed, type Turn } from '../routing/turns.ts';
import type { UpstreamCall } from '../upstream/ports.ts';
import { attempt } from './attempt.ts';
import { timeoutsOf } from './call-timeouts.ts';
import type { Exchange } from './exchange.ts';
import type { ChosenCredential, CredentialPort } from './ports.ts';
import { type Send, UpstreamAnswer } from './upstream-answer.ts';

/** Tries of one request beyond its first, those that no provider noticed aside. */
const EXTRA_TRIES_MAX = 2;
/** Those included. */
const DIALS_MAX = 10;
/** Faults that another credential of the same deployment may not have. */
const CREDENTIAL_FAULTS: ReadonlySet<ErrorCode> = new Set(['upstream.credential_rejected', 'upstream.rate_limited']);
/** Faults that another deployment may not have. A request that is wrong is wrong everywhere. */
const WORTH_ANOTHER_TRY: ReadonlySet<ErrorCode> = new Set([
  ...CREDENTIAL_FAULTS,
  'upstream.unreachable',
  'upstream.error',
  'upstream.cut',
  'upstream.timeout',
  'upstream.invalid_answer',
  'upstream.not_found',
  'egress.blocked',
]);

export type CallDeps = {
  /** Sends calls to whatever may be dialled for a connection. */
  readonly sendWithin: (reach: Reach) => Send;
  readonly credentials: CredentialPort;
  /** Decides which deployment is called, and hears what became of it. */
  readonly router: Router;
  readonly timeouts: UpstreamCall['timeouts'];
  readonly responseBytesMax: number;
  readonly newWireId: NewWireId;
};

/** A call to one deployment, ready but for its credential. `way` is how its answer is to be read. */
export type PreparedCall<Way> = {
  readonly way: Way;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Content type and accept among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  readonly losses: readonly Loss[];
  /** How it is signed, where it is not as the connection says. */
  readonly auth?: AuthScheme | undefined;
  /** A redirect is an answer: whoever asks follows it, without the credential. */
  readonly tellsRedirects?: boolean | undefined;
  readonly decodeFault: (answer: FaultAnswer, nowMs: number) => GatewayError;
  /** The failure with which a stream begins, by its first bytes; missing where none is told there. */
  readonly firstFault?: (bytes: Buffer) => GatewayError | undefined;
  /** The same of an answer that came whole. */
  readonly wholeFault?: (answer: Buffer) => GatewayError | undefined;
};

export type CallInput<Way> = {
  readonly routed: Routed;
  /** What the route may ask of the request; missing where there is no choice. */
  readonly facts?: RequestFacts;
  /** What serves another model for the same caller; missing where the request can go nowhere else. */
  readonly reroute?: ((model: string) => Routed) | undefined;
  /** Whether a success of this content type is taken as it comes; others are collected whole. */
  readonly streams: (contentType: string) => boolean;
  /** The call for a deployment, or why there is none. @throws GatewayError for a request that is wrong whoever serves it */
  readonly prepare: (deployment: Deployment) => Promise<PreparedCall<Way> | GatewayError>;
  /** Told before each call leaves, with the exchange naming where to. */
  readonly onCall: () => void;
};

/** An answer, and the way by which its request went: the answer comes back by the same. */
export type AnsweredCall<Way> = { readonly answer: UpstreamAnswer; readonly way: Way };

/**
 * Calls the deployments as the router gives them, each with its credentials in turn, until one answers. Another try is made
 * only before the first byte of an answer and only where it can help: no connection, a credential refused, a rate limit, a
 * failure of the provider. Every attempt is noted on the exchange.
 *
 * @throws GatewayError the last fault
 */
export async function callInTurn<Way>(
  exchange: Exchange,
  input: CallInput<Way>,
  deps: CallDeps,
): Promise<AnsweredCall<Way>> {
  const { routed, reroute } = input;
  const tries = new Tries(exchange, deps.router.budgetOf(routed));
  try {
    return await callRouted(exchange, { ...input, tries }, deps);
  } catch (thrown) {
    const other = exchange.stopped === undefined ? fallbackOf(routed, thrown, reroute) : undefined;
    // A model that has limits of its own is no way around them.
    if (other === undefined || !exchange.isAdmittedTo(deploymentsIn(other))) throw thrown;
    tries.allowOne();
    return await callRouted(exchange, { ...input, routed: other, tries }, deps);
  }
}

/** What serves the model that the route names for a fault of this kind; `undefined` where it names none that is served. */
function fallbackOf({ route }: Routed, thrown: unknown, reroute: CallInput<unknown>['reroute']): Routed | undefined {
  const model =
    thrown instanceof GatewayError && route !== undefined ? fallbackFor(thrown, route.fallbacks) : undefined;
  if (model === undefined || reroute === undefined) return undefined;
  try {
    return reroute(model);
  } catch (refusal) {
    // Why the first model refused tells the caller more.
    if (refusal instanceof GatewayError) return undefined;
    throw refusal;
  }
}

async function callRouted<Way>(
  exchange: Exchange,
  input: CallInput<Way> & { readonly tries: Tries },
  deps: CallDeps,
): Promise<AnsweredCall<Way>> {
  const { router } = deps;
  const { tries } = input;
  const turns = router.turnsOf(input.routed, input.facts);
  let lastError: GatewayError | undefined;
  for (let turn = turns.next(); turn !== undefined; turn = turns.next()) {
    const call = await input.prepare(turn.deployment);
    if (call instanceof GatewayError) {
      lastError ??= call;
      continue;
    }
    const { streams, onCall } = input;
    const answer = await callDeployment(exchange, { turn, call, streams, onCall, tries, isLast: turns.isLast }, deps);
    if (answer instanceof UpstreamAnswer) {
      exchange.addLosses(call.losses);
      router.noteAnswered(input.routed, turn.deployment, input.facts);
      return { answer, way: call.way };
    }
    lastError = answer;
  }
  // What was not to be lost is told as what would have been, in the record too.
  if (lastError instanceof NotExpressible) exchange.addLosses(lastError.losses);
  throw lastError ?? new GatewayError('internal.bug', { cause: new Error('a request was routed to no deployment') });
}

type DeploymentCall = Pick<CallInput<unknown>, 'streams' | 'onCall'> & {
  readonly turn: Turn;
  readonly call: Omit<PreparedCall<unknown>, 'way'>;
  readonly tries: Tries;
  /** Whether no other deployment is left to ask. */
  readonly isLast: boolean;
};

/**
 * Calls a deployment with one credential after the other, as long as another may help.
 * @returns its answer, or the fault after which another deployment may be asked
 * @throws GatewayError the fault after which none may
 */
async function callDeployment(
  exchange: Exchange,
  { turn, call, streams, onCall, tries, isLast }: DeploymentCall,
  deps: CallDeps,
): Promise<UpstreamAnswer | GatewayError> {
  const { deployment } = turn;
  const standing = turn.standing === 'ready' ? undefined : turn.standing;
  const tried = new Set<string>();
  let fault: GatewayError | undefined;
  for (;;) {
    // Whoever is gone before a call leaves causes none: nothing would end it.
    if (exchange.stopped !== undefined) throw exchange.stopped;
    const credential = nextCredential(signedAs(deployment, call.auth), tried, deps.credentials);
    if (credential instanceof GatewayError) return credential;
    if (credential === undefined) return fault ?? noCredential(deployment);
    if (!tries.take()) throw tries.lastFault;
    exchange.deployment = deployment;
    exchange.credentialId = credential.id;
    const timeouts = timeoutsOf(exchange, deps.timeouts, turn.timeouts);
    const result = await attempt(exchange, { call, deployment, credential, streams, onCall, timeouts, standing }, deps);
    if (result instanceof UpstreamAnswer) return result;
    fault = result;
    if (exchange.stopped !== undefined) throw fault;
    if (tries.note(fault)) continue;
    if (!WORTH_ANOTHER_TRY.has(fault.code)) throw fault;
    const mayHelp = CREDENTIAL_FAULTS.has(fault.code) || isLast;
    if (credential.id === undefined || !mayHelp) return fault;
    tried.add(credential.id);
  }
}

function noCredential({ connection }: Deployment): GatewayError {
  return new GatewayError('provider.no_credential', { details: { connection: connection.name } });
}

/** The tries of one request: how many it has made, and whether it may make another. */
class Tries {
  readonly #exchange: Exchange;
  readonly #budget: RetryBudget;
  #dials = 0;
  #extra = 0;
  #fault: GatewayError | undefined;
  /** Whether the last try was noticed by its provider: what was not costs the route nothing. */
  #isNoticed = false;

  constructor(exchange: Exchange, budget: RetryBudget) {
    this.#exchange = exchange;
    this.#budget = budget;
    budget.noteRequest(exchange.clock.monotonic());
  }

  get lastFault(): GatewayError {
    return (
      this.#fault ?? new GatewayError('internal.bug', { cause: new Error('the first try of a request was refused') })
    );
  }

  /** Takes another try. Where there is none, the last attempt says why. */
  take(): boolean {
    this.#dials += 1;
    if (this.#dials === 1 || (!this.#isNoticed && this.#dials <= DIALS_MAX)) return true;
    if (this.#extra >= EXTRA_TRIES_MAX || this.#dials > DIALS_MAX) return this.#refuse('attempts');
    if (!this.#budget.take(this.#exchange.clock.monotonic())) return this.#refuse('retry_budget');
    this.#extra += 1;
    return true;
  }

  /** The next try costs nothing: the route itself says that another model is to be asked. */
  allowOne(): void {
    this.#isNoticed = false;
  }

  /** @returns whether the same is to be tried again: the connection was most likely gone before the call */
  note(fault: GatewayError): boolean {
    this.#fault = fault;
    const isStale = this.#dials === 1 && isStaleConnection(fault, this.#exchange);
    this.#isNoticed = fault.code !== 'upstream.unreachable' && !isStale;
    return isStale;
  }

  #refuse(noRetry: Attempt['noRetry']): false {
    const { attempts } = this.#exchange;
    const last = attempts.pop();
    if (last !== undefined) attempts.push({ ...last, noRetry });
    return false;
  }
}

/** The refusal of a request that would lose something on its way. */
class NotExpressible extends GatewayError {
  readonly losses: readonly Loss[];

  constructor(losses: readonly Loss[], deployment: Deployment | undefined) {
    const [first] = losses;
    super('request.not_expressible', {
      message: `\`${first?.field}\` cannot be kept: ${first?.reason}.`,
      param: first?.field,
      details: { losses, ...(deployment === undefined ? {} : { provider: deployment.connection.providerId }) },
    });
    this.losses = losses;
  }
}

export function notExpressible(losses: readonly Loss[], deployment: Deployment | undefined): GatewayError {
  return new NotExpressible(losses, deployment);
}

/** A server that asks for no key is asked without one, whatever the operation. */
export function signedAs({ connection }: Deployment, auth: AuthScheme | undefined): ConnectionTarget {
  return auth === undefined || connection.auth.scheme === 'none' ? connection : { ...connection, auth };
}

/** The next credential of the deployment's connection, or why those that are left cannot be used. */
export function nextCredential(
  connection: ConnectionTarget,
  tried: ReadonlySet<string>,
  credentials: CredentialPort,
): ChosenCredential | GatewayError | undefined {
  try {
    return credentials.next(connection, tried);
  } catch (thrown) {
    return toGatewayError(thrown);
  }
}

/**
 * Most likely a kept-alive connection that the provider closed just as the call was sent: no byte of an answer came, so
 * the call is made once more on another connection. The HTTP client does not tell a connection's first call from others.
 */
function isStaleConnection(fault: GatewayError, exchange: Exchange): boolean {
  return fault.code === 'upstream.cut' && exchange.attempts.at(-1)?.headersMs === undefined;
}
