import type { IncomingMessage } from 'node:http';
import type { PassThroughFace, ReadRequest, Target } from '../../dialects/contract.ts';
import type { EncodedMediaCall, ImagesFace, ImagesHead, InboundImages } from '../../dialects/media-contract.ts';
import { INBOUND_MEDIA, MEDIA_DIALECTS } from '../../dialects/media-index.ts';
import { ImagesStreamWatcher, mayPassImages, readImagesAnswer } from '../../dialects/openai-media/images-pass.ts';
import { OPENAI_MEDIA } from '../../dialects/openai-media/name.ts';
import { spliceBytes } from '../../dialects/patch-json.ts';
import { GatewayError, toGatewayError } from '../../kernel/errors.ts';
import type { JsonLimits } from '../../kernel/json-spans.ts';
import type { MediaStore } from '../../media/media-store.ts';
import type { Deployment, Endpoint, Reach } from '../../protocol/deployment.ts';
import type { AskedImages, GivenFile, ImagesRequest, ImagesResponse, MadeAs, MediaFile } from '../../protocol/media.ts';
import { deploymentsIn } from '../../routing/turns.ts';
import type { FetchRoom } from '../../upstream/fetch-media.ts';
import { type AnsweredCall, callInTurn, notExpressible, type PreparedCall } from '../call-in-turn.ts';
import type { StreamDeps } from '../caller-stream.ts';
import type { Exchange } from '../exchange.ts';
import type { FetchMedia } from '../inline-media.ts';
import { chargeOf, meterCall } from '../meter.ts';
import { relayStream } from '../relay-stream.ts';
import { failBooked, reading, refuseLosses, relayWhole, sendWhole, successOf } from '../relay-whole.ts';
import { routeCall } from '../request-facts.ts';
import { type ServeDeps, serveRequest } from '../serve-request.ts';
import { modelWithProvider, shownServed } from '../shown-model.ts';
import { isMessageStream } from '../upstream-answer.ts';
import { deliverImages } from './deliver-images.ts';
import { holdMade } from './hold-made.ts';
import { boundAskedImages, boundPassedImages } from './made-bound.ts';
import { modelText, type ReadMediaRequest, readMediaBody } from './read-media-request.ts';

/** Pictures take longer to begin than words: minutes, and the providers' own clients wait ten. */
const FIRST_BYTE_FACTOR = 5;

export type ImagesDeps = ServeDeps & {
  readonly media: Pick<MediaStore, 'keep'>;
  /** Fetches a picture by the address that a caller gave. */
  readonly fetchGiven: FetchMedia;
  /** Fetches a picture by the address that its provider gave, as far as that provider's own may lead. */
  readonly fetchMade: (reach: Reach) => FetchMedia;
  /** The address under which a request reached the hub, without a slash at the end. */
  readonly publicAddress: (request: IncomingMessage) => string;
};

/** How the request goes to a provider: as its caller wrote it, or in the provider's own form. */
type ImagesWay =
  | { readonly kind: 'pass'; readonly face: PassThroughFace }
  | { readonly kind: 'translate'; readonly face: ImagesFace; readonly asked: MadeAs };

/** New and changed pictures, in every form that callers and providers speak. */
export function relayImages(exchange: Exchange, deps: ImagesDeps): Promise<void> {
  return serveRequest(exchange, deps, async ({ access, readBody, guard, admit, takeRoom }) => {
    const read = readRequest(exchange, await readBody(), deps.jsonLimits);
    const found = routeCall(exchange, access, read, deps);
    const deployments = deploymentsIn(found.routed);
    const request = await guard(read, deployments);
    const asked = new AskedOnce(exchange, request, { fetchMedia: deps.fetchGiven, takeRoom });
    const { noteCall, relayDeps } = await admit(deployments);
    let passes = false;
    const { answer, way } = await callInTurn(
      exchange,
      {
        ...found,
        // Only who passes a request on asks the provider for a stream.
        streams: (contentType) => passes && request.streamed && isMessageStream(contentType),
        prepare: async (deployment) => {
          const prepared = await prepareImages(exchange, deployment, { asked, deps });
          if (!(prepared instanceof GatewayError)) passes = prepared.way.kind === 'pass';
          return prepared;
        },
        onCall: () => noteCall(request.body),
      },
      { ...deps, timeouts: { ...deps.timeouts, firstByteMs: deps.timeouts.firstByteMs * FIRST_BYTE_FACTOR } },
    );
    if (way.kind === 'translate') return giveTranslated(exchange, { answer, way }, { asked, deps, relayDeps });
    const passed = { answer, request, face: way.face };
    return answer.isStream
      ? relayStream(exchange, passed, { ...relayDeps, takeRoom })
      : relayWhole(exchange, passed, relayDeps);
  });
}

/** @throws GatewayError a `request.*` code */
function readRequest(exchange: Exchange, raw: Buffer, limits: JsonLimits): ReadImagesRequest {
  const read = readMediaBody(exchange, raw, limits);
  const inbound = INBOUND_MEDIA.get(exchange.caller.dialect);
  if (inbound === undefined) throw new Error(`no caller asks for pictures in ${exchange.caller.dialect}`);
  const head = inbound.images.readHead({ ...read, raw });
  exchange.requestedModel = head.model;
  exchange.streamed = head.streamed;
  exchange.endUser = head.endUser;
  // OpenAI has an address for each; elsewhere it is the pictures sent along that tell.
  if (inbound.name !== OPENAI_MEDIA && head.hasImages) exchange.operation = 'image-edits';
  return {
    ...read,
    ...head,
    raw,
    wantsUsage: true,
    manyChoices: false,
    references: [],
    inbound: inbound.images,
    isOpenai: inbound.name === OPENAI_MEDIA,
  };
}

type ReadImagesRequest = ReadMediaRequest &
  ImagesHead & { readonly inbound: InboundImages; readonly isOpenai: boolean };

/** How pictures that are told by their address are fetched: their bytes are counted as the request's are. */
type Fetching = { readonly fetchMedia: FetchMedia; readonly takeRoom: FetchRoom['take'] };

/** A caller's request, decoded and its pictures fetched once, however many providers it is encoded for. */
class AskedOnce {
  readonly request: ReadImagesRequest;
  readonly #exchange: Exchange;
  readonly #fetching: Fetching;
  #decoded: Promise<ImagesRequest> | undefined;

  constructor(exchange: Exchange, request: ReadImagesRequest, fetching: Fetching) {
    this.#exchange = exchange;
    this.request = request;
    this.#fetching = fetching;
  }

  /** @throws GatewayError `request.invalid`, `request.media_unreachable` */
  decoded(): Promise<ImagesRequest> {
    this.#decoded ??= this.#decode();
    return this.#decoded;
  }

  async #decode(): Promise<ImagesRequest> {
    const asked: AskedImages = this.request.inbound.decodeRequest(this.request);
    if (this.#exchange.operation === 'image-edits' && asked.images.length === 0) {
      throw new GatewayError('request.invalid', { message: '`image` must be a picture to change.', param: 'image' });
    }
    // Nothing is fetched for a caller who is gone, nor once one of the pictures cannot be had.
    const ended = new AbortController();
    this.#exchange.onStop(() => ended.abort());
    const room = { take: this.#fetching.takeRoom, signal: ended.signal };
    try {
      const [images, mask] = await Promise.all([
        Promise.all(asked.images.map((file) => this.#fetched(file, room))),
        asked.mask === undefined ? undefined : this.#fetched(asked.mask, room),
      ]);
      return { ...asked, images, mask };
    } finally {
      ended.abort();
      this.#exchange.onStop(undefined);
    }
  }

  async #fetched(file: GivenFile, room: FetchRoom): Promise<MediaFile> {
    if (!('url' in file)) return file;
    const { mediaType, data } = await this.#fetching.fetchMedia(file.url, room);
    return { mediaType, data: Buffer.from(data, 'base64'), filename: undefined };
  }
}

type Preparing = { readonly asked: AskedOnce; readonly deps: ImagesDeps };

async function prepareImages(
  exchange: Exchange,
  deployment: Deployment,
  { asked, deps }: Preparing,
): Promise<PreparedCall<ImagesWay> | GatewayError> {
  const endpoints = deployment.endpoints.get(exchange.operation) ?? [];
  const endpoint = endpoints.find(({ dialect }) => MEDIA_DIALECTS.get(dialect)?.images !== undefined);
  const dialect = endpoint === undefined ? undefined : MEDIA_DIALECTS.get(endpoint.dialect);
  if (endpoint === undefined || dialect?.images === undefined) {
    return new GatewayError('provider.dialect_unsupported', {
      details: { provider: deployment.connection.providerId, dialect: endpoints[0]?.dialect },
    });
  }
  const target = targetOf(deployment, endpoint, deps);
  const { decodeFault } = dialect;
  if (asked.request.isOpenai && dialect.name === OPENAI_MEDIA && mayPassImages(asked.request.body, target)) {
    const refusal = await holdMade(exchange, deployment, () => boundPassedImages(asked.request, deployment));
    if (refusal !== undefined) return refusal;
    const face = passFace(asked.request, decodeFault);
    return { ...passedCall(exchange, asked.request, target), way: { kind: 'pass', face }, decodeFault };
  }
  const boundary = deps.newWireId('form');
  const encoded = dialect.images.encodeRequest(await asked.decoded(), { ...target, boundary });
  if (exchange.refusesLosses && encoded.losses.length > 0) return notExpressible(encoded.losses, deployment);
  const request = await asked.decoded();
  const refusal = await holdMade(exchange, deployment, () => {
    const count = encoded.count ?? request.count ?? 1;
    return boundAskedImages(request, deployment, { made: encoded.asked ?? {}, count });
  });
  if (refusal !== undefined) return refusal;
  return {
    ...translatedCall(encoded),
    way: { kind: 'translate', face: dialect.images, asked: encoded.asked ?? {} },
    decodeFault,
  };
}

function targetOf({ upstreamModel, facts }: Deployment, { path, quirks }: Endpoint, deps: ImagesDeps): Target {
  return { upstreamModel, path, quirks, facts, newId: deps.newWireId };
}

type BareCall = Omit<PreparedCall<ImagesWay>, 'way' | 'decodeFault'>;

function passedCall(exchange: Exchange, request: ReadImagesRequest, { path, upstreamModel }: Target): BareCall {
  const span = request.spans.get('model');
  const isSame = upstreamModel === request.model || span === undefined;
  return {
    method: 'POST',
    path,
    headers: {
      'content-type': exchange.header('content-type') ?? 'application/json',
      accept: request.streamed ? 'text/event-stream' : 'application/json',
    },
    body: isSame ? request.raw : spliceBytes(request.raw, [{ ...span, text: modelText(request, upstreamModel) }]),
    losses: [],
  };
}

function translatedCall({ call, losses }: EncodedMediaCall): BareCall {
  return { ...call, headers: { accept: 'application/json', ...call.headers }, losses };
}

function passFace(request: ReadImagesRequest, decodeFault: PassThroughFace['decodeFault']): PassThroughFace {
  return {
    patchRequest: ({ raw }: ReadRequest, { path }) => ({ call: { path, headers: {}, body: raw }, losses: [] }),
    readResponse: (body) => readImagesAnswer(body, request.body),
    openWatcher: () => new ImagesStreamWatcher(request.body),
    decodeFault,
    terminator: '',
  };
}

type Giving = Preparing & { readonly relayDeps: StreamDeps };
type Translated = AnsweredCall<Extract<ImagesWay, { readonly kind: 'translate' }>>;

/** Gives the caller what a provider of another form made: booked first, then in the caller's form. */
async function giveTranslated(
  exchange: Exchange,
  { answer, way }: Translated,
  { asked, deps, relayDeps }: Giving,
): Promise<void> {
  const { request } = asked;
  const response = reading(relayDeps, () => way.face.decodeResponse(answer.body()));
  exchange.firstByteMs = answer.firstByteAtMs;
  const made = {
    imageSize: response.size ?? way.asked.imageSize,
    imageQuality: response.quality ?? way.asked.imageQuality,
  };
  const fallback = { body: request.body, output: { contentBytes: 0, contentEvents: 1 }, made };
  const metered = meterCall(exchange, response.usage, fallback, relayDeps.meter);
  const { servedModel } = response;
  const ending = successOf(metered, { servedModel, finishReason: undefined });
  const { fault } = response;
  if (response.images.length === 0) {
    const error = fault === undefined ? new GatewayError('upstream.invalid_answer') : relayDeps.hideSecrets(fault);
    return failBooked(ending, error, relayDeps);
  }
  if (fault !== undefined)
    exchange.addLosses([{ field: 'count', reason: 'the provider could not make every picture' }]);
  const delivered = await delivering(exchange, response, { asked, deps }).catch((thrown: unknown) =>
    failBooked(ending, toGatewayError(thrown), relayDeps),
  );
  await refuseLosses(exchange, ending, relayDeps);
  const answering = {
    recordId: exchange.recordId,
    model: request.model,
    modelWithProvider: modelWithProvider(exchange),
    nowSeconds: Math.floor(exchange.startedAt / 1000),
    usage: metered.usage,
    charge: chargeOf(exchange, metered),
  };
  const { encodeResponse, encodeStream } = request.inbound;
  const isStream = request.streamed && encodeStream !== undefined;
  const text = isStream
    ? encodeStream(delivered, answering, exchange.operation === 'images' ? 'new' : 'edited')
    : JSON.stringify(encodeResponse(delivered, answering));
  const body = Buffer.from(text);
  exchange.wholeBytes = body.length;
  await relayDeps.settle(ending);
  const contentType = isStream ? 'text/event-stream; charset=utf-8' : 'application/json';
  sendWhole(exchange, body, { servedModel, metered, contentType });
}

/** The answer with its pictures as the caller wants them. The events of a stream hold bytes alone. */
async function delivering(
  exchange: Exchange,
  response: ImagesResponse,
  { asked, deps }: Preparing,
): Promise<ImagesResponse> {
  const wants = asked.request.streamed ? 'bytes' : (await asked.decoded()).wants;
  const address = deps.publicAddress(exchange.request);
  const fetchMedia = deps.fetchMade(exchange.deployment?.connection.reach ?? 'public');
  const { images, losses } = await deliverImages(response.images, wants, { media: deps.media, fetchMedia, address });
  exchange.addLosses(losses);
  return { ...response, images, servedModel: shownServed(exchange, response.servedModel) };
}
