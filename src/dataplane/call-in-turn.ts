import type { FaultAnswer } from '../dialects/contract.ts';
import type { Clock } from '../kernel/clock.ts';
import { type ErrorCode, GatewayError, toGatewayError } from '../kernel/errors.ts';
import type { NewWireId } from '../kernel/ids.ts';
import type { AuthScheme, ConnectionTarget, Deployment, Reach } from '../protocol/deployment.ts';
import type { Loss } from '../protocol/records.ts';
import type { UpstreamCall } from '../upstream/ports.ts';
import { upstreamRequestId } from '../upstream/response-headers.ts';
import type { Exchange } from './exchange.ts';
import type { ChosenCredential, CredentialPort } from './ports.ts';
import { isNeverStream, type Send, UpstreamAnswer } from './upstream-answer.ts';

/** Calls to providers within one request: the first and at most two more. */
const ATTEMPTS_MAX = 3;
/** Faults that another credential or deployment may not have. */
const WORTH_ANOTHER_TRY: ReadonlySet<ErrorCode> = new Set([
  'upstream.unreachable',
  'upstream.credential_rejected',
  'upstream.rate_limited',
  'upstream.error',
  'egress.blocked',
]);

export type CallDeps = {
  /** Sends calls to whatever may be dialled for a connection. */
  readonly sendWithin: (reach: Reach) => Send;
  readonly credentials: CredentialPort;
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
};

export type CallInput<Way> = {
  readonly deployments: readonly Deployment[];
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
 * Calls the deployments in turn, each with its credentials in turn, until one answers. Another try is made only before
 * any byte went to the caller and only where it can help: no connection, a credential refused, a rate limit, a failure
 * of the provider. Every attempt is noted on the exchange.
 *
 * @throws GatewayError the last fault
 */
export async function callInTurn<Way>(
  exchange: Exchange,
  input: CallInput<Way>,
  deps: CallDeps,
): Promise<AnsweredCall<Way>> {
  let lastError: GatewayError | undefined;
  let attempts = 0;
  for (const deployment of input.deployments) {
    const call = await input.prepare(deployment);
    if (call instanceof GatewayError) {
      lastError ??= call;
      continue;
    }
    const tried = new Set<string>();
    while (attempts < ATTEMPTS_MAX) {
      // Whoever is gone before a call leaves causes none: nothing would end it.
      if (exchange.stopped !== undefined) throw exchange.stopped;
      const credential = nextCredential(signedAs(deployment, call.auth), tried, deps.credentials);
      if (credential instanceof GatewayError) lastError = credential;
      if (credential === undefined || credential instanceof GatewayError) break;
      if (credential.id !== undefined) tried.add(credential.id);
      attempts += 1;
      exchange.deployment = deployment;
      exchange.credentialId = credential.id;
      const { streams, onCall } = input;
      const result = await attempt(exchange, { call, deployment, credential, streams, onCall }, deps);
      if (result instanceof UpstreamAnswer) {
        exchange.addLosses(call.losses);
        return { answer: result, way: call.way };
      }
      lastError = result;
      if (exchange.stopped !== undefined) throw result;
      if (isStaleConnection(result, exchange) && attempts === 1) {
        if (credential.id !== undefined) tried.delete(credential.id);
        continue;
      }
      if (!WORTH_ANOTHER_TRY.has(result.code)) throw result;
      if (credential.id === undefined) break;
    }
    lastError ??= new GatewayError('provider.no_credential', { details: { connection: deployment.connection.name } });
  }
  // What was not to be lost is told as what would have been, in the record too.
  if (lastError instanceof NotExpressible) exchange.addLosses(lastError.losses);
  throw lastError ?? new GatewayError('internal.bug', { cause: new Error('a request was routed to no deployment') });
}

/** What a call needs that belongs to no request. */
export type AloneDeps = Omit<CallDeps, 'newWireId'> & { readonly clock: Clock };

/**
 * One call on nobody's request, with the first credential that can be used; its answer is collected whole.
 * @throws GatewayError the fault
 */
export async function callAlone(
  call: PreparedCall<unknown>,
  deployment: Deployment,
  deps: AloneDeps,
): Promise<UpstreamAnswer> {
  const { clock, credentials } = deps;
  const credential = nextCredential(signedAs(deployment, call.auth), new Set(), credentials);
  if (credential === undefined) throw new GatewayError('provider.no_credential');
  if (credential instanceof GatewayError) throw credential;
  const answer = new UpstreamAnswer({ streams: isNeverStream, nowMs: clock.monotonic });
  answer.send(deps.sendWithin(deployment.connection.reach), await buildCall({ call, deployment, credential }, deps));
  await answer.ready;
  const { status, headers, isSuccess } = answer;
  if (isSuccess) return answer;
  throw hideSecrets(call.decodeFault({ status, headers, body: answer.body() }, clock.now()), deployment, credentials);
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
function signedAs({ connection }: Deployment, auth: AuthScheme | undefined): ConnectionTarget {
  return auth === undefined || connection.auth.scheme === 'none' ? connection : { ...connection, auth };
}

/** The next credential of the deployment's connection, or why those that are left cannot be used. */
function nextCredential(
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

type AttemptInput = {
  readonly call: Omit<PreparedCall<unknown>, 'way'>;
  readonly streams: (contentType: string) => boolean;
  readonly deployment: Deployment;
  readonly credential: ChosenCredential;
  readonly onCall: () => void;
};

/** One call: its answer, or the fault that it ended in. */
async function attempt(
  exchange: Exchange,
  input: AttemptInput,
  deps: CallDeps,
): Promise<UpstreamAnswer | GatewayError> {
  const { deployment, credential } = input;
  const startedMs = exchange.elapsedMs();
  const answer = new UpstreamAnswer({
    streams: input.streams,
    nowMs: () => exchange.elapsedMs(),
  });
  exchange.onStop((error) => answer.abort(error));
  let fault: GatewayError | undefined;
  try {
    const signed = await buildCall(input, deps);
    // Whoever left while the call was signed causes none, and none is noted.
    if (exchange.stopped !== undefined) throw exchange.stopped;
    input.onCall();
    answer.send(deps.sendWithin(deployment.connection.reach), signed);
    await answer.ready;
    const isAnswered = answer.isSuccess || (input.call.tellsRedirects === true && answer.isRedirect);
    if (!isAnswered) fault = readFault(exchange, answer, input, deps.credentials);
  } catch (thrown) {
    fault = toGatewayError(thrown);
  }
  const endedMs = exchange.elapsedMs();
  exchange.upstreamMs += endedMs - startedMs;
  if (credential.id !== undefined) {
    if (fault === undefined) deps.credentials.noteUse(credential.id);
    else if (exchange.stopped === undefined) deps.credentials.noteFault(credential.id, fault);
  }
  exchange.attempts.push({
    connectionId: deployment.connection.id,
    credentialId: credential.id,
    providerId: deployment.connection.providerId,
    routedModel: deployment.upstreamModel,
    startedMs,
    headersMs: answer.headersAtMs,
    firstByteMs: answer.firstByteAtMs,
    endedMs,
    httpStatus: answer.status === 0 ? undefined : answer.status,
    outcome: fault === undefined ? 'success' : 'fault',
    errorCode: fault?.code,
    upstreamMessage: fault?.upstream?.message,
    upstreamRequestId: upstreamRequestId(answer.headers),
  });
  return fault ?? answer;
}

/** The call with its credential. A scheme that signs a whole call does so last. */
async function buildCall(
  { call, deployment, credential }: Pick<AttemptInput, 'call' | 'deployment' | 'credential'>,
  deps: Pick<CallDeps, 'timeouts' | 'responseBytesMax'>,
): Promise<UpstreamCall> {
  const { origin, headers: fixed } = deployment.connection;
  const headers: Record<string, string> = { ...fixed, ...call.headers, ...credential.headers };
  const unsigned = { origin, path: call.path, method: call.method, headers, body: call.body };
  if (credential.sign !== undefined) Object.assign(headers, await credential.sign(unsigned));
  const { tellsRedirects } = call;
  return { ...unsigned, timeouts: deps.timeouts, maxResponseBytes: deps.responseBytesMax, tellsRedirects };
}

function readFault(
  exchange: Exchange,
  answer: UpstreamAnswer,
  { call, deployment }: AttemptInput,
  credentials: CredentialPort,
): GatewayError {
  const { status, headers } = answer;
  return hideSecrets(
    call.decodeFault({ status, headers, body: answer.body() }, exchange.clock.now()),
    deployment,
    credentials,
  );
}

/** The fault with every secret of the connection taken out of what its provider said, and with the provider's name. */
export function hideSecrets(fault: GatewayError, deployment: Deployment, credentials: CredentialPort): GatewayError {
  const { upstream, code, param, retryAfterSeconds, cause } = fault;
  if (upstream === undefined) return fault;
  const { connection } = deployment;
  const hide = (text: string): string => credentials.scrub(connection, text);
  return new GatewayError(code, {
    param: param === undefined ? undefined : hide(param),
    retryAfterSeconds,
    details: { provider: connection.providerId },
    upstream: {
      ...upstream,
      message: hide(upstream.message),
      code: upstream.code === undefined ? undefined : hide(upstream.code),
    },
    cause,
  });
}

/**
 * Most likely a kept-alive connection that the provider closed just as the call was sent: no byte of an answer came, so
 * the call is made once more on another connection. The HTTP client does not tell a connection's first call from others.
 */
function isStaleConnection(fault: GatewayError, exchange: Exchange): boolean {
  return fault.code === 'upstream.cut' && exchange.attempts.at(-1)?.headersMs === undefined;
}
