import type { ErrorCode, GatewayError } from '../kernel/errors.ts';
import { type NanoCredits, type NanoUsd, ZERO_NANO_USD } from '../kernel/money.ts';
import type { Settlement } from '../metering/settle-call.ts';
import type { MadeAs } from '../protocol/media.ts';
import type { RateCard } from '../protocol/rate-card.ts';
import type { RequestOutcome, RequestRecord, RequestStatus } from '../protocol/records.ts';
import { NO_USAGE, type Usage, type UsageBasis } from '../protocol/usage.ts';
import type { InFlightNote } from '../records/inflight-note.ts';
import type { Exchange } from './exchange.ts';

/** What a price is for: by the policy of its organization it may be less than what was used; without a basis, for nothing. */
export type Charged = Pick<Settlement, 'broken'> & { readonly usageBasis: UsageBasis | undefined };

/** How a request ended: what its records say beyond what the exchange knows. */
export type Ending = {
  readonly status: RequestStatus;
  readonly httpStatus: number;
  readonly error: GatewayError | undefined;
  readonly usage: Usage;
  readonly usageBasis: UsageBasis | undefined;
  readonly made?: MadeAs | undefined;
  /** What of an answer that broke off reached its caller, in estimated tokens; `undefined` where it was complete. */
  readonly deliveredTokens?: number | undefined;
  readonly costNano: NanoUsd | undefined;
  readonly rateCard: RateCard | undefined;
  /** What its accounts pay; `undefined` where nobody is charged. */
  readonly priceNano: NanoCredits | undefined;
  /** How the price came about where it is not simply that of the usage. */
  readonly charged?: Charged | undefined;
  /** Whether what was asked for is still being made; `undefined` where that is not known, or nothing is. */
  readonly isUnderWay?: boolean | undefined;
  readonly servedModel: string | undefined;
  readonly finishReason: string | undefined;
};

const MESSAGE_CHARACTERS_MAX = 1000;
const USER_AGENT_CHARACTERS_MAX = 256;

const NOTHING_USED = {
  usage: NO_USAGE,
  usageBasis: undefined,
  costNano: ZERO_NANO_USD,
  rateCard: undefined,
  priceNano: undefined,
  servedModel: undefined,
  finishReason: undefined,
} as const satisfies Partial<Ending>;

/** A request that used nothing: it was refused, or every attempt was answered with an error. */
export function unusedEnding(error: GatewayError, attempted: boolean): Ending {
  return {
    status: statusOf(error.code, attempted),
    httpStatus: error.status,
    error,
    ...NOTHING_USED,
  };
}

/** A request that was answered and for which no provider bills anything: a count of the hub's own, a look at a film. */
export function freeEnding(status: RequestStatus): Ending {
  return { status, httpStatus: 200, error: undefined, ...NOTHING_USED };
}

export function statusOf(code: ErrorCode, attempted: boolean): RequestStatus {
  if (code === 'client.closed') return 'client_closed';
  if (code === 'upstream.cut') return 'cut';
  if (code === 'upstream.timeout') return 'timeout';
  if (code === 'hub.draining' || code === 'hub.interrupted') return 'interrupted';
  return attempted ? 'upstream_error' : 'rejected';
}

/** What both the journal's note and the usage record say of a request. The exchange must have been authenticated. */
export function buildNote(exchange: Exchange, instanceId: string): InFlightNote {
  const { principal, deployment } = exchange;
  if (principal === undefined) throw new Error('a request without a principal leaves no record');
  return {
    id: exchange.recordId,
    requestId: exchange.requestId,
    organizationId: principal.organizationId,
    projectId: principal.projectId,
    startedAt: exchange.startedAt,
    memberId: principal.memberId,
    serviceAccountId: principal.serviceAccountId,
    keyId: principal.keyId,
    connectionId: deployment?.connection.id,
    credentialId: exchange.credentialId,
    providerId: deployment?.connection.providerId,
    application: exchange.application(principal.keyId),
    endUser: exchange.endUser,
    tags: exchange.tags(),
    clientRequestId: exchange.header('x-request-id') ?? exchange.header('x-client-request-id'),
    traceparent: exchange.traceparent(),
    operation: exchange.operation,
    streamed: exchange.streamed,
    requestedModel: exchange.requestedModel,
    routedModel: deployment?.upstreamModel,
    requestBytes: exchange.requestBytes,
    instanceId,
  };
}

/** Both records of a request. The exchange must have been authenticated. */
export function buildOutcome(exchange: Exchange, ending: Ending, instanceId: string): RequestOutcome {
  const note = buildNote(exchange, instanceId);
  const durationMs = exchange.elapsedMs();
  return {
    usage: {
      ...note,
      servedModel: ending.servedModel,
      usage: ending.usage,
      usageBasis: ending.usageBasis,
      made: ending.made,
      deliveredTokens: ending.deliveredTokens,
      costNano: ending.costNano,
      rateCardId: ending.rateCard?.id,
      rateCardVersion: ending.rateCard?.version,
      finishReason: ending.finishReason,
      status: ending.status,
      httpStatus: ending.httpStatus,
      errorCode: ending.error?.code,
      firstByteMs: exchange.firstByteMs,
      durationMs,
      overheadMs: Math.max(0, durationMs - exchange.upstreamMs),
      responseBytes: Math.max(exchange.responseBytes, exchange.wholeBytes),
    },
    request: {
      id: note.id,
      requestId: note.requestId,
      organizationId: note.organizationId,
      projectId: note.projectId,
      startedAt: note.startedAt,
      attempts: exchange.attempts,
      losses: exchange.losses,
      errorMessage: ending.error?.message.slice(0, MESSAGE_CHARACTERS_MAX),
      userAgent: exchange.request.headers['user-agent']?.slice(0, USER_AGENT_CHARACTERS_MAX),
      clientAddress: exchange.clientAddress,
      ...verdictsOf(exchange),
    },
  };
}

function verdictsOf({ guard }: Exchange): Pick<RequestRecord, 'verdicts'> {
  const verdicts = guard?.verdicts ?? [];
  return verdicts.length === 0 ? {} : { verdicts };
}
