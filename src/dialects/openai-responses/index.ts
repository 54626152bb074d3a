import type { Dialect } from '../contract.ts';
import { encodeOpenAiError } from '../openai-error.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeResponse } from './decode-response.ts';
import { encodeStreamError } from './encode-error.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { decodeFault } from './faults.ts';
import { NAME } from './name.ts';
import { passThrough } from './pass-through.ts';
import { readHead } from './read-head.ts';
import { openDecoder } from './stream-decoder.ts';
import { openEncoder } from './stream-encoder.ts';

/**
 * OpenAI's Responses API, without its memory: the hub keeps no answers of its own.
 * https://platform.openai.com/docs/api-reference/responses
 */
export const openaiResponses: Dialect = {
  name: NAME,
  inbound: { readHead, decodeRequest, encodeResponse, openEncoder, encodeError: encodeOpenAiError, encodeStreamError },
  outbound: {
    framing: 'sse',
    carries: { imageUrls: true, fileUrls: true },
    encodeRequest,
    decodeResponse,
    openDecoder,
    decodeFault,
  },
  passThrough,
};
