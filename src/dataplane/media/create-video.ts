import { readModel } from '../../dialects/fields.ts';
import { boundaryOf } from '../../dialects/multipart.ts';
import { OPENAI_MEDIA } from '../../dialects/openai-media/name.ts';
import {
  DEFAULT_VIDEO_MODEL,
  decodeVideoRequest,
  refuseForeignIds,
} from '../../dialects/openai-media/videos-decode-request.ts';
import { encodeVideo } from '../../dialects/openai-media/videos-encode-job.ts';
import { insertion, spliceBytes } from '../../dialects/patch-json.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { Deployment } from '../../protocol/deployment.ts';
import type { AskedVideo, GivenFile, MediaFile, VideoJob, VideoRequest } from '../../protocol/media.ts';
import type { Principal } from '../../protocol/principal.ts';
import { deploymentsIn, onlyAt } from '../../routing/turns.ts';
import { callInTurn, notExpressible, type PreparedCall } from '../call-in-turn.ts';
import type { StreamDeps } from '../caller-stream.ts';
import type { Exchange } from '../exchange.ts';
import type { FetchMedia } from '../inline-media.ts';
import { failBooked, reading, sendWhole, successOf } from '../relay-whole.ts';
import { routeCall } from '../request-facts.ts';
import { type ServeDeps, serveRequest } from '../serve-request.ts';
import { isNeverStream, type UpstreamAnswer } from '../upstream-answer.ts';
import { awaitEnd, isOver, meterVideo } from './book-video.ts';
import type { AskedSize } from './film-asked.ts';
import { boundFilm, boundPassedFilm } from './film-bound.ts';
import { bindFilm, findFilm } from './held-videos.ts';
import { holdMade } from './hold-made.ts';
import { modelText, type ReadMediaRequest, readMediaBody } from './read-media-request.ts';
import { preparedVideoCall, type VideoWay, videoWay } from './video-way.ts';

export type VideoDeps = ServeDeps & {
  /** Fetches a picture by the address that a caller gave. */
  readonly fetchGiven: FetchMedia;
};

/**
 * `POST /v1/videos`: the film is asked for, bound to the caller's project, and booked; only then the caller hears of it.
 * To a provider that speaks OpenAI's form the request goes on as it is, with only the model's name changed.
 */
export function createVideo(exchange: Exchange, deps: VideoDeps): Promise<void> {
  return serveRequest(exchange, deps, async ({ principal, access, readBody, guard, admit }) => {
    const read = readCreate(exchange, await readBody(), deps);
    refuseForeignIds(read);
    const found = routeCall(exchange, access, read, deps);
    const deployments = deploymentsIn(found.routed);
    const request = await guard(read, deployments);
    const decoded = new DecodedVideo(() => decodeVideoRequest(request), deps.fetchGiven);
    const { noteCall, relayDeps } = await admit(deployments);
    const { answer, way } = await callInTurn(
      exchange,
      {
        ...found,
        streams: isNeverStream,
        prepare: (deployment) => prepareCreate(exchange, { deployment, request, decoded }, deps),
        onCall: () => noteCall(request.body),
      },
      deps,
    );
    const asked = askedSize(request);
    await giveNewVideo(exchange, { answer, way, asked, principal, remixedFrom: undefined }, { deps, relayDeps });
  });
}

/** `POST /v1/videos/{id}/remix`: a film made anew out of another, where that one is. */
export function remixVideo(exchange: Exchange, deps: VideoDeps, id: string): Promise<void> {
  return serveRequest(exchange, deps, async ({ principal, access, readBody, guard, admit }) => {
    const given = await readBody();
    const { held, upstreamId, way } = await findFilm(id, { principal, access }, deps);
    const read = readMediaBody(exchange, given, deps.jsonLimits);
    exchange.requestedModel = held.video?.model ?? held.upstreamModel;
    const contentType = exchange.header('content-type') ?? 'application/json';
    const { raw, body } = await guard({ ...read, raw: given }, [way.deployment]);
    const call = way.face.encodeRemix?.(upstreamId, { raw, contentType }, way.target);
    if (call === undefined) throw noRemix(way);
    const { noteCall, relayDeps } = await admit([way.deployment]);
    const asked = { seconds: held.video?.seconds, size: held.video?.size, extra: {} };
    const { answer } = await callInTurn(
      exchange,
      {
        routed: onlyAt(way.deployment),
        streams: isNeverStream,
        prepare: async () => {
          const refusal = await holdMade(exchange, way.deployment, () => boundPassedFilm(body, way.face, asked));
          return refusal ?? preparedVideoCall(way, call);
        },
        onCall: () => noteCall(body),
      },
      deps,
    );
    await giveNewVideo(exchange, { answer, way, asked, principal, remixedFrom: id }, { deps, relayDeps });
  });
}

function noRemix({ deployment }: VideoWay): GatewayError {
  return notExpressible(
    [{ field: 'remix', reason: `${deployment.connection.providerName} makes no film out of another` }],
    deployment,
  );
}

/** A request with its picture fetched, once and only where a provider is to be asked in another form. */
export class DecodedVideo {
  readonly #decode: () => AskedVideo;
  readonly #fetchMedia: FetchMedia;
  #request: Promise<VideoRequest> | undefined;

  constructor(decode: () => AskedVideo, fetchMedia: FetchMedia) {
    this.#decode = decode;
    this.#fetchMedia = fetchMedia;
  }

  /** @throws GatewayError `request.invalid`, `request.media_unreachable` */
  request(): Promise<VideoRequest> {
    this.#request ??= this.#complete();
    return this.#request;
  }

  async #complete(): Promise<VideoRequest> {
    const { image, ...asked } = this.#decode();
    return { ...asked, image: image === undefined ? undefined : await this.#file(image) };
  }

  async #file(given: GivenFile): Promise<MediaFile> {
    if (!('url' in given)) return given;
    const { mediaType, data } = await this.#fetchMedia(given.url);
    return { mediaType, data: Buffer.from(data, 'base64'), filename: undefined };
  }
}

/** The call that asks a deployment for a film in its own form, or why there is none. */
export async function prepareTranslated(
  exchange: Exchange,
  { way, decoded }: { readonly way: VideoWay; readonly decoded: DecodedVideo },
  { newWireId }: Pick<VideoDeps, 'newWireId'>,
): Promise<PreparedCall<VideoWay> | GatewayError> {
  const boundary = newWireId('form');
  const request = await decoded.request();
  const { call, losses } = way.face.encodeCreate(request, { ...way.target, boundary });
  if (exchange.refusesLosses && losses.length > 0) return notExpressible(losses, way.deployment);
  const refusal = await holdMade(exchange, way.deployment, () => boundFilm(request, way.face));
  if (refusal !== undefined) return refusal;
  return preparedVideoCall(way, call, losses);
}

async function prepareCreate(
  exchange: Exchange,
  input: { readonly deployment: Deployment; readonly request: ReadMediaRequest; readonly decoded: DecodedVideo },
  deps: VideoDeps,
): Promise<PreparedCall<VideoWay> | GatewayError> {
  const { deployment, request, decoded } = input;
  const way = videoWay(deployment, deps.newWireId);
  if (way instanceof GatewayError) return way;
  if (way.dialect.name !== OPENAI_MEDIA) return prepareTranslated(exchange, { way, decoded }, deps);
  const refusal = await holdMade(exchange, deployment, () => boundPassedFilm(request.body, way.face));
  if (refusal !== undefined) return refusal;
  const headers = { 'content-type': exchange.header('content-type') ?? 'application/json' };
  const body = withModel(exchange, request, deployment.upstreamModel);
  return preparedVideoCall(way, { method: 'POST', path: way.endpoint.path, headers, body });
}

function readCreate(exchange: Exchange, raw: Buffer, { jsonLimits }: VideoDeps): ReadMediaRequest {
  const read = readMediaBody(exchange, raw, jsonLimits);
  const { model: named } = read.body;
  const model = named === undefined || named === null ? DEFAULT_VIDEO_MODEL : readModel(read.body);
  exchange.requestedModel = model;
  return {
    ...read,
    raw,
    model,
    streamed: false,
    wantsUsage: false,
    manyChoices: false,
    endUser: undefined,
    references: [],
  };
}

/** The caller's bytes with the provider's name of the model; one that named none is named where the default is another. */
function withModel(exchange: Exchange, request: ReadMediaRequest, upstreamModel: string): Buffer {
  const { raw, spans, parts } = request;
  if (upstreamModel === request.model) return raw;
  const text = modelText(request, upstreamModel);
  const span = spans.get('model');
  if (span !== undefined) return spliceBytes(raw, [{ ...span, text }]);
  if (parts === undefined) return spliceBytes(raw, [insertion(raw, `"model":${text},`)]);
  const boundary = boundaryOf(exchange.request.headers['content-type']) ?? '';
  const field = `--${boundary}\r\ncontent-disposition: form-data; name="model"\r\n\r\n${text}\r\n`;
  return Buffer.concat([Buffer.from(field), raw]);
}

/** Length and size as far as they can be read; the provider judges them. */
function askedSize({ body }: ReadMediaRequest): AskedSize {
  const seconds = Number(body['seconds'] ?? Number.NaN);
  const { size } = body;
  return {
    seconds: seconds > 0 && Number.isFinite(seconds) ? seconds : undefined,
    size: typeof size === 'string' ? size : undefined,
    extra: body,
  };
}

type NewVideo = {
  readonly answer: UpstreamAnswer;
  readonly way: VideoWay;
  readonly asked: AskedSize;
  readonly principal: Principal;
  readonly remixedFrom: string | undefined;
};

/** Binds and books a film that its provider has begun to make, then tells the caller of it. */
async function giveNewVideo(
  exchange: Exchange,
  { answer, way, asked, principal, remixedFrom }: NewVideo,
  { deps, relayDeps }: { readonly deps: VideoDeps; readonly relayDeps: StreamDeps },
): Promise<void> {
  const body = answer.body();
  const job = reading(relayDeps, () => way.face.decodeJob(body, undefined));
  exchange.firstByteMs = answer.firstByteAtMs;
  const { seconds, ...metered } = meterVideo(exchange, { job, asked, way }, deps.meter);
  // Before anything else can fail: from now on its end is charged, whatever becomes of this process.
  await awaitEnd(exchange, { job, asked, way }, metered);
  const { servedModel } = job;
  const isUnderWay = !isOver(job);
  const ending = { ...successOf(metered, { servedModel, finishReason: undefined }), isUnderWay };
  const { recordId, requestedModel: model } = exchange;
  const video = { model, seconds, size: job.size ?? asked.size, remixedFrom, recordId };
  const id = await bindFilm(exchange, { upstreamId: job.id, video, principal }, deps).catch((cause: unknown) =>
    // What cannot be bound is lost to its caller, and has to be paid for all the same.
    failBooked(ending, new GatewayError('hub.store_unavailable', { cause, retryAfterSeconds: 1 }), relayDeps),
  );
  const sent = answerOf({ exchange, body, job, way, id, video });
  exchange.wholeBytes = sent.length;
  await relayDeps.settle(ending);
  sendWhole(exchange, sent, { servedModel, metered });
}

/** The provider's own bytes where they are OpenAI's and name the film as the caller will. */
function answerOf(given: {
  readonly exchange: Exchange;
  readonly body: Buffer;
  readonly job: VideoJob;
  readonly way: VideoWay;
  readonly id: string;
  readonly video: { readonly seconds: number | undefined; readonly size: string | undefined; readonly model: string };
}): Buffer {
  const { exchange, body, job, way, id, video } = given;
  if (way.dialect.name === OPENAI_MEDIA && id === job.id) return body;
  const createdAtSeconds = Math.floor(exchange.startedAt / 1000);
  return Buffer.from(JSON.stringify(encodeVideo(job, { id, createdAtSeconds, ...video })));
}
