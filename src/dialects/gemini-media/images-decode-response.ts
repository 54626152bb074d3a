import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { ImagesResponse, MadeImage } from '../../protocol/media.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import { carriedGoogleFault } from '../google-fault.ts';
import { readGoogleUsage } from '../google-usage.ts';
import { imageTypeOf } from '../image-type.ts';
import { providerFault } from '../provider-fault.ts';

/** Why a model stopped, where it was for what the picture shows: https://ai.google.dev/api/generate-content#FinishReason */
const REFUSALS: ReadonlySet<string> = new Set([
  'SAFETY',
  'RECITATION',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
]);

const NOTHING_TOLD = { size: undefined, quality: undefined, background: undefined, outputFormat: undefined };

/**
 * The pictures of a conversation or of a prediction.
 * @throws GatewayError `upstream.invalid_answer`, or the fault that the answer carries
 */
export function decodeImagesResponse(body: Buffer): ImagesResponse {
  const answer = parseJsonOrUndefined(body.toString());
  const fault = carriedGoogleFault(answer);
  if (fault !== undefined) throw fault;
  if (!isJsonObject(answer)) throw new GatewayError('upstream.invalid_answer');
  if (isConversation(answer)) return readConversation(answer);
  // A prediction of which nothing may be shown is an empty object.
  return readPrediction(Array.isArray(answer['predictions']) ? answer['predictions'] : []);
}

function isConversation(answer: JsonObject): boolean {
  return ['candidates', 'promptFeedback', 'usageMetadata'].some((field) => answer[field] !== undefined);
}

function readConversation(answer: JsonObject): ImagesResponse {
  const candidates = objectsOf(answer['candidates']);
  const parts = candidates.flatMap(({ content }) => (isJsonObject(content) ? objectsOf(content['parts']) : []));
  const images = parts.map(imageOfPart).filter((image) => image !== undefined);
  const { usage, anomalies } = readGoogleUsage(answer['usageMetadata']);
  const { modelVersion } = answer;
  return {
    ...NOTHING_TOLD,
    images,
    servedModel: typeof modelVersion === 'string' && modelVersion !== '' ? modelVersion : undefined,
    usage: { usage: { ...usage, images: images.length }, anomalies },
    fault: images.length > 0 ? undefined : whyNone(answer, candidates, parts),
  };
}

/** Sketches that a model makes while it thinks are no pictures of the answer. */
function imageOfPart(part: JsonObject): MadeImage | undefined {
  const inline = part['inlineData'] ?? part['inline_data'];
  if (part['thought'] === true || !isJsonObject(inline)) return undefined;
  return imageOf(inline['data'], inline['mimeType'] ?? inline['mime_type']);
}

function imageOf(data: JsonValue | undefined, toldType: JsonValue | undefined): MadeImage | undefined {
  if (typeof data !== 'string' || data === '') return undefined;
  const mediaType = typeof toldType === 'string' ? toldType : (imageTypeOf(data) ?? 'image/png');
  return { source: { from: 'base64', mediaType, data }, revisedPrompt: undefined };
}

/** A model that draws nothing blocked the prompt, refused the picture, or said something instead. */
function whyNone(answer: JsonObject, candidates: readonly JsonObject[], parts: readonly JsonObject[]): GatewayError {
  const feedback = isJsonObject(answer['promptFeedback']) ? answer['promptFeedback'] : {};
  const reason = feedback['blockReason'] ?? candidates.map((candidate) => candidate['finishReason']).find(isSaid);
  const explained = [feedback['blockReasonMessage'], ...candidates.map((candidate) => candidate['finishMessage'])];
  const spoken = parts.filter((part) => part['thought'] !== true).map((part) => part['text']);
  const message = [...explained, ...spoken].filter((text) => typeof text === 'string').join(' ');
  const code = typeof reason === 'string' ? reason : undefined;
  const isRefusal = feedback['blockReason'] !== undefined || REFUSALS.has(code ?? '');
  return providerFault(
    { status: 200, message, code },
    isRefusal ? 'upstream.content_policy' : 'upstream.invalid_answer',
  );
}

function isSaid(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && value !== '';
}

/** Predictions are told in pictures alone; those that are filtered out say why where they may. */
function readPrediction(predictions: readonly JsonValue[]): ImagesResponse {
  const rows = predictions.filter((prediction) => isJsonObject(prediction));
  const images = rows
    .map((row) => imageOf(row['bytesBase64Encoded'], row['mimeType']))
    .filter((row) => row !== undefined);
  const filtered = rows.map((row) => row['raiFilteredReason']).find((reason) => typeof reason === 'string');
  const isWhole = images.length > 0 && filtered === undefined;
  return {
    ...NOTHING_TOLD,
    images,
    servedModel: undefined,
    usage: { usage: { ...NO_USAGE, images: images.length }, anomalies: [] },
    fault: isWhole ? undefined : filteredOut(filtered),
  };
}

function filteredOut(reason: string | undefined): GatewayError {
  return providerFault({ status: 200, message: reason ?? '', code: undefined }, 'upstream.content_policy');
}

function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => isJsonObject(item)) : [];
}
