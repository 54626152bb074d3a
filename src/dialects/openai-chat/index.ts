import type { Dialect, InboundFace, OutboundFace, PassThroughFace } from '../contract.ts';
import { encodeOpenAiError } from '../openai-error.ts';
import { answerLength } from './answer-length.ts';
import { decodeFault } from './decode-fault.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeResponse } from './decode-response.ts';
import { inboundEmbeddings, outboundEmbeddings } from './embeddings.ts';
import { encodeStreamError } from './encode-error.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { OPENAI_CHAT } from './name.ts';
import { patchRequest } from './patch-request.ts';
import { readAnswer } from './read-answer.ts';
import { readHead } from './read-head.ts';
import { openDecoder } from './stream-decoder.ts';
import { openEncoder, TERMINATOR } from './stream-encoder.ts';
import { ChunkWatcher } from './stream-watcher.ts';

const inbound: InboundFace = {
  readHead,
  decodeRequest,
  encodeResponse,
  openEncoder,
  encodeError: encodeOpenAiError,
  encodeStreamError,
  embeddings: inboundEmbeddings,
};

const outbound: OutboundFace = {
  framing: 'sse',
  carries: { imageUrls: true, fileUrls: false },
  encodeRequest,
  decodeResponse,
  openDecoder,
  decodeFault,
  embeddings: outboundEmbeddings,
};

const passThrough: PassThroughFace = {
  patchRequest,
  readResponse: readAnswer,
  openWatcher: (request) => new ChunkWatcher(request),
  decodeFault,
  terminator: TERMINATOR,
  answerLength,
};

/** OpenAI's chat completions, completions and embeddings: https://platform.openai.com/docs/api-reference/chat */
export const openaiChat: Dialect = { name: OPENAI_CHAT, inbound, outbound, passThrough };
