import type { GatewayError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Span } from '../kernel/json-spans.ts';
import type { NanoCredits } from '../kernel/money.ts';
import type { ChatEvent, ChatResponse } from '../protocol/chat-events.ts';
import type { Opaque } from '../protocol/chat-parts.ts';
import type { ChatRequest } from '../protocol/chat-request.ts';
import type { ModelFacts } from '../protocol/configuration.ts';
import type { EndpointQuirks } from '../protocol/deployment.ts';
import type { EmbeddingsRequest, EmbeddingsResponse } from '../protocol/embeddings.ts';
import type { Frame, Framing } from '../protocol/frame.ts';
import type { MadeAs } from '../protocol/media.ts';
import type { Operation } from '../protocol/operation.ts';
import type { Loss } from '../protocol/records.ts';
import type { ReadUsage, Usage } from '../protocol/usage.ts';
import type { Splice } from './patch-json.ts';

/**
 * A dialect is a wire format and nothing else: pure functions between its bytes and our own words. It opens no socket,
 * reads no clock, draws no random number and logs nothing; what it needs of the world stands in its arguments. What it
 * cannot express it reports as a loss and never drops in silence.
 */
export type Dialect = {
  readonly name: string;
  /** We play the server: callers speak this dialect to the hub. */
  readonly inbound?: InboundFace;
  /** We play the client: the hub speaks this dialect to providers. */
  readonly outbound?: OutboundFace;
  /** Both sides speak it: the caller's bytes go on, but for the spans that have to change. */
  readonly passThrough?: PassThroughFace;
};

/** What an address says of a request, where a dialect names the model there and not in the body. */
export type NamedInAddress = {
  readonly model: string;
  /** The dialect's own word for what is asked: `streamGenerateContent`. */
  readonly method: string;
};

/** What every request tells before it is known who serves it. */
export type RequestHead = {
  readonly model: string;
  /** The dialect's own word for what is asked, where its address says one. */
  readonly method?: string | undefined;
  readonly streamed: boolean;
  /** Whether the caller wants usage within the stream; the hub hides it from one who did not ask. */
  readonly wantsUsage: boolean;
  /** Whether more than one choice may be answered. */
  readonly manyChoices: boolean;
  readonly endUser: string | undefined;
  /** Things that a provider holds, which the request refers to by id. Each must be the caller's own. */
  readonly references: readonly HeldReference[];
};

/** An id of something at a provider, and the field of the request in which it stands. */
export type HeldReference = { readonly id: string; readonly field: string };

/** A request that was read: its bytes, its JSON, where its top-level values lie, and what it says of itself. */
export type ReadRequest = RequestHead & {
  readonly raw: Buffer;
  readonly body: JsonObject;
  readonly spans: ReadonlyMap<string, Span>;
};

/** Where an answer goes: what a dialect may say in it beyond what the provider said. */
export type Answering = {
  readonly requestId: string;
  /** The id of the usage record, under which the call is found on the dashboard. */
  readonly recordId: string;
  /** The model's name as the caller wrote it. */
  readonly model: string;
  /** What is sent upstream, with its provider: `openai/gpt-5-mini`. */
  readonly modelWithProvider: string;
  readonly nowSeconds: number;
  readonly newId: (prefix: string) => string;
  readonly request: ChatRequest;
  /** What a whole answer takes; of a stream it is known at its end, and said there. */
  readonly charge?: ToldCharge | undefined;
  /** Keeps opaque reasoning that the caller's dialect cannot carry, or tells that it is lost. */
  readonly keepReasoning: (opaque: Opaque) => Loss | undefined;
};

/** What a call takes of the caller's credit, and what the operator writes before such amounts. */
export type ToldCharge = { readonly amountNano: NanoCredits; readonly prefix: string | undefined };

export type InboundFace = {
  /**
   * `accept` is the caller's header: some callers ask for a stream by it. `named` is what the address says.
   * @throws GatewayError `request.invalid` with the field that is wrong
   */
  readonly readHead: (
    body: JsonObject,
    operation: Operation,
    accept: string | undefined,
    named?: NamedInAddress,
  ) => RequestHead;
  /** Reads the whole request. @throws GatewayError `request.invalid` with the path of the field that is wrong */
  readonly decodeRequest: (body: JsonObject) => ChatRequest;
  /** A whole answer. `usage` is what was booked: the provider's numbers, or the hub's estimate. */
  readonly encodeResponse: (response: ChatResponse, usage: Usage, answering: Answering) => EncodedAnswer;
  readonly openEncoder: (answering: Answering) => StreamEncoder;
  /** The body of an error answer. */
  readonly encodeError: (error: GatewayError, requestId: string) => object;
  /** An error as the end of a stream that has begun. */
  readonly encodeStreamError: (error: GatewayError, requestId: string) => string;
  /** The answer to a question for the number of tokens, where the dialect has one. */
  readonly encodeTokenCount?: (inputTokens: number) => JsonObject;
  readonly embeddings?: InboundEmbeddings;
};

export type EncodedAnswer = { readonly body: JsonObject; readonly losses: readonly Loss[] };

/** Turns one answer's events into the caller's stream. */
export type StreamEncoder = {
  /** What is to be sent for an event: whole frames, or nothing. `usage`, `finish` and `fault` never come here. */
  readonly push: (event: ChatEvent) => string;
  /**
   * The end of the answer, released once its records are safe: finish reasons, usage and terminator belong here. `charge` is
   * missing where nobody is charged.
   */
  readonly finish: (usage: Usage, charge?: ToldCharge) => string;
  /** What could not be expressed so far; grows while the stream runs. */
  readonly losses: readonly Loss[];
};

/** What a dialect needs to know to make a call. */
export type Target = {
  readonly upstreamModel: string;
  /** The endpoint's path, base path included; a dialect that puts the model there completes it. */
  readonly path: string;
  readonly quirks: EndpointQuirks;
  readonly facts: ModelFacts;
  readonly newId: (prefix: string) => string;
};

/** A call in its provider's form, before it is signed. */
export type WireCall = {
  readonly path: string;
  /** Headers of the dialect's own beyond content type and accept, lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export type EncodedCall = { readonly call: WireCall; readonly losses: readonly Loss[] };

/** A provider's answer that is not a success. */
export type FaultAnswer = {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

export type OutboundFace = {
  readonly framing: Framing;
  /** Whether a picture or a file may be given by its address; otherwise the hub fetches it first. */
  readonly carries: {
    readonly imageUrls: boolean;
    readonly fileUrls: boolean;
    /** Addresses that go on whatever the two above say: those which the provider alone can read, or fetches itself. */
    readonly takesUrl?: (url: string, mediaType: string | undefined) => boolean;
  };
  readonly encodeRequest: (request: ChatRequest, target: Target) => EncodedCall;
  /** A whole answer as its events, `finish` last. @throws GatewayError `upstream.invalid_answer`, or the fault it carries */
  readonly decodeResponse: (body: Buffer) => readonly ChatEvent[];
  readonly openDecoder: () => StreamDecoder;
  readonly decodeFault: (answer: FaultAnswer, nowMs: number) => GatewayError;
  readonly embeddings?: OutboundEmbeddings;
};

/** Turns one provider's stream into events. After `finish` or `fault` it gives nothing more. */
export type StreamDecoder = {
  readonly push: (frame: Frame) => readonly ChatEvent[];
  /** The stream is over. Unless it was finished, this ends in `finish` where all was said, else in `fault`. */
  readonly end: () => readonly ChatEvent[];
};

export type PassThroughFace = {
  /** The provider's request out of the caller's bytes. What a provider would refuse is taken out and told as a loss. */
  readonly patchRequest: (request: ReadRequest, target: Target) => EncodedCall;
  /** What the records need of a whole answer. @throws GatewayError `upstream.invalid_answer`, or the fault it carries */
  readonly readResponse: (body: Buffer, operation: Operation) => ReadAnswer;
  readonly openWatcher: (request: ReadRequest) => StreamWatcher;
  readonly decodeFault: (answer: FaultAnswer, nowMs: number) => GatewayError;
  /** What is added where a provider ended a finished stream without its terminator; empty where streams have none. */
  readonly terminator: string;
  /** Missing where answers have no length in tokens. */
  readonly answerLength?: AnswerLengthFace;
};

/** How a request says how long its answers may be. */
export type AnswerLengthFace = {
  readonly read: (body: JsonObject) => OutputLimit;
  /** Where the bytes have to change for each answer to have so many tokens at most. */
  readonly limit: (request: ReadRequest, maxTokens: number, target: Target) => readonly Splice[];
};

/** How long the answers to a request may be, as far as it says so; what no provider takes for a limit is none. */
export type OutputLimit = {
  /** Of each answer, what is thought included. */
  readonly maxTokens: number | undefined;
  readonly choices: number;
  /** To be thought for, which have to fit into the answer. */
  readonly reasoningTokens: number;
};

/** What the records need of an answer. */
export type ReadAnswer = {
  readonly usage: ReadUsage;
  readonly servedModel: string | undefined;
  readonly finishReason: string | undefined;
  /** Characters of content, for an estimate where no usage came. */
  readonly contentCharacters: number;
  /** Ids of what the provider now holds for the caller. */
  readonly held: readonly string[];
  /** Of pictures, where prices may depend on it. */
  readonly made?: MadeAs | undefined;
};

/** What becomes of one event of a provider's stream that passes through. */
export type EventVerdict =
  /** Goes to the caller as it came. */
  | { readonly kind: 'forward' }
  /** Was not asked for, and is left out. */
  | { readonly kind: 'hide' }
  /** The end of the answer: held until the usage record is safe. */
  | { readonly kind: 'terminator' }
  /** All was said, and in a format without a terminator this may be the end: held until more comes, or nothing does. */
  | { readonly kind: 'maybe-last' }
  /** The provider failed within the stream. */
  | { readonly kind: 'fault'; readonly error: GatewayError }
  /** Cannot be read: the stream cannot be trusted from here on. */
  | { readonly kind: 'garbage' };

/** Watches one stream pass by, and keeps what its records need. */
export type StreamWatcher = {
  /** Whether a run of whole events (latin1, as its bytes lie) holds nothing but ordinary content; if so, it is counted. */
  readonly isPlain: (run: string) => boolean;
  /** Looks into one event. An event without data (a comment) has an empty string. */
  readonly look: (data: string) => EventVerdict;
  /** Whether all was said that makes an answer complete; a stream that ends before was cut. */
  readonly isFinished: boolean;
  readonly usage: ReadUsage;
  readonly servedModel: string | undefined;
  readonly finishReason: string | undefined;
  readonly contentEvents: number;
  readonly contentBytes: number;
  readonly held: readonly string[];
  /** Of pictures, where prices may depend on it. */
  readonly made?: MadeAs | undefined;
};

export type InboundEmbeddings = {
  readonly decodeRequest: (body: JsonObject) => EmbeddingsRequest;
  readonly encodeResponse: (
    response: EmbeddingsResponse,
    request: EmbeddingsRequest,
    answering: Omit<Answering, 'request'> & { readonly usage: Usage },
  ) => JsonObject;
};

export type OutboundEmbeddings = {
  readonly encodeRequest: (request: EmbeddingsRequest, target: Target) => EncodedCall;
  /** @throws GatewayError `upstream.invalid_answer`, or the fault that it carries */
  readonly decodeResponse: (body: Buffer) => EmbeddingsResponse;
};
