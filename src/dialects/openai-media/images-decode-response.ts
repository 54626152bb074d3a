import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { ImagesResponse, MadeImage } from '../../protocol/media.ts';
import { parseDataUrl } from '../fields.ts';
import { imageTypeOf, imageTypeOfFormat } from '../image-type.ts';
import { carriedFault } from './carried-fault.ts';
import { readImagesUsage } from './images-usage.ts';

/**
 * The pictures that came: https://platform.openai.com/docs/api-reference/images/object
 * @throws GatewayError `upstream.invalid_answer`, or the fault that the answer carries
 */
export function decodeImagesResponse(body: Buffer): ImagesResponse {
  const answer = parseJsonOrUndefined(body.toString());
  if (!isJsonObject(answer)) throw new GatewayError('upstream.invalid_answer');
  const fault = carriedFault(answer);
  if (fault !== undefined) throw fault;
  const { data } = answer;
  if (!Array.isArray(data)) throw new GatewayError('upstream.invalid_answer');
  const outputFormat = textOf(answer, 'output_format');
  const images = data
    .filter((item) => isJsonObject(item))
    .map((item) => readImage(item, outputFormat))
    .filter((image) => image !== undefined);
  return {
    images,
    size: textOf(answer, 'size'),
    quality: textOf(answer, 'quality'),
    background: textOf(answer, 'background'),
    outputFormat,
    servedModel: textOf(answer, 'model'),
    usage: readImagesUsage(answer['usage'], images.length, answer['svg_usage']),
    fault: undefined,
  };
}

/** A picture that holds neither bytes nor an address is none. */
function readImage(item: JsonObject, outputFormat: string | undefined): MadeImage | undefined {
  const revisedPrompt = textOf(item, 'revised_prompt');
  const given = textOf(item, 'b64_json') ?? textOf(item, 'url');
  if (given === undefined) return undefined;
  const embedded = parseDataUrl(given);
  if (embedded !== undefined) return { source: { from: 'base64', ...embedded }, revisedPrompt };
  const toldType = imageTypeOfFormat(outputFormat);
  if (item['b64_json'] === given) {
    const mediaType = imageTypeOf(given) ?? toldType ?? 'image/png';
    return { source: { from: 'base64', mediaType, data: given }, revisedPrompt };
  }
  return { source: { from: 'url', url: given, mediaType: toldType }, revisedPrompt };
}

function textOf(object: JsonObject, field: string): string | undefined {
  const value = object[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
