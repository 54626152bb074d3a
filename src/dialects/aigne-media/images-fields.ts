import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { AskedImages } from '../../protocol/media.ts';
import {
  at,
  endUserOf,
  invalid,
  lookUp,
  optionalCount,
  optionalNumber,
  optionalString,
  requiredString,
  without,
} from '../fields.ts';
import { AIGNE_MEDIA } from './name.ts';
import { readFiles } from './read-files.ts';

/** The model of a picture for which none is named, as the client library has it: https://www.npmjs.com/package/@aigne/aigne-hub */
export const DEFAULT_IMAGE_MODEL = 'openai/gpt-image-1';

/** Both spellings of a name: OpenAI's words are taken beside the framework's. */
const SPELLINGS: Readonly<Record<string, string>> = {
  output_format: 'outputFormat',
  output_compression: 'outputCompression',
  response_format: 'responseFormat',
  output_file_type: 'outputFileType',
};
const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'modelOptions',
  'prompt',
  'image',
  'images',
  'mask',
  'n',
  'size',
  'quality',
  'style',
  'background',
  'outputFormat',
  'outputCompression',
  'moderation',
  'seed',
  'user',
  'responseFormat',
  'outputFileType',
  // How the client itself hands files on.
  'preferInputFileType',
  'stream',
]);

/** The fields of a request for pictures, in either spelling. @throws GatewayError `request.invalid` */
export function decodeImageFields(given: JsonObject, where: string): AskedImages {
  const fields = inOneSpelling(given);
  return {
    dialect: AIGNE_MEDIA,
    prompt: requiredString(fields, 'prompt', where),
    images: [...readFiles(fields, 'image', where), ...readFiles(fields, 'images', where)],
    mask: readFiles(fields, 'mask', where)[0],
    count: optionalCount(fields, 'n', where),
    size: optionalString(fields, 'size', where),
    quality: optionalString(fields, 'quality', where),
    style: optionalString(fields, 'style', where),
    background: optionalString(fields, 'background', where),
    outputFormat: optionalString(fields, 'outputFormat', where),
    outputCompression: optionalCount(fields, 'outputCompression', where),
    moderation: optionalString(fields, 'moderation', where),
    seed: optionalNumber(fields, 'seed', where),
    endUser: endUserOf(fields['user']),
    wants: readWants(fields, where),
    // No route here streams pictures.
    extra: { ...without(fields, KNOWN), ...(fields['stream'] === true ? { stream: true } : {}) },
  };
}

function inOneSpelling(given: JsonObject): JsonObject {
  const said = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(said.map(([name, value]) => [lookUp(SPELLINGS, name) ?? name, value]));
}

/** A file of the hub's own machine is none that the caller could read: it gets the bytes. */
function readWants(fields: JsonObject, where: string): AskedImages['wants'] {
  const type = optionalString(fields, 'outputFileType', where);
  if (type === 'url') return 'url';
  if (type === 'file' || type === 'local') return 'bytes';
  if (type !== undefined) throw invalid(at(where, 'outputFileType'), 'must be `url`, `file` or `local`');
  const format = optionalString(fields, 'responseFormat', where);
  if (format === 'url') return 'url';
  if (format === 'b64_json' || format === 'base64') return 'bytes';
  if (format !== undefined) throw invalid(at(where, 'responseFormat'), 'must be `url` or `b64_json`');
  return undefined;
}

/** Whether a field names at least one file. */
export function isGiven(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
}
