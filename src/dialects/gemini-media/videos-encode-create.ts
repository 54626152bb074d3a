import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { VideoRequest } from '../../protocol/media.ts';
import type { Target } from '../contract.ts';
import { Losses } from '../losses.ts';
import type { EncodedMediaCall } from '../media-contract.ts';
import { aspectRatioOf, frameSizeOf, shortSideOf } from '../video-frame.ts';
import { bareModel } from './name.ts';

/** Shapes of a film: https://ai.google.dev/gemini-api/docs/video#veo-model-parameters */
const RATIOS: ReadonlySet<string> = new Set(['16:9', '9:16']);
const RESOLUTIONS: ReadonlyMap<number, string> = new Map([
  [720, '720p'],
  [1080, '1080p'],
  [2160, '4k'],
]);
const RESOLUTION_WORDS: ReadonlySet<string> = new Set(RESOLUTIONS.values());
/** Google's own fields, and the names under which callers send them. */
const OWN_FIELDS: ReadonlyMap<string, string> = new Map([
  ['negativePrompt', 'negativePrompt'],
  ['negative_prompt', 'negativePrompt'],
  ['personGeneration', 'personGeneration'],
  ['person_generation', 'personGeneration'],
  ['aspectRatio', 'aspectRatio'],
  ['aspect_ratio', 'aspectRatio'],
  ['resolution', 'resolution'],
]);

/** A request for a film: one instance and its parameters. The model stands in the path. */
export function encodeVideoCreate(request: VideoRequest, { path, upstreamModel }: Target): EncodedMediaCall {
  const losses = new Losses();
  const { prompt, image } = request;
  const instance = {
    prompt,
    ...(image === undefined
      ? {}
      : { image: { bytesBase64Encoded: image.data.toString('base64'), mimeType: image.mediaType } }),
  };
  const parameters = encodeParameters(request, losses);
  const body = { instances: [instance], ...(Object.keys(parameters).length === 0 ? {} : { parameters }) };
  return {
    call: {
      method: 'POST',
      path: `${path}/${encodeURIComponent(bareModel(upstreamModel))}:predictLongRunning`,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
    },
    losses: losses.list,
  };
}

/** The resolution of a film that was asked for so, in Google's word; `undefined` where nothing was said of it. */
export function resolutionAsked({ size, extra }: Pick<VideoRequest, 'size' | 'extra'>): string | undefined {
  const { resolution } = extra;
  return (typeof resolution === 'string' ? resolution.toLowerCase() : undefined) ?? shapeOf(size ?? '')?.resolution;
}

function encodeParameters({ size, seconds, extra }: VideoRequest, losses: Losses): JsonObject {
  const shape = size === undefined ? {} : shapeOf(size);
  if (shape === undefined) losses.add('size', 'Veo makes 16:9 and 9:16 in 720p, 1080p and 4k');
  const parameters: JsonObject = { ...shape };
  if (seconds !== undefined) parameters['durationSeconds'] = seconds;
  for (const [field, value] of Object.entries(extra)) {
    const name = OWN_FIELDS.get(field);
    if (name !== undefined && isWord(value)) parameters[name] = value;
    else losses.addIf(value ?? undefined, field, 'the Gemini API has no such field for films');
  }
  return parameters;
}

/** Pixels or a word → Google's words; `undefined` for what Veo does not make. */
function shapeOf(size: string): { aspectRatio?: string; resolution?: string } | undefined {
  const word = size.toLowerCase();
  if (RATIOS.has(word)) return { aspectRatio: word };
  if (RESOLUTION_WORDS.has(word)) return { resolution: word };
  const frame = frameSizeOf(size);
  if (frame === undefined) return undefined;
  const aspectRatio = aspectRatioOf(frame);
  const resolution = RESOLUTIONS.get(shortSideOf(frame));
  return RATIOS.has(aspectRatio) && resolution !== undefined ? { aspectRatio, resolution } : undefined;
}

function isWord(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value !== '';
}
