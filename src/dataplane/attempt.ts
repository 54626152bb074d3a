import { GatewayError, toGatewayError } from '../kernel/errors.ts';
import type { Deployment } from '../protocol/deployment.ts';
import type { Attempt } from '../protocol/records.ts';
import type { CallTimeouts, UpstreamCall } from '../upstream/ports.ts';
import { upstreamRequestId } from '../upstream/response-headers.ts';
import type { CallDeps, PreparedCall } from './call-in-turn.ts';
import type { Exchange } from './exchange.ts';
import type { ChosenCredential, CredentialPort } from './ports.ts';
import { UpstreamAnswer } from './upstream-answer.ts';

export type AttemptInput = {
  readonly call: Omit<PreparedCall<unknown>, 'way'>;
  readonly streams: (contentType: string) => boolean;
  readonly deployment: Deployment;
  readonly credential: ChosenCredential;
  readonly onCall: () => void;
  readonly timeouts: CallTimeouts;
  /** How the deployment stands, where it is not simply ready. */
  readonly standing: Attempt['standing'];
};

/** One call: its answer, or the fault that it ended in. */
export async function attempt(
  exchange: Exchange,
  input: AttemptInput,
  deps: CallDeps,
): Promise<UpstreamAnswer | GatewayError> {
  const { deployment, credential } = input;
  const startedMs = exchange.elapsedMs();
  const underWay = deps.router.health.of(deployment).begin();
  const answer = new UpstreamAnswer({
    streams: input.streams,
    nowMs: () => exchange.elapsedMs(),
    onStreamOver: (error) => underWay.end(error?.code),
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
    else fault = unusable(answer, input, deps.credentials);
  } catch (thrown) {
    fault = toGatewayError(thrown);
  }
  const endedMs = exchange.elapsedMs();
  if (fault !== undefined) underWay.end(exchange.stopped === undefined ? fault.code : 'client.closed');
  else if (!answer.isStream) underWay.end(undefined);
  if (fault === undefined) underWay.noteFirstByte((answer.firstByteAtMs ?? endedMs) - startedMs, answer.isStream);
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
    standing: input.standing,
  });
  return fault ?? answer;
}

/** The call with its credential. A scheme that signs a whole call does so last. */
export async function buildCall(
  { call, deployment, credential, timeouts }: Pick<AttemptInput, 'call' | 'deployment' | 'credential' | 'timeouts'>,
  deps: Pick<CallDeps, 'responseBytesMax'>,
): Promise<UpstreamCall> {
  const { origin, headers: fixed } = deployment.connection;
  const headers: Record<string, string> = { ...fixed, ...call.headers, ...credential.headers };
  const unsigned = { origin, path: call.path, method: call.method, headers, body: call.body };
  if (credential.sign !== undefined) Object.assign(headers, await credential.sign(unsigned));
  const { tellsRedirects } = call;
  return { ...unsigned, timeouts, maxResponseBytes: deps.responseBytesMax, tellsRedirects };
}

/** A success that is none: a stream that begins with a failure, which is closed, or an answer that cannot be read. */
function unusable(
  answer: UpstreamAnswer,
  { call, deployment }: AttemptInput,
  credentials: CredentialPort,
): GatewayError | undefined {
  const told = answer.isStream ? call.firstFault?.(answer.body()) : call.wholeFault?.(answer.body());
  if (told === undefined) return undefined;
  const fault = hideSecrets(told, deployment, credentials);
  answer.abort(fault);
  return fault;
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
