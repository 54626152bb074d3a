import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { VideoRequest } from '../../protocol/media.ts';
import type { Target } from '../contract.ts';
import { Losses } from '../losses.ts';
import type { EncodedMediaCall } from '../media-contract.ts';
import { shapeOf } from './videos-shape.ts';

/**
 * Ark's own fields that change the film and nothing else: those that change its price or its way back (`service_tier`,
 * `draft`, `return_last_frame`, `callback_url`) are not the caller's to set.
 */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  'resolution',
  'ratio',
  'frames',
  'seed',
  'camera_fixed',
  'watermark',
  'generate_audio',
]);

/** A request for a film: the words and the first picture as content, the rest beside it. */
export function encodeVideoCreate(request: VideoRequest, { path, upstreamModel }: Target): EncodedMediaCall {
  const losses = new Losses();
  const { prompt, image, seconds } = request;
  const content: JsonValue[] = [{ type: 'text', text: prompt }];
  if (image !== undefined) {
    const url = `data:${image.mediaType};base64,${image.data.toString('base64')}`;
    content.push({ type: 'image_url', image_url: { url }, role: 'first_frame' });
  }
  const body: JsonObject = {
    model: upstreamModel,
    content,
    ...sizeFields(request, losses),
    ...(seconds === undefined ? {} : { duration: seconds }),
    ...extraFields(request, losses),
  };
  return {
    call: {
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
    },
    losses: losses.list,
  };
}

function sizeFields({ size }: VideoRequest, losses: Losses): JsonObject {
  if (size === undefined) return {};
  const shape = shapeOf(size);
  if (shape === undefined) losses.add('size', 'Seedance makes 480p, 720p and 1080p in a few aspect ratios');
  return { ...shape };
}

function extraFields({ extra }: VideoRequest, losses: Losses): JsonObject {
  const fields: JsonObject = {};
  for (const [field, value] of Object.entries(extra)) {
    if (OWN_FIELDS.has(field) && isScalar(value)) fields[field] = value;
    else losses.addIf(value ?? undefined, field, 'Ark has no such field for films, or the hub does not send it');
  }
  return fields;
}

function isScalar(value: JsonValue | undefined): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
