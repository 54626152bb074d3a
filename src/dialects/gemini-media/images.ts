import type { ImagesFace } from '../media-contract.ts';
import { decodeImagesResponse } from './images-decode-response.ts';
import { encodeImagesRequest } from './images-encode-request.ts';

/** https://ai.google.dev/gemini-api/docs/image-generation */
export const geminiImages: ImagesFace = { encodeRequest: encodeImagesRequest, decodeResponse: decodeImagesResponse };
