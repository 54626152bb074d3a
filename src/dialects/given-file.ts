import type { GivenFile } from '../protocol/media.ts';
import { invalid, parseDataUrl } from './fields.ts';
import { imageTypeOf } from './image-type.ts';

const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;
/** Anything else could not stand in the head of a form's part. */
const MEDIA_TYPE = /^[a-z0-9.+-]{1,60}\/[a-z0-9.+-]{1,60}$/i;
/** What is looked at of a text that should be base64. */
const LOOKED_AT_CHARACTERS = 256;

/** A file out of a text: an address, or a `data:` URL. @throws GatewayError `request.invalid` */
export function givenFileOf(text: string, where: string): GivenFile {
  const embedded = parseDataUrl(text);
  if (embedded !== undefined) return fileOfBase64(embedded.data, embedded.mediaType, where);
  if (/^https?:\/\//i.test(text)) return { url: text };
  throw invalid(where, 'must be an http address or a data URL');
}

/** A file out of base64. Its own first bytes tell better what it is than its sender does. @throws GatewayError */
export function fileOfBase64(data: string, mediaType: string | undefined, where: string): GivenFile {
  if (!BASE64.test(data.slice(0, LOOKED_AT_CHARACTERS))) throw invalid(where, 'must be base64');
  return {
    mediaType: imageTypeOf(data) ?? (isMediaType(mediaType) ? mediaType : 'application/octet-stream'),
    data: Buffer.from(data, 'base64'),
    filename: undefined,
  };
}

function isMediaType(text: string | undefined): text is string {
  return text !== undefined && MEDIA_TYPE.test(text);
}
