import type { Dialect } from '../contract.ts';
import { answerLength } from './answer-length.ts';
import { encodeTokenCount } from './count-tokens.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeResponse } from './decode-response.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { encodeError, encodeStreamError } from './errors.ts';
import { decodeFault } from './faults.ts';
import { DIALECT } from './names.ts';
import { patchRequest } from './patch-request.ts';
import { readHead } from './read-head.ts';
import { readResponse } from './read-response.ts';
import { MessagesDecoder } from './stream-decoder.ts';
import { MESSAGE_STOP, MessagesEncoder } from './stream-encoder.ts';
import { MessagesWatcher } from './stream-watcher.ts';

/** Anthropic's Messages API: https://docs.anthropic.com/en/api/messages */
export const anthropicMessages: Dialect = {
  name: DIALECT,
  inbound: {
    readHead,
    decodeRequest,
    encodeResponse,
    openEncoder: (answering) => new MessagesEncoder(answering),
    encodeError,
    encodeStreamError,
    encodeTokenCount,
  },
  outbound: {
    framing: 'sse',
    carries: { imageUrls: true, fileUrls: true },
    encodeRequest,
    decodeResponse,
    openDecoder: () => new MessagesDecoder(),
    decodeFault,
  },
  passThrough: {
    patchRequest,
    readResponse,
    openWatcher: () => new MessagesWatcher(),
    decodeFault,
    terminator: MESSAGE_STOP,
    answerLength,
  },
};
