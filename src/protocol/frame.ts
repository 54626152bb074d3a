/** One message of a stream, out of its framing: an event's data, a line, or a binary message's payload as text. */
export type Frame = {
  /** The name that the framing gives it: an SSE `event` field, or `:event-type` and `:exception-type` of AWS. */
  readonly event: string | undefined;
  readonly data: string;
};

/** Cuts the bytes of one stream into frames, however its chunks fall. */
export type Framer = {
  /** @throws GatewayError `upstream.answer_too_large`, `upstream.invalid_answer` */
  readonly push: (chunk: Buffer) => readonly Frame[];
  /** The stream is over: frames that only waited for its end, and how many bytes of an unfinished one are left. */
  readonly end: () => { readonly frames: readonly Frame[]; readonly unfinishedBytes: number };
};

/** How a stream's messages are told apart. */
export type Framing = 'sse' | 'ndjson' | 'aws-event-stream';
