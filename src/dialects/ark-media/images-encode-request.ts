import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { ImagesRequest } from '../../protocol/media.ts';
import type { Target } from '../contract.ts';
import { Losses } from '../losses.ts';
import type { EncodedMediaCall } from '../media-contract.ts';
import { type ArkFamily, familyOf } from './images-families.ts';

/** Fields that have no common name, under either spelling. */
const KNOWN_EXTRA: ReadonlyMap<string, string> = new Map([
  ['guidance_scale', 'guidance_scale'],
  ['guidanceScale', 'guidance_scale'],
  ['watermark', 'watermark'],
  ['sequential_image_generation', 'sequential_image_generation'],
  ['sequentialImageGeneration', 'sequential_image_generation'],
  ['sequential_image_generation_options', 'sequential_image_generation_options'],
  ['sequentialImageGenerationOptions', 'sequential_image_generation_options'],
  ['optimize_prompt_options', 'optimize_prompt_options'],
  ['optimizePromptOptions', 'optimize_prompt_options'],
  ['tools', 'tools'],
]);
const USUAL_QUALITIES: ReadonlySet<string> = new Set(['auto', 'standard']);
const USUAL_BACKGROUNDS: ReadonlySet<string> = new Set(['auto', 'opaque']);
/** Pictures of a series whose length is not said. */
const SERIES_MAX = 15;
const UNKNOWN = 'Ark has no such field';
const REFUSED = 'the model refuses it';

/** A request for pictures, new or changed, at one address: https://www.volcengine.com/docs/82379/1541523 */
export function encodeImagesRequest(request: ImagesRequest, target: Target): EncodedMediaCall {
  const losses = new Losses();
  const family = familyOf(target.upstreamModel);
  const asked: JsonObject = {
    size: sizeOf(request, family, losses),
    seed: request.seed,
    output_format: request.outputFormat,
    ...seriesOf(request, family, losses),
    ...extraOf(request, losses),
  };
  noteUnsaid(request, losses);
  const body: JsonObject = {
    model: target.upstreamModel,
    prompt: request.prompt,
    image: pictures(request, family, losses),
  };
  for (const [field, value] of Object.entries(asked)) {
    if (value === undefined) continue;
    if (family.refuses.has(field)) losses.add(field === 'output_format' ? 'outputFormat' : field, REFUSED);
    else body[field] = value;
  }
  if (request.wants !== undefined) body['response_format'] = request.wants === 'url' ? 'url' : 'b64_json';
  return {
    call: {
      method: 'POST',
      path: target.path,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
    },
    losses: losses.list,
    asked: { imageSize: typeof body['size'] === 'string' ? body['size'] : undefined },
    count: countOf(body),
  };
}

/** A series is as long as it is allowed to be, at most. */
function countOf({
  sequential_image_generation: series,
  sequential_image_generation_options: options,
}: JsonObject): number {
  if (series === undefined || series === 'disabled') return 1;
  const most = isJsonObject(options) ? options['max_images'] : undefined;
  return typeof most === 'number' && Number.isInteger(most) && most >= 1 ? most : SERIES_MAX;
}

function pictures({ images }: ImagesRequest, { imagesMax }: ArkFamily, losses: Losses): JsonValue | undefined {
  if (images.length > imagesMax) {
    losses.add('images', imagesMax === 0 ? 'the model draws out of words alone' : `the model starts from ${imagesMax}`);
  }
  const urls = images
    .slice(0, imagesMax)
    .map(({ mediaType, data }) => `data:${mediaType};base64,${data.toString('base64')}`);
  return urls.length > 1 ? urls : urls[0];
}

function sizeOf({ size }: ImagesRequest, { onlySize }: ArkFamily, losses: Losses): string | undefined {
  if (size === undefined || size === 'auto') return undefined;
  if (onlySize === undefined || size === onlySize) return size;
  losses.add('size', `the model knows only ${onlySize}`);
  return undefined;
}

/** Several pictures are a series, of which the model itself decides how long it is. */
function seriesOf({ count, extra }: ImagesRequest, { drawsSeries }: ArkFamily, losses: Losses): JsonObject {
  if (count === undefined || count <= 1) return {};
  if (!drawsSeries) {
    losses.add('count', 'the model makes one in one answer');
    return {};
  }
  const isSaid = extra['sequential_image_generation'] ?? extra['sequentialImageGeneration'];
  if (isSaid !== undefined) return {};
  losses.add('count', 'the model decides how many it makes, up to that number');
  return { sequential_image_generation: 'auto', sequential_image_generation_options: { max_images: count } };
}

function extraOf({ extra }: ImagesRequest, losses: Losses): JsonObject {
  const kept: JsonObject = {};
  for (const [field, value] of Object.entries(extra)) {
    const name = KNOWN_EXTRA.get(field);
    if (name !== undefined) kept[name] = snakeKeys(value);
    else if (field === 'partial_images') losses.addIf(value === 0 ? undefined : value, field, 'the answer comes whole');
    else losses.addIf(value ?? undefined, field, UNKNOWN);
  }
  return kept;
}

/** `{ maxImages }` → `{ max_images }`; Ark's options are flat. */
function snakeKeys(value: JsonValue | undefined): JsonValue | undefined {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), item]),
  );
}

function noteUnsaid(request: ImagesRequest, losses: Losses): void {
  const { quality, background, moderation } = request;
  losses.addIf(request.mask, 'mask', 'Ark knows no masks');
  losses.addIf(request.style, 'style', UNKNOWN);
  losses.addIf(request.outputCompression, 'outputCompression', UNKNOWN);
  losses.addIf(request.endUser, 'endUser', UNKNOWN);
  if (quality !== undefined && !USUAL_QUALITIES.has(quality)) losses.add('quality', UNKNOWN);
  if (background !== undefined && !USUAL_BACKGROUNDS.has(background)) losses.add('background', UNKNOWN);
  if (moderation !== undefined && moderation !== 'auto') losses.add('moderation', UNKNOWN);
}
