import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { AskedVideo, GivenFile } from '../../protocol/media.ts';
import { at, invalid, optionalString, requiredString, without } from '../fields.ts';
import { givenFileOf } from '../given-file.ts';
import { imageTypeOfBytes } from '../image-type.ts';
import type { GivenMedia } from '../media-contract.ts';
import { formField } from '../multipart.ts';
import { OPENAI_MEDIA } from './name.ts';

/** The model of a request that names none: https://platform.openai.com/docs/api-reference/videos/create */
export const DEFAULT_VIDEO_MODEL = 'sora-2';
const SECONDS_MAX = 3600;
const REFERENCE = 'input_reference';
const IMAGE_URL_FIELD = `${REFERENCE}[image_url]`;
const KNOWN: ReadonlySet<string> = new Set(['model', 'prompt', 'seconds', 'size', REFERENCE, IMAGE_URL_FIELD]);
/** Fields, in JSON and as forms spell them, that name what lies at the provider and was not put there through the hub. */
const HELD_FIELDS = /^(?:characters|input_reference\[file_id\])/;

/**
 * A film as a caller asks for it, in JSON or as a form.
 * @throws GatewayError `request.invalid` with the field that is wrong, `request.not_held` for a thing told by its id
 */
export function decodeVideoRequest(given: GivenMedia): AskedVideo {
  refuseForeignIds(given);
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
 * The provider’s account is shared by all who call through the hub, so an id of something there may be anybody’s.
 * @throws GatewayError `request.not_held`
 */
export function refuseForeignIds(given: GivenMedia): void {
  for (const field of [...Object.keys(given.body), ...(given.parts ?? []).map(({ name }) => name)]) {
    if (!HELD_FIELDS.test(field) || given.body[field] === null) continue;
    throw new GatewayError('request.not_held', { param: field.slice(0, 100) });
  }
  const fileId = referenceOf(given)?.['file_id'];
  if (fileId === undefined || fileId === null) return;
  throw new GatewayError('request.not_held', { param: at(REFERENCE, 'file_id') });
}

/** `"8"` as OpenAI has it, or 8. */
function secondsField({ seconds: value }: JsonObject): number | undefined {
  if (value === undefined || value === null) return undefined;
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof seconds === 'number' && seconds > 0 && seconds <= SECONDS_MAX) return seconds;
  throw invalid('seconds', 'must be a number of seconds');
}

function imageOf(given: GivenMedia): GivenFile | undefined {
  const { raw, body, parts } = given;
  const part = parts?.find(({ name, filename }) => name === REFERENCE && filename !== undefined);
  if (part !== undefined) {
    const data = raw.subarray(part.span.start, part.span.end);
    const mediaType = imageTypeOfBytes(data) ?? part.contentType ?? 'application/octet-stream';
    return { mediaType, data, filename: part.filename === '' ? undefined : part.filename };
  }
  const reference = referenceOf(given);
  if (reference !== undefined) {
    return givenFileOf(requiredString(reference, 'image_url', REFERENCE), at(REFERENCE, 'image_url'));
  }
  if (body[REFERENCE] === undefined || body[REFERENCE] === null) return undefined;
  throw invalid(REFERENCE, 'must be a file, or an object with an image_url');
}

/** The reference as an object: as JSON has it, as a form’s field holds its JSON, or spelt out over several fields. */
function referenceOf({ raw, body, parts }: GivenMedia): JsonObject | undefined {
  const value = parts === undefined ? body[REFERENCE] : formField(raw, parts, REFERENCE);
  if (isJsonObject(value)) return value;
  if (typeof value === 'string' && value.trim() !== '') {
    const parsed = value.trimStart().startsWith('{') ? parseJsonOrUndefined(value) : { image_url: value };
    return isJsonObject(parsed) ? parsed : undefined;
  }
  const address = parts === undefined ? undefined : formField(raw, parts, IMAGE_URL_FIELD);
  return address === undefined ? undefined : { image_url: address };
}
