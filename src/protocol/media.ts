import type { GatewayError } from '../kernel/errors.ts';
import type { JsonValue } from '../kernel/json.ts';
import type { ReadUsage, Usage } from './usage.ts';

/** Pictures, sound and films asked for and made, in no dialect's own form. */

/** A file that a caller sends along. */
export type MediaFile = {
  readonly mediaType: string;
  readonly data: Buffer;
  readonly filename: string | undefined;
};

/** A file that a caller sends along, or the address at which it lies. */
export type GivenFile = MediaFile | { readonly url: string };

/** A request for pictures as its caller wrote it: files that are told by their address are not fetched yet. */
export type AskedImages = Omit<ImagesRequest, 'images' | 'mask'> & {
  readonly images: readonly GivenFile[];
  readonly mask: GivenFile | undefined;
};

/** A request for pictures: new ones, or others made out of those that are sent along. */
export type ImagesRequest = {
  /** The wire format in which it came: its extra fields mean something there. */
  readonly dialect: string;
  readonly prompt: string;
  /** What to start from; empty for a picture out of words alone. */
  readonly images: readonly MediaFile[];
  /** Where the first picture may be changed: its transparent places. */
  readonly mask: MediaFile | undefined;
  readonly count: number | undefined;
  /** `1024x1024`, `auto`, or a word of the provider's own. */
  readonly size: string | undefined;
  readonly quality: string | undefined;
  readonly style: string | undefined;
  readonly background: string | undefined;
  /** `png`, `jpeg`, `webp`. */
  readonly outputFormat: string | undefined;
  readonly outputCompression: number | undefined;
  readonly moderation: string | undefined;
  readonly seed: number | undefined;
  readonly endUser: string | undefined;
  /** What the caller wants to get: an address or the bytes; `undefined` where it did not say. */
  readonly wants: 'url' | 'bytes' | undefined;
  /** Fields that have no common name; each is a loss for another dialect. */
  readonly extra: Readonly<Record<string, JsonValue | undefined>>;
};

/** A picture that was made: its bytes in base64, or where they are for a while. */
export type MadeImage = {
  readonly source:
    | { readonly from: 'base64'; readonly mediaType: string; readonly data: string }
    | { readonly from: 'url'; readonly url: string; readonly mediaType: string | undefined };
  /** The prompt as the provider rewrote it. */
  readonly revisedPrompt: string | undefined;
};

export type ImagesResponse = {
  readonly images: readonly MadeImage[];
  /** Size and quality as made, in the provider's own words: what prices depend on. */
  readonly size: string | undefined;
  readonly quality: string | undefined;
  /** `transparent` or `opaque`, and `png`, `jpeg` or `webp`, where the provider says. */
  readonly background: string | undefined;
  readonly outputFormat: string | undefined;
  readonly servedModel: string | undefined;
  /** `images` counts what came back. */
  readonly usage: ReadUsage;
  /** Why there is no picture, or one is missing. What was used counts all the same. */
  readonly fault: GatewayError | undefined;
};

/** Size and quality of what was made, in the provider's own words: prices may depend on them. */
export type MadeAs = { readonly imageSize?: string | undefined; readonly imageQuality?: string | undefined };

/** A request for a film as its caller wrote it: a picture that is told by its address is not fetched yet. */
export type AskedVideo = Omit<VideoRequest, 'image'> & { readonly image: GivenFile | undefined };

/** A request for a film. */
export type VideoRequest = {
  /** The wire format in which it came: its extra fields mean something there. */
  readonly dialect: string;
  readonly prompt: string;
  /** `1280x720`, or a word of the provider's own. */
  readonly size: string | undefined;
  readonly seconds: number | undefined;
  /** The first picture. */
  readonly image: MediaFile | undefined;
  readonly extra: Readonly<Record<string, JsonValue | undefined>>;
};

/** A film in the making, as its provider tells of it. */
export type VideoJob = {
  /** The provider's own id. */
  readonly id: string;
  readonly status: 'queued' | 'running' | 'done' | 'failed';
  /** Per cent, where the provider says. */
  readonly progress: number | undefined;
  readonly error: { readonly code: string | undefined; readonly message: string } | undefined;
  readonly createdAtSeconds: number | undefined;
  readonly seconds: number | undefined;
  readonly size: string | undefined;
  /** Where the film lies, for providers that give an address of it. */
  readonly url: string | undefined;
  readonly servedModel: string | undefined;
  /** What the provider bills, by the second or by the token; told once the film is done. */
  readonly usage: ReadUsage;
};

/** What a provider has of a film besides the film itself. */
export type VideoVariant = 'video' | 'thumbnail' | 'spritesheet';

/** What a film is counted in: its length, and its tokens at a provider that bills those. */
export type FilmMeasure = { readonly seconds: number; readonly outputTokens?: number | undefined };

/** What a film that is asked for so can be billed for at most, and likely is, before its provider has said anything. */
export type BoundVideo = { readonly most: FilmMeasure; readonly likely: FilmMeasure; readonly made: MadeAs };

/** What a film will be billed for before it is made, and how long and how large it will be. */
export type ExpectedVideo = {
  readonly seconds: number | undefined;
  readonly usage: Usage;
  readonly made: MadeAs;
};
