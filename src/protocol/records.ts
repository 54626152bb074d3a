import type { NanoUsd } from '../kernel/money.ts';
import type { GuardrailVerdict } from './guardrails.ts';
import type { MadeAs } from './media.ts';
import type { Operation } from './operation.ts';
import type { Tenant } from './tenant.ts';
import type { Usage, UsageBasis } from './usage.ts';

/** How a request ended. `interrupted` is written after a crash for calls that were in flight. */
export type RequestStatus =
  | 'success'
  | 'upstream_error'
  | 'rejected'
  | 'client_closed'
  | 'cut'
  | 'timeout'
  | 'interrupted';

/** One immutable billing fact per request. Times are milliseconds since the epoch, durations milliseconds. */
export type UsageRecord = Tenant & {
  readonly id: string;
  readonly requestId: string;
  /**
   * The record that this one corrects. A correction holds differences, which may be negative, and is no request of its
   * own; its time is the corrected record's.
   */
  readonly corrects?: string | undefined;
  readonly startedAt: number;
  readonly memberId: string | undefined;
  readonly serviceAccountId: string | undefined;
  readonly keyId: string;
  readonly connectionId: string | undefined;
  readonly credentialId: string | undefined;
  readonly providerId: string | undefined;
  /** `x-aigne-hub-client-did`, else `X-Title`, else the key's id. */
  readonly application: string;
  readonly endUser: string | undefined;
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly clientRequestId: string | undefined;
  readonly traceparent: string | undefined;
  readonly operation: Operation;
  readonly streamed: boolean;
  readonly requestedModel: string;
  readonly routedModel: string | undefined;
  readonly servedModel: string | undefined;
  readonly usage: Usage;
  readonly usageBasis: UsageBasis | undefined;
  /** Size and quality of pictures or a film, where prices may depend on them. */
  readonly made?: MadeAs | undefined;
  /** What of an answer that broke off reached its caller, in estimated tokens; `undefined` where it was complete. */
  readonly deliveredTokens?: number | undefined;
  /** Provider cost; `undefined` when the model has no known price (`rateCardId` is then `undefined` too). */
  readonly costNano: NanoUsd | undefined;
  readonly rateCardId: string | undefined;
  readonly rateCardVersion: number | undefined;
  readonly finishReason: string | undefined;
  readonly status: RequestStatus;
  readonly httpStatus: number;
  /** A code of the error catalogue. */
  readonly errorCode: string | undefined;
  readonly firstByteMs: number | undefined;
  readonly durationMs: number;
  /** The hub's own share of the duration. */
  readonly overheadMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** The hub process that wrote the record. */
  readonly instanceId: string;
};

/** One call to one deployment within a request, with the time of each phase in milliseconds from the request's start. */
export type Attempt = {
  readonly connectionId: string;
  readonly credentialId: string | undefined;
  readonly providerId: string;
  readonly routedModel: string;
  readonly startedMs: number;
  readonly headersMs: number | undefined;
  readonly firstByteMs: number | undefined;
  readonly endedMs: number;
  readonly httpStatus: number | undefined;
  readonly outcome: 'success' | 'fault';
  /** A code of the error catalogue. */
  readonly errorCode: string | undefined;
  /** The provider's own message, bounded. */
  readonly upstreamMessage: string | undefined;
  readonly upstreamRequestId: string | undefined;
  /**
   * How the deployment stood where it was not simply ready: one call could see whether it works again, its credentials were at
   * their limits, or it had failed lately and nothing else was left.
   */
  readonly standing?: 'trying' | 'cooling' | 'open' | undefined;
  /** What forbade another try after it: the tries of the route were used up, or those of the request. */
  readonly noRetry?: 'retry_budget' | 'attempts' | undefined;
};

/** What could not be expressed in the upstream's dialect. */
export type Loss = { readonly field: string; readonly reason: string };

/** What happened: written in the same commit as the usage record, and shares its `id` and `requestId`. */
export type RequestRecord = Tenant & {
  readonly id: string;
  readonly requestId: string;
  readonly startedAt: number;
  readonly attempts: readonly Attempt[];
  readonly losses: readonly Loss[];
  readonly errorMessage: string | undefined;
  readonly userAgent: string | undefined;
  readonly clientAddress: string | undefined;
  /** What guardrails found; missing where none did. */
  readonly verdicts?: readonly GuardrailVerdict[] | undefined;
};

/** The two records of one request, which are always committed together. */
export type RequestOutcome = { readonly usage: UsageRecord; readonly request: RequestRecord };
