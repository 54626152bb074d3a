import type { ModelFacts } from '../protocol/configuration.ts';
import { type EndpointQuirks, NO_QUIRKS } from '../protocol/deployment.ts';
import type { ImagesRequest, MediaFile, VideoRequest } from '../protocol/media.ts';
import type { Target } from './contract.ts';

/** Requests and targets for the tests of dialects that make pictures. */

const NO_FACTS: ModelFacts = {
  displayName: undefined,
  contextTokens: undefined,
  maxOutputTokens: undefined,
  inputModalities: undefined,
  outputModalities: undefined,
  embeddingDimensions: undefined,
  createdAt: undefined,
};

/** One pixel. */
export const PNG_BASE64 =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** A picture that is sent along. */
export const PNG_FILE: MediaFile = {
  mediaType: 'image/png',
  data: Buffer.from(PNG_BASE64, 'base64'),
  filename: undefined,
};

/** A request that asks for nothing but one picture. */
export function imagesRequest(fields: Partial<ImagesRequest> = {}): ImagesRequest {
  return {
    dialect: 'another-dialect',
    prompt: 'a lighthouse',
    images: [],
    mask: undefined,
    count: undefined,
    size: undefined,
    quality: undefined,
    style: undefined,
    background: undefined,
    outputFormat: undefined,
    outputCompression: undefined,
    moderation: undefined,
    seed: undefined,
    endUser: undefined,
    wants: undefined,
    extra: {},
    ...fields,
  };
}

/** Where a model's pictures are asked for. */
export function mediaTarget(
  upstreamModel: string,
  { path = '/v1/images/generations', quirks = {} }: { path?: string; quirks?: Partial<EndpointQuirks> } = {},
): Target & { readonly boundary: string } {
  return {
    upstreamModel,
    path,
    quirks: { ...NO_QUIRKS, ...quirks },
    facts: NO_FACTS,
    newId: (prefix) => `${prefix}_1`,
    boundary: 'boundary',
  };
}

/** A request for a film as an AIGNE caller would have it, with nothing said but its words. */
export function videoRequest(fields: Partial<VideoRequest> = {}): VideoRequest {
  return {
    dialect: 'aigne-media',
    prompt: 'a calm sea',
    size: undefined,
    seconds: undefined,
    image: undefined,
    extra: {},
    ...fields,
  };
}
