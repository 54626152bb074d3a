import type { Dialect } from '../contract.ts';
import { decodeGoogleFault } from '../google-fault.ts';
import { answerLength } from './answer-length.ts';
import { encodeTokenCount } from './count-tokens.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeResponse } from './decode-response.ts';
import { embeddings } from './embeddings.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { encodeError, encodeStreamError } from './errors.ts';
import { inboundEmbeddings } from './inbound-embeddings.ts';
import { takesUrl } from './media.ts';
import { GEMINI } from './name.ts';
import { patchRequest } from './patch-request.ts';
import { GenerateWatcher, readResponse } from './read-answer.ts';
import { readHead } from './read-head.ts';
import { openDecoder } from './stream-decoder.ts';
import { GenerateEncoder } from './stream-encoder.ts';

/** Google's Gemini API: https://ai.google.dev/api/generate-content */
export const geminiGenerate: Dialect = {
  name: GEMINI,
  inbound: {
    readHead,
    decodeRequest,
    encodeResponse,
    openEncoder: (answering) => new GenerateEncoder(answering),
    encodeError,
    encodeStreamError,
    encodeTokenCount,
    embeddings: inboundEmbeddings,
  },
  outbound: {
    framing: 'sse',
    carries: { imageUrls: false, fileUrls: false, takesUrl },
    encodeRequest,
    decodeResponse,
    openDecoder,
    decodeFault: decodeGoogleFault,
    embeddings,
  },
  passThrough: {
    patchRequest,
    readResponse,
    openWatcher: () => new GenerateWatcher(),
    decodeFault: decodeGoogleFault,
    // A stream ends with the piece that tells why.
    terminator: '',
    answerLength,
  },
};
