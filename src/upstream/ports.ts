import type { ErrorCode } from '../kernel/errors.ts';

/**
 * `upstream/` holds the only sockets that leave the hub: the egress guard, the connection pools, the hot path that sends
 * a call and relays its answer, the framing of streams, and the credentials on their way into a header.
 */

/** How long a call may stay in each of its phases. Milliseconds. */
export type CallTimeouts = {
  /** From `send` until a connection carries the request; waiting for a free connection counts. */
  readonly connectMs: number;
  /** From then until the first byte of the answer's body (or its end). */
  readonly firstByteMs: number;
  /** Between two chunks of the body. Time in which the caller paused the answer does not count. */
  readonly idleMs: number;
  /** From `send` until the end of the answer, pauses included. */
  readonly totalMs: number;
};

export type UpstreamCall = {
  /** Scheme, host and port: `https://api.example.com`, without path or user. */
  readonly origin: string;
  /** Path and query, beginning with `/`. */
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Headers to send, lower-cased, the credential's among them; never `host`, `content-length` or `accept-encoding`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  readonly timeouts: CallTimeouts;
  /** The most bytes of body that are accepted, counted after decoding. */
  readonly maxResponseBytes: number;
  /** A redirect is an answer and not a fault: whoever asks follows it by a call of its own, or not. */
  readonly tellsRedirects?: boolean | undefined;
};

/** An answer's headers as Node gives them: lower-cased names. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Hears of one call's answer: `onHeaders`, then chunks, then exactly one of `onEnd` and `onFault`, then nothing more. */
export type UpstreamListener = {
  readonly onHeaders: (status: number, headers: AnswerHeaders) => void;
  readonly onData: (chunk: Buffer) => void;
  readonly onEnd: () => void;
  readonly onFault: (fault: TransportFault) => void;
};

export type UpstreamHandle = {
  /** Stops reading from the upstream socket, so that the provider feels the back-pressure. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Closes the upstream socket at once. The listener hears nothing more. Does nothing once the call has ended. */
  readonly abort: () => void;
};

export type CallPhase = 'connect' | 'first_byte' | 'body';

/** What went wrong between the hub and a provider, before any meaning was read into the answer. */
export type TransportFault = {
  readonly code: ErrorCode;
  readonly phase: CallPhase;
  /** A sentence that may be shown: it names no address that was resolved and quotes no byte of the answer. */
  readonly message: string;
  /** What really happened; for the log. */
  readonly cause: unknown;
};

/** A whole answer, for calls off the hot path. */
export type UpstreamAnswer = { readonly status: number; readonly headers: AnswerHeaders; readonly body: Buffer };

export type Upstream = {
  readonly send: (call: UpstreamCall, listener: UpstreamListener) => UpstreamHandle;
  /** Sends a call and collects its answer. Any status is an answer. @throws GatewayError for transport faults */
  readonly request: (call: UpstreamCall) => Promise<UpstreamAnswer>;
  /** Replaces the operator's allow-list (`host:port` entries); connections judged by the old one are given up. */
  readonly setAllowed: (entries: readonly string[]) => void;
  /** Lets calls in flight end, then closes every connection. Later calls fault. */
  readonly close: () => Promise<void>;
};
