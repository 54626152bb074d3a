import type { Dialect } from '../contract.ts';
import { decodeResponse } from './decode-response.ts';
import { embeddings } from './embeddings.ts';
import { encodeRequest, NAME } from './encode-request.ts';
import { decodeFault } from './faults.ts';
import { OllamaDecoder } from './stream-decoder.ts';

/**
 * Ollama's native chat, which has what its OpenAI mode has not: a context length for each call, log probabilities, how long
 * a model stays loaded, and an error in place of a prompt that was cut. https://docs.ollama.com/api
 */
export const ollamaChat: Dialect = {
  name: NAME,
  outbound: {
    framing: 'ndjson',
    carries: { imageUrls: false, fileUrls: false },
    encodeRequest,
    decodeResponse,
    openDecoder: () => new OllamaDecoder(),
    decodeFault,
    embeddings,
  },
};
