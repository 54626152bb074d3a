import type { JsonObject } from '../../kernel/json.ts';
import type { MediaFile, VideoRequest } from '../../protocol/media.ts';
import type { Target } from '../contract.ts';
import { imageFormatOf } from '../image-type.ts';
import { Losses } from '../losses.ts';
import type { EncodedMediaCall } from '../media-contract.ts';
import { encodeForm, type NewFormPart } from '../multipart.ts';
import { frameSizeOf } from '../video-frame.ts';
import { OPENAI_MEDIA } from './name.ts';

/**
 * A request for a film: JSON, or a form where a picture comes along.
 * https://platform.openai.com/docs/api-reference/videos/create
 */
export function encodeVideoCreate(
  request: VideoRequest,
  { path, upstreamModel, boundary }: Target & { readonly boundary: string },
): EncodedMediaCall {
  const losses = new Losses();
  const fields: JsonObject = {
    model: upstreamModel,
    prompt: request.prompt,
    // OpenAI writes the number as a string.
    seconds: request.seconds === undefined ? undefined : String(request.seconds),
    size: sizeField(request, losses),
    ...extraFields(request, losses),
  };
  const { image } = request;
  if (image === undefined) {
    const body = Buffer.from(JSON.stringify(fields));
    return {
      call: { method: 'POST', path, headers: { 'content-type': 'application/json' }, body },
      losses: losses.list,
    };
  }
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  const body = encodeForm([...formParts(fields), filePart(image)], boundary);
  return { call: { method: 'POST', path, headers, body }, losses: losses.list };
}

/** Sizes are told in pixels here; other words are refused. */
function sizeField({ size, dialect }: VideoRequest, losses: Losses): string | undefined {
  if (size === undefined || dialect === OPENAI_MEDIA || frameSizeOf(size) !== undefined) return size;
  losses.add('size', 'OpenAI’s form takes pixels, such as 1280x720');
  return undefined;
}

function extraFields({ dialect, extra }: VideoRequest, losses: Losses): JsonObject {
  if (dialect === OPENAI_MEDIA) return extra;
  for (const [field, value] of Object.entries(extra)) {
    losses.addIf(value ?? undefined, field, 'OpenAI’s form has no such field');
  }
  return {};
}

function formParts(fields: JsonObject): readonly NewFormPart[] {
  const parts: NewFormPart[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    parts.push({ name, value: typeof value === 'string' ? value : JSON.stringify(value) });
  }
  return parts;
}

function filePart({ mediaType, data, filename }: MediaFile): NewFormPart {
  const extension = imageFormatOf(mediaType) ?? 'bin';
  return { name: 'input_reference', value: data, filename: filename ?? `image.${extension}`, contentType: mediaType };
}
