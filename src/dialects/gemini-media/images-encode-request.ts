import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { ImagesRequest } from '../../protocol/media.ts';
import type { Target } from '../contract.ts';
import { Losses } from '../losses.ts';
import type { EncodedMediaCall } from '../media-contract.ts';
import { familyOf, type PictureFamily } from './images-families.ts';
import { SHAPE_FIELDS, shapeOf } from './images-size.ts';
import { bareModel } from './name.ts';

/** Extra fields that a family knows, under either spelling. */
const DRAWING_FIELDS: ReadonlyMap<string, string> = new Map([
  ['temperature', 'temperature'],
  ['topP', 'topP'],
  ['top_p', 'topP'],
  ['topK', 'topK'],
  ['top_k', 'topK'],
]);
const PREDICTING_FIELDS: ReadonlyMap<string, string> = new Map([
  ['personGeneration', 'personGeneration'],
  ['person_generation', 'personGeneration'],
  ['guidanceScale', 'guidanceScale'],
  ['guidance_scale', 'guidanceScale'],
  ['language', 'language'],
]);
/** Words that ask for what is made anyway. */
const USUAL_QUALITIES: ReadonlySet<string> = new Set(['auto', 'standard']);
const USUAL_BACKGROUNDS: ReadonlySet<string> = new Set(['auto', 'opaque']);
const IMAGEN_TYPES: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpeg', 'image/jpeg'],
  ['jpg', 'image/jpeg'],
]);
const UNKNOWN = 'the model knows no such field';

/**
 * A request for pictures, in a conversation or as a prediction, by the model's family:
 * https://ai.google.dev/gemini-api/docs/image-generation and https://ai.google.dev/gemini-api/docs/imagen
 */
export function encodeImagesRequest(asked: ImagesRequest, target: Target): EncodedMediaCall {
  const request = withImageConfig(asked);
  const losses = new Losses();
  const family = familyOf(target.upstreamModel);
  const { aspectRatio, imageSize } = shapeOf(request, family, losses);
  noteUnsaid(request, losses);
  const encoding = { request, family, shape: { aspectRatio, imageSize }, losses };
  const body = family.method === 'predict' ? predictionOf(encoding) : conversationOf(encoding);
  return {
    call: {
      method: 'POST',
      path: `${target.path}/${encodeURIComponent(bareModel(target.upstreamModel))}:${family.method}`,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
    },
    losses: losses.list,
    asked: { imageSize: imageSize ?? family.sizes[0] },
    count: Math.min(Math.max(request.count ?? 1, 1), family.countMax),
  };
}

/** `imageConfig` as Google's own library has it is the same as its fields. */
function withImageConfig(request: ImagesRequest): ImagesRequest {
  const { imageConfig, image_config, ...extra } = request.extra;
  const config = imageConfig ?? image_config;
  if (config === undefined) return request;
  return { ...request, extra: { ...extra, ...(isJsonObject(config) ? config : { imageConfig: config }) } };
}

type Encoding = {
  readonly request: ImagesRequest;
  readonly family: PictureFamily;
  readonly shape: { readonly aspectRatio: string | undefined; readonly imageSize: string | undefined };
  readonly losses: Losses;
};

function conversationOf({ request, family, shape, losses }: Encoding): JsonObject {
  noteCount(request, family, losses);
  losses.addIf(request.outputFormat, 'outputFormat', 'the model chooses it');
  losses.addIf(request.outputCompression, 'outputCompression', 'the model chooses it');
  const isShaped = shape.aspectRatio !== undefined || shape.imageSize !== undefined;
  const pictures = request.images.map(({ mediaType, data }) => ({
    inlineData: { mimeType: mediaType, data: data.toString('base64') },
  }));
  return {
    contents: [{ role: 'user', parts: [{ text: request.prompt }, ...pictures] }],
    generationConfig: {
      responseModalities: [...family.modalities],
      seed: request.seed,
      ...(isShaped ? { imageConfig: shape } : {}),
      ...keptExtra(request, DRAWING_FIELDS, losses),
    },
  };
}

function predictionOf({ request, family, shape, losses }: Encoding): JsonObject {
  // Only Vertex AI's Imagen starts from pictures: https://ai.google.dev/gemini-api/docs/imagen
  if (request.images.length > 0) losses.add('images', 'the model draws out of words alone');
  losses.addIf(request.seed, 'seed', UNKNOWN);
  const count = noteCount(request, family, losses);
  const mimeType = request.outputFormat === undefined ? undefined : IMAGEN_TYPES.get(request.outputFormat);
  if (mimeType === undefined) losses.addIf(request.outputFormat, 'outputFormat', 'the model knows PNG and JPEG');
  const hasOptions = mimeType !== undefined || request.outputCompression !== undefined;
  return {
    instances: [{ prompt: request.prompt }],
    parameters: {
      sampleCount: count,
      aspectRatio: shape.aspectRatio,
      sampleImageSize: shape.imageSize,
      ...(hasOptions ? { outputOptions: { mimeType, compressionQuality: request.outputCompression } } : {}),
      ...keptExtra(request, PREDICTING_FIELDS, losses),
    },
  };
}

/** How many pictures are asked for, at most what the model makes in one answer. */
function noteCount({ count = 1 }: ImagesRequest, { countMax }: PictureFamily, losses: Losses): number {
  if (count > countMax) losses.add('count', `the model makes at most ${countMax} in one answer`);
  return Math.min(Math.max(count, 1), countMax);
}

function keptExtra(
  { extra }: ImagesRequest,
  known: ReadonlyMap<string, string>,
  losses: Losses,
): Record<string, JsonValue | undefined> {
  const kept: Record<string, JsonValue | undefined> = {};
  for (const [field, value] of Object.entries(extra)) {
    const name = known.get(field);
    if (name !== undefined) kept[name] = value;
    else if (field === 'partial_images') losses.addIf(value === 0 ? undefined : value, field, 'the answer comes whole');
    else if (!SHAPE_FIELDS.has(field)) losses.addIf(value ?? undefined, field, UNKNOWN);
  }
  return kept;
}

function noteUnsaid(request: ImagesRequest, losses: Losses): void {
  const { quality, background, moderation } = request;
  losses.addIf(request.mask, 'mask', 'the model knows no masks');
  losses.addIf(request.style, 'style', UNKNOWN);
  losses.addIf(request.endUser, 'endUser', UNKNOWN);
  if (quality !== undefined && !USUAL_QUALITIES.has(quality)) losses.add('quality', UNKNOWN);
  if (background !== undefined && !USUAL_BACKGROUNDS.has(background)) losses.add('background', UNKNOWN);
  if (moderation !== undefined && moderation !== 'auto') losses.add('moderation', UNKNOWN);
}
