import type { Dialect } from '../contract.ts';
import { decodeGoogleFault } from '../google-fault.ts';
import { decodeResponse } from './decode-response.ts';
import { embeddings } from './embeddings.ts';
import { encodeRequest } from './encode-request.ts';
import { takesUrl } from './media.ts';
import { GEMINI } from './name.ts';
import { openDecoder } from './stream-decoder.ts';

/** Google's Gemini API, as the hub speaks it to providers: https://ai.google.dev/api/generate-content */
export const geminiGenerate: Dialect = {
  name: GEMINI,
  outbound: {
    framing: 'sse',
    carries: { imageUrls: false, fileUrls: false, takesUrl },
    encodeRequest,
    decodeResponse,
    openDecoder,
    decodeFault: decodeGoogleFault,
    embeddings,
  },
};
