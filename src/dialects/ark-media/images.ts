import type { ImagesFace } from '../media-contract.ts';
import { decodeImagesResponse } from './images-decode-response.ts';
import { encodeImagesRequest } from './images-encode-request.ts';

/** https://www.volcengine.com/docs/82379/1541523 */
export const arkImages: ImagesFace = { encodeRequest: encodeImagesRequest, decodeResponse: decodeImagesResponse };
