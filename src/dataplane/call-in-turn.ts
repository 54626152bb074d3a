import { decodeFault } from '../dialects/openai-chat/decode-fault.ts';
import type { DecodedRequest } from '../dialects/openai-chat/decode-request.ts';
import { patchRequest } from '../dialects/openai-chat/patch-request.ts';
import { type ErrorCode, GatewayError, toGatewayError } from '../kernel/errors.ts';
import type { Deployment, Endpoint } from '../protocol/deployment.ts';
import type { UpstreamCall } from '../upstream/ports.ts';
import { forwardedRequestHeaders } from '../upstream/request-headers.ts';
import { upstreamRequestId } from '../upstream/response-headers.ts';
import type { Exchange } from './exchange.ts';
import type { ChosenCredential, CredentialPort } from './ports.ts';
import { type Send, UpstreamAnswer } from './upstream-answer.ts';

/** Calls to providers within one request: the first and at most two more. */
const ATTEMPTS_MAX = 3;
const SPOKEN_DIALECT = 'openai-chat';
/** Faults that another credential or deployment may not have. */
const WORTH_ANOTHER_TRY: ReadonlySet<ErrorCode> = new Set([
  'upstream.unreachable',
  'upstream.credential_rejected',
  'upstream.rate_limited',
  'upstream.error',
  'egress.blocked',
]);

export type CallDeps = {
  readonly send: Send;
  readonly credentials: CredentialPort;
  readonly timeouts: UpstreamCall['timeouts'];
  readonly responseBytesMax: number;
};

export type CallInput = {
  readonly deployments: readonly Deployment[];
  readonly raw: Buffer;
  readonly decoded: DecodedRequest;
  /** Told before each call leaves, with the exchange naming where to. */
  readonly onCall: () => void;
};

/**
 * Calls the deployments in turn, each with its credentials in turn, until one answers. Another try is made only before
 * any byte went to the caller and only where it can help: no connection, a credential refused, a rate limit, a failure
 * of the provider. Every attempt is noted on the exchange.
 *
 * @throws GatewayError the last fault
 */
export async function callInTurn(exchange: Exchange, input: CallInput, deps: CallDeps): Promise<UpstreamAnswer> {
  let lastError: GatewayError | undefined;
  let attempts = 0;
  for (const deployment of input.deployments) {
    const endpoint = deployment.connection.endpoints.get(exchange.operation);
    if (endpoint === undefined) continue;
    if (endpoint.dialect !== SPOKEN_DIALECT) {
      lastError ??= unspoken(deployment, endpoint);
      continue;
    }
    const tried = new Set<string>();
    while (attempts < ATTEMPTS_MAX) {
      // Whoever is gone before a call leaves causes none: nothing would end it.
      if (exchange.stopped !== undefined) throw exchange.stopped;
      const credential = nextCredential(deployment, tried, deps.credentials);
      if (credential instanceof GatewayError) lastError = credential;
      if (credential === undefined || credential instanceof GatewayError) break;
      if (credential.id !== undefined) tried.add(credential.id);
      attempts += 1;
      exchange.deployment = deployment;
      exchange.credentialId = credential.id;
      input.onCall();
      const result = await attempt(exchange, { call: input, deployment, endpoint, credential }, deps);
      if (result instanceof UpstreamAnswer) return result;
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
  throw lastError ?? new GatewayError('internal.bug', { cause: new Error('a request was routed to no deployment') });
}

/** The next credential of the deployment's connection, or why those that are left cannot be used. */
function nextCredential(
  { connection }: Deployment,
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
  readonly call: CallInput;
  readonly deployment: Deployment;
  readonly endpoint: Endpoint;
  readonly credential: ChosenCredential;
};

/** One call: its answer, or the fault that it ended in. */
async function attempt(
  exchange: Exchange,
  input: AttemptInput,
  deps: CallDeps,
): Promise<UpstreamAnswer | GatewayError> {
  const { deployment, endpoint, credential } = input;
  const { decoded, raw } = input.call;
  const startedMs = exchange.elapsedMs();
  const answer = new UpstreamAnswer({ wantsStream: decoded.streamed, nowMs: () => exchange.elapsedMs() });
  exchange.onStop((error) => answer.abort(error));
  let fault: GatewayError | undefined;
  try {
    answer.send(deps.send, {
      origin: deployment.connection.origin,
      path: endpoint.path,
      method: 'POST',
      headers: {
        ...forwardedRequestHeaders(exchange.request.headers),
        'content-type': 'application/json',
        accept: decoded.streamed ? 'text/event-stream' : 'application/json',
        ...deployment.connection.headers,
        ...credential.headers,
      },
      body: patchRequest(raw, decoded, {
        upstreamModel: deployment.upstreamModel,
        askForUsage: !endpoint.quirks.noStreamOptions,
      }),
      timeouts: deps.timeouts,
      maxResponseBytes: deps.responseBytesMax,
    });
    await answer.ready;
    if (!answer.isSuccess) fault = readFault(exchange, answer, deployment, deps.credentials);
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

function readFault(
  exchange: Exchange,
  answer: UpstreamAnswer,
  deployment: Deployment,
  credentials: CredentialPort,
): GatewayError {
  const fault = decodeFault(
    { status: answer.status, retryAfter: answer.headers['retry-after']?.toString(), body: answer.body() },
    exchange.clock.now(),
  );
  return hideSecrets(fault, deployment, credentials);
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

function unspoken(deployment: Deployment, endpoint: Endpoint): GatewayError {
  const provider = deployment.connection.providerName;
  return new GatewayError('provider.dialect_unsupported', {
    message: `${provider} is called in the wire format “${endpoint.dialect}”, which this build cannot speak yet.`,
    details: { provider: deployment.connection.providerId, dialect: endpoint.dialect },
  });
}
