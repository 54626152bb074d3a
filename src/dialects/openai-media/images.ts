import type { ImagesFace, InboundMediaDialect } from '../media-contract.ts';
import { decodeImagesRequest, readImagesHead } from './images-decode-request.ts';
import { decodeImagesResponse } from './images-decode-response.ts';
import { encodeImagesRequest } from './images-encode-request.ts';
import { encodeImagesResponse, encodeImagesStream } from './images-encode-response.ts';
import { OPENAI_MEDIA } from './name.ts';

/** How pictures are asked of a provider: https://platform.openai.com/docs/api-reference/images */
export const openaiImages: ImagesFace = { encodeRequest: encodeImagesRequest, decodeResponse: decodeImagesResponse };

/** How callers ask for them: `/v1/images/generations` and `/v1/images/edits`. */
export const openaiImagesInbound: InboundMediaDialect = {
  name: OPENAI_MEDIA,
  images: {
    readHead: readImagesHead,
    decodeRequest: decodeImagesRequest,
    encodeResponse: encodeImagesResponse,
    encodeStream: encodeImagesStream,
  },
};
