import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { AskedImages, GivenFile } from '../../protocol/media.ts';
import {
  at,
  endUserOf,
  invalid,
  optionalBoolean,
  optionalCount,
  optionalNumber,
  optionalString,
  readModel,
  requiredString,
  without,
} from '../fields.ts';
import { givenFileOf } from '../given-file.ts';
import { imageTypeOfBytes } from '../image-type.ts';
import type { GivenMedia, ImagesHead } from '../media-contract.ts';
import type { FormPart } from '../multipart.ts';
import { OPENAI_MEDIA } from './name.ts';

/**
 * Requests for pictures as OpenAI's callers write them: JSON for new ones, a form or JSON for changed ones.
 * https://platform.openai.com/docs/api-reference/images
 */

/** OpenAI takes sixteen; a request of more is refused. */
const IMAGES_MAX = 16;
const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'prompt',
  'n',
  'size',
  'quality',
  'style',
  'background',
  'output_format',
  'output_compression',
  'moderation',
  'seed',
  'user',
  'response_format',
  'stream',
  'image',
  'image[]',
  'images',
  'mask',
]);
/** In a form everything is text. */
const NUMBERS = ['n', 'output_compression', 'seed', 'partial_images'] as const;
const FILE_FIELDS: ReadonlySet<string> = new Set(['image', 'image[]']);

/** @throws GatewayError `request.invalid`; `request.not_held` for a file told by its id */
export function readImagesHead({ body, parts }: GivenMedia): ImagesHead {
  const { stream } = body;
  for (const [value, where] of [...listOf(body, 'images'), ...listOf(body, 'mask')]) refuseKeptFile(value, where);
  const streamed = parts === undefined ? optionalBoolean(body, 'stream') === true : stream === 'true';
  return {
    model: readModel(body),
    streamed,
    hasImages: parts?.some(({ name }) => FILE_FIELDS.has(name)) ?? (isGiven(body['images']) || isGiven(body['image'])),
    endUser: endUserOf(body['user']),
  };
}

function isGiven(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

/** @throws GatewayError `request.invalid` with the field that is wrong */
export function decodeImagesRequest({ raw, body, parts }: GivenMedia): AskedImages {
  const fields = parts === undefined ? body : withNumbers(body);
  const files = parts === undefined ? filesOfJson(body) : filesOfForm(raw, parts);
  if (files.images.length > IMAGES_MAX) throw invalid('images', `may hold at most ${IMAGES_MAX} pictures`);
  return {
    dialect: OPENAI_MEDIA,
    prompt: requiredString(fields, 'prompt'),
    ...files,
    count: optionalCount(fields, 'n'),
    size: optionalString(fields, 'size'),
    quality: optionalString(fields, 'quality'),
    style: optionalString(fields, 'style'),
    background: optionalString(fields, 'background'),
    outputFormat: optionalString(fields, 'output_format'),
    outputCompression: optionalCount(fields, 'output_compression'),
    moderation: optionalString(fields, 'moderation'),
    seed: optionalNumber(fields, 'seed'),
    endUser: endUserOf(fields['user']),
    wants: readWants(fields),
    extra: without(fields, KNOWN),
  };
}

/** Some who copy the form call the bytes `base64`. */
function readWants(fields: JsonObject): AskedImages['wants'] {
  const format = optionalString(fields, 'response_format');
  if (format === undefined) return undefined;
  if (format === 'url') return 'url';
  if (format === 'b64_json' || format === 'base64') return 'bytes';
  throw invalid('response_format', 'must be `url` or `b64_json`');
}

function withNumbers(body: JsonObject): JsonObject {
  const fields = { ...body };
  for (const field of NUMBERS) {
    const text = fields[field];
    if (typeof text === 'string' && /^-?\d{1,15}$/.test(text)) fields[field] = Number(text);
  }
  return fields;
}

type Files = Pick<AskedImages, 'images' | 'mask'>;

function filesOfForm(raw: Buffer, parts: readonly FormPart[]): Files {
  const images: GivenFile[] = [];
  let mask: GivenFile | undefined;
  for (const part of parts) {
    if (FILE_FIELDS.has(part.name)) images.push(fileOfPart(raw, part));
    else if (part.name === 'mask') mask = fileOfPart(raw, part);
  }
  return { images, mask };
}

function fileOfPart(raw: Buffer, { name, filename, contentType, span }: FormPart): GivenFile {
  const data = raw.subarray(span.start, span.end);
  // A plain field may hold what JSON would: an address or a data URL.
  if (filename === undefined) return givenFileOf(data.toString(), name);
  const mediaType = imageTypeOfBytes(data) ?? contentType ?? 'application/octet-stream';
  return { mediaType, data, filename: filename === '' ? undefined : filename };
}

/** `images: [{ image_url }]` as OpenAI has it; `image`, an address or several, as those who copy it. */
function filesOfJson(body: JsonObject): Files {
  const images = [...listOf(body, 'images'), ...listOf(body, 'image')].map(([value, where]) =>
    fileOfJson(value, where),
  );
  const { mask } = body;
  return { images, mask: mask === undefined || mask === null ? undefined : fileOfJson(mask, 'mask') };
}

function listOf(body: JsonObject, field: string): readonly (readonly [JsonValue, string])[] {
  const value = body[field];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [[value, field]];
  return value.map((item, index) => [item, at(field, index)]);
}

function fileOfJson(value: JsonValue, where: string): GivenFile {
  if (typeof value === 'string') return givenFileOf(value, where);
  if (!isJsonObject(value)) throw invalid(where, 'must be an address or an object that holds one');
  refuseKeptFile(value, where);
  const field = value['image_url'] === undefined ? 'url' : 'image_url';
  return givenFileOf(requiredString(value, field, where), at(where, field));
}

/** A file that the provider keeps is known to whoever has the hub's credential: it might be somebody else's. */
function refuseKeptFile(value: JsonValue, where: string): void {
  if (!isJsonObject(value) || value['file_id'] === undefined || value['file_id'] === null) return;
  throw new GatewayError('request.not_held', { param: at(where, 'file_id') });
}
