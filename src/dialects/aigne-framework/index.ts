import { decodeFramedEmbeddings, encodeEmbeddings } from '../aigne-embeddings.ts';
import { encodeAigneError, encodeAigneStreamError } from '../aigne-error.ts';
import type { Dialect } from '../contract.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { readHead } from './read-head.ts';
import { openEncoder } from './stream-encoder.ts';

/**
 * What `@aigne/aigne-hub`, and with it everything built on the AIGNE framework, sends to `/api/v2/chat` and
 * `/api/v2/embeddings`: https://www.aigne.io/framework
 */
export const aigneFramework: Dialect = {
  name: 'aigne-framework',
  inbound: {
    readHead,
    decodeRequest,
    encodeResponse,
    openEncoder,
    encodeError: encodeAigneError,
    encodeStreamError: encodeAigneStreamError,
    embeddings: { decodeRequest: decodeFramedEmbeddings, encodeResponse: encodeEmbeddings },
  },
};
