import type { JsonObject } from '../../kernel/json.ts';
import type { AskedVideo } from '../../protocol/media.ts';
import type { Usage } from '../../protocol/usage.ts';
import { encodeCharge, frameworkTokens } from '../aigne-charge.ts';
import type { ToldCharge } from '../contract.ts';
import { at, invalid, optionalObject, optionalString, readModel, requiredString, without } from '../fields.ts';
import { AIGNE_MEDIA } from './name.ts';
import { readFile } from './read-files.ts';

/**
 * Films as `@aigne/aigne-hub` asks for them at `/api/v2/video`: one call, answered when the film is there.
 * https://www.npmjs.com/package/@aigne/aigne-hub
 */

/** The model of a film for which none is named, as the client library has it. */
const DEFAULT_VIDEO_MODEL = 'openai/sora-2';
const SECONDS_MAX = 3600;
const INPUT = 'input';
const OPTIONS = 'input.modelOptions';
const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'modelOptions',
  'prompt',
  'image',
  'size',
  'seconds',
  'outputFileType',
  // How the client itself hands files on.
  'preferInputFileType',
]);

/** A request for a film, the model that is to make it, and how its caller wants to have it. */
export type AskedAigneVideo = {
  readonly model: string;
  readonly asked: AskedVideo;
  readonly wants: 'url' | 'bytes';
};

/** What stands in the input itself goes before an option of the same name. @throws GatewayError `request.invalid` */
export function decodeAigneVideo(body: JsonObject): AskedAigneVideo {
  const input = optionalObject(body, INPUT) ?? {};
  const options = optionalObject(input, 'modelOptions', INPUT) ?? {};
  const fields = { ...options, ...said(input) };
  const { image } = fields;
  return {
    model: modelOf(input, options),
    asked: {
      dialect: AIGNE_MEDIA,
      prompt: requiredString(fields, 'prompt', INPUT),
      size: optionalString(fields, 'size', INPUT),
      seconds: readSeconds(fields),
      image: image === undefined || image === null ? undefined : readFile(image, at(INPUT, 'image')),
      extra: without(fields, KNOWN),
    },
    wants: readWants(fields),
  };
}

function said(input: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined && value !== null));
}

function modelOf(input: JsonObject, options: JsonObject): string {
  if (isGiven(input['model'])) return readModel(input, 'model', INPUT);
  return isGiven(options['model']) ? readModel(options, 'model', OPTIONS) : DEFAULT_VIDEO_MODEL;
}

function isGiven(value: JsonObject[string]): boolean {
  return value !== undefined && value !== null;
}

/** The framework writes the number as a string. */
function readSeconds(fields: JsonObject): number | undefined {
  const { seconds } = fields;
  if (!isGiven(seconds)) return undefined;
  const number = typeof seconds === 'string' && seconds.trim() !== '' ? Number(seconds) : seconds;
  if (typeof number === 'number' && number > 0 && number <= SECONDS_MAX) return number;
  throw invalid(at(INPUT, 'seconds'), 'must be a number of seconds');
}

/** A file of the hub's own machine is none that the caller could read: it gets the bytes. */
function readWants(fields: JsonObject): AskedAigneVideo['wants'] {
  const type = optionalString(fields, 'outputFileType', INPUT);
  if (type === undefined || type === 'file' || type === 'local') return 'bytes';
  if (type === 'url') return 'url';
  throw invalid(at(INPUT, 'outputFileType'), 'must be `url`, `file` or `local`');
}

/** A film that was made, for the framework's client. */
export type MadeVideo = {
  /** Its address, or its bytes. */
  readonly file: { readonly url: string } | { readonly data: Buffer };
  readonly mediaType: string;
  readonly model: string;
  readonly modelWithProvider: string;
  readonly seconds: number | undefined;
  readonly usage: Usage;
  readonly recordId: string;
  readonly charge: ToldCharge | undefined;
};

/**
 * The answer as bytes, because a film in base64 is large and is written once. The client takes usage only where both of
 * its numbers are there, and length only as a number.
 */
export function encodeAigneVideo({ file, mediaType, ...made }: MadeVideo): Buffer {
  const { recordId, charge } = made;
  const tokens = frameworkTokens(made.usage, charge);
  const rest = JSON.stringify({
    ...(tokens === undefined ? {} : { usage: { ...tokens, modelCallId: recordId, ...encodeCharge(charge, recordId) } }),
    model: made.model,
    modelWithProvider: made.modelWithProvider,
    seconds: made.seconds,
  });
  const kind = JSON.stringify('url' in file ? { type: 'url', url: file.url } : { type: 'file' });
  const type = JSON.stringify(mediaType);
  const head = `{"videos":[${kind.slice(0, -1)},"mimeType":${type}`;
  const tail = `}],${rest.slice(1)}`;
  if ('url' in file) return Buffer.from(`${head}${tail}`);
  return Buffer.from(`${head},"data":"${file.data.toString('base64')}"${tail}`);
}
