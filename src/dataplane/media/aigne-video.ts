import type { IncomingMessage } from 'node:http';
import { decodeAigneVideo, encodeAigneVideo, type MadeVideo } from '../../dialects/aigne-media/videos.ts';
import { readJsonBody } from '../../dialects/json-request.ts';
import { codeOfStatus, providerFault } from '../../dialects/provider-fault.ts';
import { type GatewayError, toGatewayError } from '../../kernel/errors.ts';
import type { MediaStore } from '../../media/media-store.ts';
import type { VideoJob } from '../../protocol/media.ts';
import { deploymentsIn } from '../../routing/turns.ts';
import { callInTurn } from '../call-in-turn.ts';
import { SettledError } from '../caller-stream.ts';
import type { Exchange } from '../exchange.ts';
import { withCredential } from '../held-ids.ts';
import { chargeOf } from '../meter.ts';
import { statusOf } from '../outcome.ts';
import { reading, sendWhole, successOf } from '../relay-whole.ts';
import { routeCall } from '../request-facts.ts';
import { type Admitted, type Serving, serveRequest } from '../serve-request.ts';
import { modelWithProvider, shownServed } from '../shown-model.ts';
import { isNeverStream } from '../upstream-answer.ts';
import { awaitFilm } from './await-film.ts';
import { awaitEnd, isOver, meterVideo } from './book-video.ts';
import { DecodedVideo, prepareTranslated, type VideoDeps } from './create-video.ts';
import type { AskedSize } from './film-asked.ts';
import { collectFilm, filmTypeOf, openFilm } from './open-film.ts';
import { type VideoWay, videoWay } from './video-way.ts';

export type AigneVideoDeps = VideoDeps & {
  readonly media: Pick<MediaStore, 'keep'>;
  /** The address under which a request reached the hub, without a slash at the end. */
  readonly publicAddress: (request: IncomingMessage) => string;
};

/**
 * `POST /api/v2/video`: asks for a film, asks after it until it is there, and gives it, all behind one call. What the film
 * costs is booked whatever becomes of the call, because its provider makes it to the end.
 */
export function makeAigneVideo(exchange: Exchange, deps: AigneVideoDeps): Promise<void> {
  return serveRequest(exchange, deps, async ({ access, readBody, guard, admit, takeRoom }) => {
    const raw = await readBody();
    const read = readJsonBody(raw, deps.jsonLimits);
    const { model } = decodeAigneVideo(read.body);
    exchange.requestedModel = model;
    const found = routeCall(exchange, access, { model, body: read.body }, deps);
    const deployments = deploymentsIn(found.routed);
    const { body } = await guard({ ...read, raw }, deployments);
    const { asked, wants } = decodeAigneVideo(body);
    const decoded = new DecodedVideo(() => asked, deps.fetchGiven);
    const { noteCall, relayDeps } = await admit(deployments);
    const { answer, way } = await callInTurn(
      exchange,
      {
        ...found,
        streams: isNeverStream,
        prepare: async (deployment) => {
          const found = videoWay(deployment, deps.newWireId);
          return 'face' in found ? prepareTranslated(exchange, { way: found, decoded }, deps) : found;
        },
        onCall: () => noteCall(body),
      },
      deps,
    );
    const begun = reading(relayDeps, () => way.face.decodeJob(answer.body(), undefined));
    exchange.firstByteMs = answer.firstByteAtMs;
    await giveFilm(exchange, { begun, way, asked, wants }, { deps, relayDeps, takeRoom });
  });
}

type Begun = {
  readonly begun: VideoJob;
  readonly way: VideoWay;
  readonly asked: AskedSize;
  readonly wants: 'url' | 'bytes';
};
type Giving = Pick<Serving & Admitted, 'relayDeps' | 'takeRoom'> & { readonly deps: AigneVideoDeps };

async function giveFilm(exchange: Exchange, film: Begun, giving: Giving): Promise<void> {
  const { deps, relayDeps } = giving;
  const { asked } = film;
  // Questions after the film go to where it is made, with the credential that made it.
  const way = { ...film.way, deployment: withCredential(film.way.deployment, exchange.credentialId) };
  let job = film.begun;
  await awaitEnd(exchange, { job, asked, way }, meterVideo(exchange, { job, asked, way }, deps.meter));
  let made: Pick<MadeVideo, 'file' | 'mediaType'>;
  try {
    job = await awaitFilm(exchange, job, { way, deps, relayDeps, onSeen: (seen) => void (job = seen) });
    if (job.status === 'failed') throw relayDeps.hideSecrets(failureOf(job));
    made = await fetchMade(exchange, { job, way, wants: film.wants }, giving);
  } catch (thrown) {
    return failAndBook(exchange, thrown, { job, way, asked, giving });
  }
  const { seconds, ...metered } = meterVideo(exchange, { job, asked, way }, deps.meter);
  const { servedModel } = job;
  const named = modelWithProvider(exchange);
  const body = encodeAigneVideo({
    ...made,
    model: shownServed(exchange, servedModel) ?? named.slice(named.indexOf('/') + 1),
    modelWithProvider: named,
    seconds,
    usage: metered.usage,
    recordId: exchange.recordId,
    charge: chargeOf(exchange, metered),
  });
  exchange.wholeBytes = body.length;
  await relayDeps.settle({ ...successOf(metered, { servedModel, finishReason: undefined }), isUnderWay: false });
  sendWhole(exchange, body, { servedModel, metered });
}

/** The film as its caller wants it: an address of the hub's own or the provider's, or its bytes. */
async function fetchMade(
  exchange: Exchange,
  film: {
    readonly job: VideoJob;
    readonly way: VideoWay;
    readonly wants: 'url' | 'bytes';
  },
  { deps, takeRoom }: Giving,
): Promise<Pick<MadeVideo, 'file' | 'mediaType'>> {
  const { job, way, wants } = film;
  const needsKey = way.face.encodeContent(job, way.target, 'video') !== undefined;
  if (wants === 'url' && job.url !== undefined && !needsKey) return { file: { url: job.url }, mediaType: 'video/mp4' };
  const answer = await openFilm(exchange, { job, way, variant: 'video' }, deps);
  const data = await collectFilm(exchange, answer, takeRoom);
  const mediaType = filmTypeOf(answer);
  if (wants === 'bytes') return { file: { data }, mediaType };
  const path = await deps.media.keep({ mediaType, data });
  return { file: { url: `${deps.publicAddress(exchange.request)}${path}` }, mediaType };
}

/** A film that could not be made, as the fault that it is. */
function failureOf({ error }: VideoJob): GatewayError {
  const { code, message = '' } = error ?? {};
  // The words tell whether it was the content: asked as a refusal, they give one of two answers.
  const isRefusal = codeOfStatus(403, `${code ?? ''} ${message}`) === 'upstream.content_policy';
  return providerFault({ status: 0, message, code }, isRefusal ? 'upstream.content_policy' : 'upstream.error');
}

type Lost = { readonly job: VideoJob; readonly way: VideoWay; readonly asked: AskedSize; readonly giving: Giving };

/** The call has failed, and the film is paid for unless it has failed too. @throws SettledError always */
async function failAndBook(exchange: Exchange, thrown: unknown, lost: Lost): Promise<never> {
  const { job, way, asked, giving } = lost;
  const error = exchange.stopped ?? toGatewayError(thrown);
  const { seconds: _seconds, ...metered } = meterVideo(exchange, { job, asked, way }, giving.deps.meter);
  const ending = successOf(metered, { servedModel: job.servedModel, finishReason: undefined });
  const status = statusOf(error.code, true);
  const isUnderWay = !isOver(job);
  await giving.relayDeps.settle({ ...ending, status, httpStatus: error.status, error, isUnderWay });
  throw new SettledError(error);
}
