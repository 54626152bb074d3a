import type { GatewayError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import type {
  AskedImages,
  BoundVideo,
  ExpectedVideo,
  ImagesRequest,
  ImagesResponse,
  MadeAs,
  VideoJob,
  VideoRequest,
  VideoVariant,
} from '../protocol/media.ts';
import type { Loss } from '../protocol/records.ts';
import type { Usage } from '../protocol/usage.ts';
import type { Answering, FaultAnswer, Target } from './contract.ts';
import type { FormPart } from './multipart.ts';

/** How pictures and films are asked of a provider. Pure, like every dialect: see contract.ts. */
export type MediaDialect = {
  readonly name: string;
  readonly images?: ImagesFace;
  readonly videos?: VideosFace;
  readonly decodeFault: (answer: FaultAnswer, nowMs: number) => GatewayError;
};

/** A call in its provider's form, before it is signed. Headers hold the content type of the body. */
export type MediaCall = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
};

export type EncodedMediaCall = {
  readonly call: MediaCall;
  readonly losses: readonly Loss[];
  /** What was asked for, in the provider's words: for answers that do not say what was made. */
  readonly asked?: MadeAs | undefined;
  /** How many pictures the call asks for at most. */
  readonly count?: number | undefined;
};

export type ImagesFace = {
  /** New pictures, or changed ones where the request brings some. `boundary` parts a multipart body. */
  readonly encodeRequest: (request: ImagesRequest, target: Target & { readonly boundary: string }) => EncodedMediaCall;
  /** @throws GatewayError `upstream.invalid_answer`, or the fault that it carries */
  readonly decodeResponse: (body: Buffer) => ImagesResponse;
};

export type VideosFace = {
  /** How long to wait between two questions after a film in the making. Milliseconds. */
  readonly pollMs: number;
  readonly encodeCreate: (request: VideoRequest, target: Target & { readonly boundary: string }) => EncodedMediaCall;
  /**
   * Reads what creating or asking after a film is answered with. `id` is the film's where the answer does not repeat it.
   * @throws GatewayError `upstream.invalid_answer`, or the fault that it carries
   */
  readonly decodeJob: (body: Buffer, id: string | undefined) => VideoJob;
  /** What a film that was asked for so will be billed for: what the answer says, else the request, else the default. */
  readonly expect: (asked: Pick<VideoRequest, 'seconds' | 'size' | 'extra'>, job: VideoJob) => ExpectedVideo;
  /** The most that a film asked for so may be billed for; what cannot be told from the request is taken for the dearest. */
  readonly bound: (asked: Pick<VideoRequest, 'prompt' | 'seconds' | 'size' | 'extra'>) => BoundVideo;
  readonly encodeStatus: (id: string, target: Target) => MediaCall;
  /** Where the film is fetched with the provider's credential; `undefined` where only `VideoJob.url` leads to it. */
  readonly encodeContent: (job: VideoJob, target: Target, variant: VideoVariant) => MediaCall | undefined;
  /** `undefined` where the provider cannot be told to delete one. */
  readonly encodeDelete: ((id: string, target: Target) => MediaCall) | undefined;
  /** A film made anew out of another; the caller's own body goes on. `undefined` where the provider knows no such thing. */
  readonly encodeRemix: ((id: string, given: GivenBody, target: Target) => MediaCall) | undefined;
};

/** A body that goes on as it came. */
export type GivenBody = { readonly raw: Buffer; readonly contentType: string };

/** A request as it came: JSON, or a form with its parts and its plain fields as strings in `body`. */
export type GivenMedia = {
  readonly raw: Buffer;
  readonly body: JsonObject;
  readonly parts: readonly FormPart[] | undefined;
};

/** What a request for pictures says of itself. */
export type ImagesHead = {
  readonly model: string;
  readonly streamed: boolean;
  /** Whether pictures are sent along. */
  readonly hasImages: boolean;
  readonly endUser: string | undefined;
};

/** What an answer may say beyond what its provider said. `usage` is what was booked. */
export type AnsweringImages = Pick<Answering, 'recordId' | 'model' | 'modelWithProvider' | 'nowSeconds' | 'charge'> & {
  readonly usage: Usage;
};

/** How callers ask for pictures. Pure, like every dialect: see contract.ts. */
export type InboundMediaDialect = { readonly name: string; readonly images: InboundImages };

export type InboundImages = {
  /** @throws GatewayError `request.invalid` */
  readonly readHead: (given: GivenMedia) => ImagesHead;
  /** @throws GatewayError `request.invalid` with the path of the field that is wrong */
  readonly decodeRequest: (given: GivenMedia) => AskedImages;
  readonly encodeResponse: (response: ImagesResponse, answering: AnsweringImages) => JsonObject;
  /** The answer as a stream, for a caller who asked for one; `undefined` where the format knows none. */
  readonly encodeStream:
    | ((response: ImagesResponse, answering: AnsweringImages, made: 'new' | 'edited') => string)
    | undefined;
};
