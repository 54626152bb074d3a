import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { ImagesRequest, MediaFile } from '../../protocol/media.ts';
import type { Target } from '../contract.ts';
import { imageFormatOf } from '../image-type.ts';
import { Losses } from '../losses.ts';
import type { EncodedMediaCall } from '../media-contract.ts';
import { encodeForm, type NewFormPart } from '../multipart.ts';
import { familyOf, type ImageFamily } from './images-families.ts';
import { madeAs } from './images-made.ts';
import { OPENAI_MEDIA } from './name.ts';

/** Extra fields that OpenAI documents, whoever sends them: https://platform.openai.com/docs/api-reference/images */
const KNOWN_EXTRA: ReadonlySet<string> = new Set(['input_fidelity']);
/** The JSON form of changing pictures knows it, the multipart form does not. */
const NOT_FOR_EDITS = 'moderation';
/** How losses name the fields that have a common name. */
const COMMON_NAMES: ReadonlyMap<string, string> = new Map([
  ['n', 'count'],
  ['output_format', 'outputFormat'],
  ['output_compression', 'outputCompression'],
  ['user', 'endUser'],
]);
const NOT_TOLD = { size: undefined, quality: undefined };

/**
 * A request for pictures: JSON for new ones, a form for changed ones.
 * https://platform.openai.com/docs/api-reference/images/create and
 * https://platform.openai.com/docs/api-reference/images/createEdit
 */
export function encodeImagesRequest(
  request: ImagesRequest,
  target: Target & { readonly boundary: string },
): EncodedMediaCall {
  const losses = new Losses();
  const family = familyOf(target.upstreamModel);
  const isEdit = request.images.length > 0;
  const fields = encodeFields(request, { target, family, isEdit, losses });
  if (!isEdit) {
    losses.addIf(request.mask, 'mask', 'there is no picture that it could belong to');
    const body = Buffer.from(JSON.stringify({ model: target.upstreamModel, prompt: request.prompt, ...fields }));
    return { ...jsonCall(target.path, body, losses), asked: madeAs(NOT_TOLD, fields) };
  }
  const pictures = request.images.slice(0, family.imagesMax);
  if (pictures.length < request.images.length) {
    losses.add('images', `the model starts from ${family.imagesMax} of them`);
  }
  const parts: NewFormPart[] = [
    { name: 'model', value: target.upstreamModel },
    { name: 'prompt', value: request.prompt },
    ...Object.entries(fields).map(([name, value]) => ({ name, value: formText(value) })),
    ...pictures.map((file, index) => filePart(pictures.length === 1 ? 'image' : 'image[]', file, `image-${index + 1}`)),
    ...(request.mask === undefined ? [] : [filePart('mask', request.mask, 'mask')]),
  ];
  return {
    call: {
      method: 'POST',
      path: target.path,
      headers: { 'content-type': `multipart/form-data; boundary=${target.boundary}` },
      body: encodeForm(parts, target.boundary),
    },
    losses: losses.list,
    asked: madeAs(NOT_TOLD, fields),
  };
}

type Encoding = {
  readonly target: Target;
  readonly family: ImageFamily;
  readonly isEdit: boolean;
  readonly losses: Losses;
};

/** Everything but model, prompt and pictures, without what the model refuses. */
function encodeFields(request: ImagesRequest, { target, family, isEdit, losses }: Encoding): JsonObject {
  const isOwn = request.dialect === OPENAI_MEDIA;
  const common: JsonObject = {
    n: request.count,
    size: request.size,
    quality: request.quality,
    style: request.style,
    background: request.background,
    output_format: request.outputFormat,
    output_compression: request.outputCompression,
    moderation: request.moderation,
    user: request.endUser,
    // OpenAI itself knows none; those who copy its form do, and their callers write it.
    seed: isOwn ? request.seed : undefined,
  };
  if (!isOwn) losses.addIf(request.seed, 'seed', 'OpenAI’s form has no such field');
  const asked = Object.entries(common);
  for (const [field, value] of Object.entries(request.extra)) {
    if (field === 'partial_images') losses.addIf(value === 0 ? undefined : value, field, 'the answer comes whole');
    else if (isOwn || KNOWN_EXTRA.has(field)) asked.push([field, value]);
    else losses.addIf(value ?? undefined, field, 'OpenAI’s form has no such field');
  }
  const fields: JsonObject = {};
  for (const [field, value] of asked) {
    if (value === undefined) continue;
    const isRefused = family.refuses.has(field) || target.quirks.refuses.includes(field);
    if (isRefused || (isEdit && field === NOT_FOR_EDITS))
      losses.add(COMMON_NAMES.get(field) ?? field, 'the model refuses it');
    else fields[field] = value;
  }
  // What is given where the other was asked for, the hub turns into that: nothing is lost by not asking.
  const mayAsk = !family.refuses.has('response_format') && !target.quirks.refuses.includes('response_format');
  if (request.wants !== undefined && mayAsk) fields['response_format'] = request.wants === 'url' ? 'url' : 'b64_json';
  return fields;
}

function jsonCall(path: string, body: Buffer, losses: Losses): EncodedMediaCall {
  return {
    call: { method: 'POST', path, headers: { 'content-type': 'application/json' }, body },
    losses: losses.list,
  };
}

/** A form has only text; what is no plain value stands in it as JSON. */
function formText(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A file without a name is taken for a plain field. */
function filePart(name: string, { mediaType, data, filename }: MediaFile, fallback: string): NewFormPart {
  return {
    name,
    value: data,
    filename: filename ?? `${fallback}.${imageFormatOf(mediaType) ?? 'png'}`,
    contentType: mediaType,
  };
}
