import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { ImagesResponse, MadeImage } from '../../protocol/media.ts';
import { NO_USAGE, type ReadUsage } from '../../protocol/usage.ts';
import { imageTypeOf } from '../image-type.ts';
import { type Anomalies, details, note, optionalUsage } from '../usage-counts.ts';
import { carriedArkFault } from './faults.ts';

/** Ark draws JPEG unless it is asked for another: https://www.volcengine.com/docs/82379/1541523 */
const USUAL_TYPE = 'image/jpeg';

/**
 * The pictures that came. Each of a series succeeds or fails by itself.
 * @throws GatewayError `upstream.invalid_answer`, or the fault that the answer carries
 */
export function decodeImagesResponse(body: Buffer): ImagesResponse {
  const answer = parseJsonOrUndefined(body.toString());
  if (!isJsonObject(answer)) throw new GatewayError('upstream.invalid_answer');
  const fault = carriedArkFault(answer['error']);
  const { data, model } = answer;
  if (!Array.isArray(data)) throw fault ?? new GatewayError('upstream.invalid_answer');
  const rows = data.filter((row) => isJsonObject(row));
  const images = rows.map(readImage).filter((image) => image !== undefined);
  if (images.length === 0 && fault !== undefined) throw fault;
  return {
    images,
    size: rows.map((row) => row['size']).find((size) => typeof size === 'string'),
    quality: undefined,
    background: undefined,
    outputFormat: rows.map((row) => row['output_format']).find((format) => typeof format === 'string'),
    servedModel: typeof model === 'string' && model !== '' ? model : undefined,
    usage: readUsage(answer['usage'], images.length),
    fault: fault ?? rows.map((row) => carriedArkFault(row['error'])).find((error) => error !== undefined),
  };
}

function readImage(row: JsonObject): MadeImage | undefined {
  const { url, b64_json: data } = row;
  if (typeof data === 'string' && data !== '') {
    const mediaType = imageTypeOf(data) ?? USUAL_TYPE;
    return { source: { from: 'base64', mediaType, data }, revisedPrompt: undefined };
  }
  if (typeof url !== 'string' || url === '') return undefined;
  return { source: { from: 'url', url, mediaType: undefined }, revisedPrompt: undefined };
}

/** Only pictures that succeeded are counted; `output_tokens` are their pixels in another measure. */
function readUsage(raw: JsonValue | undefined, images: number): ReadUsage {
  const anomalies: Anomalies = [];
  if (raw === undefined || raw === null) return { usage: { ...NO_USAGE, images }, anomalies };
  if (!isJsonObject(raw)) {
    note(anomalies, 'not_an_object', 'usage');
    return { usage: { ...NO_USAGE, images }, anomalies };
  }
  const generated = optionalUsage(raw, 'generated_images', anomalies);
  const imageOutputTokens = optionalUsage(raw, 'output_tokens', anomalies);
  const toolCalls = optionalUsage(details(raw, 'tool_usage', anomalies), 'web_search', anomalies);
  return { usage: { ...NO_USAGE, images: generated ?? images, imageOutputTokens, toolCalls }, anomalies };
}
