import { decodeFramedEmbeddings, encodeEmbeddings } from '../aigne-embeddings.ts';
import { encodeAigneError } from '../aigne-error.ts';
import type { Dialect } from '../contract.ts';
import { sseEvent } from '../sse-text.ts';
import { encodeResponse } from './encode-response.ts';
import { normalizeBody } from './normalize-body.ts';
import { readHead } from './read-head.ts';
import { openEncoder } from './stream-encoder.ts';

/**
 * The documented AIGNE API: `/api/chat/completions` and its aliases, which take OpenAI's words and camelCase alike and
 * answer with OpenAI's object and a flat one in one: https://www.aigne.io/docs. What is OpenAI's in it is made by the
 * dialect that is handed in.
 */
export function aigneChatOver({ inbound: openai }: Dialect): Dialect {
  if (openai === undefined) return { name: 'aigne-chat' };
  return {
    name: 'aigne-chat',
    inbound: {
      readHead: (...asked) => readHead(openai, ...asked),
      decodeRequest: (body) => ({ ...openai.decodeRequest(normalizeBody(body)), wantsUsage: true }),
      encodeResponse: (response, usage, answering) => encodeResponse(openai, { response, usage }, answering),
      openEncoder: (answering) => openEncoder(openai, answering),
      encodeError: encodeAigneError,
      encodeStreamError: (error, requestId) => sseEvent(encodeAigneError(error, requestId)),
      embeddings: { decodeRequest: decodeFramedEmbeddings, encodeResponse: encodeEmbeddings },
    },
  };
}
