import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InboundFace, NamedInAddress } from '../dialects/contract.ts';
import type { CallGuard } from '../guardrails/call-guard.ts';
import type { Clock } from '../kernel/clock.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import type { Deployment } from '../protocol/deployment.ts';
import type { Operation } from '../protocol/operation.ts';
import type { Principal } from '../protocol/principal.ts';
import type { Attempt, Loss } from '../protocol/records.ts';
import type { ModelAccess } from '../routing/resolve.ts';
import type { Patience } from './aigne/patience.ts';
import type { SharedAnswer } from './aigne/shared-answers.ts';
import type { CallCache } from './call-cache.ts';
import { CallCredit, type CreditPort } from './call-credit.ts';
import type { CallLimits } from './call-limits.ts';
import type { CallOnce } from './call-once.ts';
import type { ContentCapture } from './content-capture.ts';
import type { OnceAnswer } from './once-answer.ts';

const HEADER_TEXT_MAX = 256;
const TAGS_MAX = 16;
const TAG_KEY_MAX = 64;
const TAG_VALUE_MAX = 128;
/** https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The dialect that a caller speaks, as far as every answer depends on it. */
export type Caller = {
  readonly dialect: string;
  readonly face: InboundFace;
  /** Its clients send a request again when nothing comes for a while. */
  readonly repeats: boolean;
  /** Its clients may send their key in the address. */
  readonly keyInQuery: boolean;
  /**
   * What a caller who is nobody's is told of an error. Nor is such a caller told who answered and what it cost; missing for
   * callers with a key.
   */
  readonly tells?: (error: GatewayError) => GatewayError;
};

/** Losses of one request that are told; of more, only the first. */
const LOSSES_MAX = 32;

/** Whether an answer was there for a request that might have been answered by one. */
export type CacheOutcome = { readonly kind: 'miss' | 'bypass' } | { readonly kind: 'hit'; readonly ageSeconds: number };

/** One request on its way through the pipeline: what is known of it so far. */
export class Exchange {
  readonly request: IncomingMessage;
  /** The caller's own response. */
  readonly ownResponse: ServerResponse;
  /** What the answer is written to: the caller's own response, or one that outlasts a caller's connection. */
  response: ServerResponse | SharedAnswer | OnceAnswer;
  /** As the address says; pictures that are sent along make a request for pictures one to change them. */
  operation: Operation;
  /** How the caller speaks. */
  readonly caller: Caller;
  /** What the address says of the request, where the caller's dialect names the model there. */
  readonly named: NamedInAddress | undefined;
  /** Streams of answers as events, or as one list of JSON that grows. */
  readonly streamsAs: 'events' | 'list';
  readonly clock: Clock;
  readonly requestId: string;
  readonly recordId: string;
  readonly clientAddress: string | undefined;
  readonly startedAt: number;
  readonly startedMono: number;
  principal: Principal | undefined;
  /** The models that there are for the caller. */
  access: ModelAccess | undefined;
  requestedModel = '';
  streamed = false;
  endUser: string | undefined;
  requestBytes = 0;
  responseBytes = 0;
  /** The length of an answer that is sent as one piece once its record, which tells it, is safe. */
  wholeBytes = 0;
  deployment: Deployment | undefined;
  /** The credential of the attempt under way. */
  credentialId: string | undefined;
  readonly attempts: Attempt[] = [];
  readonly losses: Loss[] = [];
  /** Whether the request is to be refused rather than lose anything on its way. */
  refusesLosses = false;
  /** When the last attempt was sent and when its last byte came; the rest of the time is the hub's own. */
  upstreamMs = 0;
  firstByteMs: number | undefined;
  /** The call's note in the journal of what is in flight. */
  inFlight:
    | { readonly progress: (output: { readonly contentBytes: number; readonly contentEvents: number }) => void }
    | undefined;
  /** The answer being streamed, if it is one: how much of it has come. */
  stream: { readonly output: { readonly contentBytes: number; readonly contentEvents: number } } | undefined;
  /** What the request holds of its accounts' credit; missing where nobody is charged. */
  credit: CallCredit | undefined;
  /** What the request takes of the limits that it meets; missing where it meets none. */
  limits: CallLimits | undefined;
  /** What guardrails make of the request and its answer; missing where it meets none. */
  guard: CallGuard | undefined;
  /** Whether all limits were asked, and all guardrails have looked, that a call to these deployments meets. */
  isAdmittedTo: (deployments: readonly Deployment[]) => boolean = () => false;
  /** Holds what is said, where the organization has it stored. */
  content: ContentCapture | undefined;
  /** The claim of a call that is made once, however often it is sent. */
  once: CallOnce | undefined;
  /** What the answer says of the cache; missing where nobody asked for one. */
  cacheOutcome: CacheOutcome | undefined;
  /** Keeps the answer for who asks for the same. */
  cache: CallCache | undefined;
  /** Keeps a caller waiting whose client would ask again. */
  patience: Patience | undefined;
  /** While the body is read: when something last came of it. */
  bodyIdleSince: number | undefined;
  /** How much of it the journal knows. */
  notedEvents = 0;
  /** Why the request has to stop before its answer is complete: the caller is gone, or the hub is. */
  stopped: GatewayError | undefined;
  #onStop: ((error: GatewayError) => void) | undefined;
  #tags: { readonly value: Readonly<Record<string, string>> | undefined } | undefined;

  constructor(input: {
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly operation: Operation;
    readonly caller: Caller;
    readonly named?: NamedInAddress | undefined;
    readonly clock: Clock;
    readonly newId: NewId;
    /** The caller's address, as told by the connection or a trusted proxy. */
    readonly clientAddress: string | undefined;
  }) {
    this.request = input.request;
    this.ownResponse = input.response;
    this.response = input.response;
    this.operation = input.operation;
    this.caller = input.caller;
    this.named = input.named;
    this.streamsAs = input.named === undefined || asksForEvents(input.request) ? 'events' : 'list';
    this.clock = input.clock;
    this.clientAddress = input.clientAddress;
    this.startedAt = input.clock.now();
    this.startedMono = input.clock.monotonic();
    this.requestId = input.newId('req');
    this.recordId = input.newId('ur');
    this.#stopOnClose(input.response);
  }

  /** From now on the answer goes to callers who share it or come back for it; one of them leaving ends nothing. */
  answerTo(answer: SharedAnswer | OnceAnswer): void {
    this.response = answer;
    this.#stopOnClose(answer);
  }

  /** From now on the request's calls are paid for with credit. */
  payWith(port: CreditPort, principal: Principal): void {
    const { recordId, startedAt } = this;
    this.credit = new CallCredit(port, { recordId, startedAt, principal, model: () => this.requestedModel });
  }

  #stopOnClose(response: Exchange['response']): void {
    response.once('close', () => {
      if (response === this.response && !response.writableFinished) this.stop(new GatewayError('client.closed'));
    });
  }

  /** Ends the request early, once. */
  stop(error: GatewayError): void {
    if (this.stopped !== undefined) return;
    this.stopped = error;
    this.#onStop?.(error);
  }

  /** A piece of a model's answer as it is given to the caller: for who stores it, and who gives it again. */
  takeAnswer(piece: Buffer | string, contentType: string): void {
    this.content?.takeAnswer(piece, contentType);
    this.cache?.takeAnswer(piece, contentType);
  }

  /** Milliseconds since the request came. */
  elapsedMs(): number {
    return this.clock.monotonic() - this.startedMono;
  }

  /** Sets what happens on an early end; replaces what was set before. Runs at once if that has happened. */
  onStop(stop: ((error: GatewayError) => void) | undefined): void {
    this.#onStop = stop;
    if (this.stopped !== undefined) stop?.(this.stopped);
  }

  /** Notes what could not be expressed, each loss once. */
  addLosses(losses: readonly Loss[]): void {
    for (const loss of losses) {
      const isKnown = this.losses.some(({ field, reason }) => field === loss.field && reason === loss.reason);
      if (!isKnown && this.losses.length < LOSSES_MAX) this.losses.push(loss);
    }
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    const text = Array.isArray(value) ? value[0] : value;
    return text === undefined || text === '' ? undefined : text.slice(0, HEADER_TEXT_MAX);
  }

  /** `x-aigne-hub-client-did` (URI-encoded by its senders), else `X-Title`, else the key. */
  application(keyId: string): string {
    const did = this.header('x-aigne-hub-client-did');
    return (did === undefined ? undefined : decodeUri(did)) ?? this.header('x-title') ?? keyId;
  }

  traceparent(): string | undefined {
    const value = this.header('traceparent');
    return value !== undefined && TRACEPARENT.test(value) ? value : undefined;
  }

  /** `x-hub-tags: team=search, run=42`: a few short tags; one that does not fit the form is told as a loss. */
  tags(): Readonly<Record<string, string>> | undefined {
    this.#tags ??= { value: this.#readTags() };
    return this.#tags.value;
  }

  #readTags(): Readonly<Record<string, string>> | undefined {
    const header = this.request.headers['x-hub-tags'];
    if (typeof header !== 'string' || header === '') return undefined;
    const tags = new Map<string, string>();
    for (const pair of header.split(',')) {
      const equals = pair.indexOf('=');
      const key = pair.slice(0, equals).trim();
      const value = pair.slice(equals + 1).trim();
      const fits = equals > 0 && key !== '' && key.length <= TAG_KEY_MAX && value.length <= TAG_VALUE_MAX;
      if (fits && tags.size < TAGS_MAX) {
        tags.set(key, value);
        continue;
      }
      this.losses.push({ field: 'x-hub-tags', reason: `at most ${TAGS_MAX} tags of the form key=value are kept` });
      break;
    }
    return tags.size === 0 ? undefined : Object.fromEntries(tags);
  }
}

/** https://cloud.google.com/apis/docs/system-parameters: without `alt=sse` a stream is a list. */
function asksForEvents({ url = '/' }: IncomingMessage): boolean {
  return new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('alt') === 'sse';
}

function decodeUri(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
