import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { AskedVideo, GivenFile } from '../../protocol/media.ts';
import { at, invalid, optionalString, requiredString, without } from '../fields.ts';
import { givenFileOf } from '../given-file.ts';
import { imageTypeOfBytes } from '../image-type.ts';
import type { GivenMedia } from '../media-contract.ts';
import { OPENAI_MEDIA } from './name.ts';

/** The model of a request that names none: https://platform.openai.com/docs/api-reference/videos/create */
export const DEFAULT_VIDEO_MODEL = 'sora-2';
const SECONDS_MAX = 3600;
const REFERENCE = 'input_reference';
const KNOWN: ReadonlySet<string> = new Set(['model', 'prompt', 'seconds', 'size', REFERENCE]);
/** Fields, in JSON and as forms spell them, that name what lies at the provider and was not put there through the hub. */
const HELD_FIELDS = /^(?:characters|input_reference\[file_id\])/;

/**
 * A film as a caller asks for it, in JSON or as a form.
 * @throws GatewayError `request.invalid` with the field that is wrong, `request.not_held` for a thing told by its id
 */
export function decodeVideoRequest(given: GivenMedia): AskedVideo {
  refuseForeignIds(given.body);
  const { body } = given;
  return {
    dialect: OPENAI_MEDIA,
    prompt: requiredString(body, 'prompt'),
    size: optionalString(body, 'size'),
    seconds: secondsField(body),
    image: imageOf(given),
    extra: without(body, KNOWN),
  };
}

/**
 * The provider's account is shared by all who call through the hub, so an id of something there may be anybody's.
 * @throws GatewayError `request.not_held`
 */
export function refuseForeignIds(body: JsonObject): void {
  for (const [field, value] of Object.entries(body)) {
    if (value === null || value === undefined) continue;
    if (HELD_FIELDS.test(field)) throw new GatewayError('request.not_held', { param: field.slice(0, 100) });
    const fileId = field === REFERENCE ? referenceObject(value)?.['file_id'] : undefined;
    if (fileId !== undefined && fileId !== null) {
      throw new GatewayError('request.not_held', { param: at(REFERENCE, 'file_id') });
    }
  }
}

/** `"8"` as OpenAI has it, or 8. */
export function secondsField(body: JsonObject, key = 'seconds', where = ''): number | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof seconds === 'number' && seconds > 0 && seconds <= SECONDS_MAX) return seconds;
  throw invalid(at(where, key), 'must be a number of seconds');
}

function imageOf({ raw, body, parts }: GivenMedia): GivenFile | undefined {
  const part = parts?.find(({ name, filename }) => name === REFERENCE && filename !== undefined);
  if (part !== undefined) {
    const data = raw.subarray(part.span.start, part.span.end);
    const mediaType = imageTypeOfBytes(data) ?? part.contentType ?? 'application/octet-stream';
    return { mediaType, data, filename: part.filename === '' ? undefined : part.filename };
  }
  const reference = body[REFERENCE];
  const address = body[`${REFERENCE}[image_url]`];
  if (typeof address === 'string') return givenFileOf(address, at(REFERENCE, 'image_url'));
  if (reference === undefined || reference === null) return undefined;
  const object = referenceObject(reference);
  if (object === undefined) throw invalid(REFERENCE, 'must be a file, or an object with an image_url');
  return givenFileOf(requiredString(object, 'image_url', REFERENCE), at(REFERENCE, 'image_url'));
}

/** An object, or its JSON as forms carry it. */
function referenceObject(value: JsonValue): JsonObject | undefined {
  if (isJsonObject(value)) return value;
  if (typeof value !== 'string') return undefined;
  return value.trimStart().startsWith('{') ? parsedObject(value) : { image_url: value };
}

function parsedObject(text: string): JsonObject | undefined {
  const value = parseJsonOrUndefined(text);
  return isJsonObject(value) ? value : undefined;
}
