import type { MediaCall } from '../../dialects/media-contract.ts';
import { OPENAI_MEDIA } from '../../dialects/openai-media/name.ts';
import { encodeDeletedVideo, encodeVideo, encodeVideoList } from '../../dialects/openai-media/videos-encode-job.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { HeldId } from '../../protocol/held.ts';
import type { VideoJob, VideoVariant } from '../../protocol/media.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import { onlyAt } from '../../routing/turns.ts';
import { hideSecrets } from '../attempt.ts';
import { callInTurn, notExpressible } from '../call-in-turn.ts';
import type { Exchange } from '../exchange.ts';
import { freeEnding } from '../outcome.ts';
import { relayBinary } from '../relay-binary.ts';
import type { ServeDeps } from '../serve-request.ts';
import { hidesServer } from '../shown-model.ts';
import { isNeverStream, type UpstreamAnswer } from '../upstream-answer.ts';
import { isOver } from './book-video.ts';
import { endOfFilm } from './film-asked.ts';
import { findFilm, type HeldFilm, noSuchFilm, placeFilm } from './held-videos.ts';
import { filmTypeOf, openFilm } from './open-film.ts';
import { sendJson, serveFollowUp } from './serve-follow-up.ts';
import { preparedVideoCall } from './video-way.ts';

/**
 * What is done with films that were made: `GET /v1/videos` and `/v1/videos/{id}`, its content, its deletion. Every call
 * goes to where the film was made, and none of them costs anything.
 */

/** Films of one page; of a longer one the provider would have to be asked too often. */
const PAGE_MAX = 20;
const VARIANTS: ReadonlySet<string> = new Set<VideoVariant>(['video', 'thumbnail', 'spritesheet']);

/** One film as its provider tells of it now. */
export function readVideo(exchange: Exchange, deps: ServeDeps, id: string): Promise<void> {
  return serveFollowUp(exchange, deps, async (asking) => {
    const film = await findFilm(id, asking, deps);
    const { body, job } = await askAfter(exchange, film, deps);
    exchange.requestedModel = film.held.video?.model ?? '';
    const isOwn = film.way.dialect.name === OPENAI_MEDIA && film.held.upstreamId === undefined;
    sendJson(exchange, isOwn ? body : Buffer.from(JSON.stringify(encodeFilm(film, job))));
  });
}

/** The project's films, newest first unless asked otherwise; what the account holds for others is not among them. */
export function listVideos(exchange: Exchange, deps: ServeDeps): Promise<void> {
  return serveFollowUp(exchange, deps, async (asking) => {
    const query = queryOf(exchange);
    const limit = limitOf(query.get('limit'));
    const rows = await deps.held.list(asking.principal, 'video', {
      limit: limit + 1,
      afterId: query.get('after') ?? undefined,
      oldestFirst: query.get('order') === 'asc',
    });
    const page = rows.slice(0, limit);
    const videos: JsonObject[] = [];
    for (const held of page) videos.push(await listedFilm(exchange, held, { asking, deps }));
    // They may lie at several providers, of which none has given this answer.
    exchange.deployment = undefined;
    sendJson(exchange, Buffer.from(JSON.stringify(encodeVideoList(videos, rows.length > limit))));
  });
}

/** The film itself, or a picture of it, as it comes. */
export function giveVideoContent(exchange: Exchange, deps: ServeDeps, id: string): Promise<void> {
  return serveFollowUp(exchange, deps, async (asking) => {
    const variant = variantOf(queryOf(exchange).get('variant') ?? 'video');
    const film = await findFilm(id, asking, deps);
    // OpenAI finds the content by the id alone, and says itself when it is not ready.
    const knowsById = film.way.dialect.name === OPENAI_MEDIA;
    const job = knowsById ? { ...NO_JOB, id: film.upstreamId } : await doneFilm(exchange, film, deps);
    const answer = await openFilm(exchange, { job, way: film.way, variant }, deps);
    const settle = async (): Promise<void> => undefined;
    if (!answer.isStream) throw new GatewayError('upstream.invalid_answer');
    await relayBinary(exchange, { answer, contentType: filmTypeOf(answer), endingOf: freeEnding }, { settle });
  });
}

/** Deletes a film at its provider, and forgets it. One that the provider no longer knows is forgotten all the same. */
export function deleteVideo(exchange: Exchange, deps: ServeDeps, id: string): Promise<void> {
  return serveFollowUp(exchange, deps, async (asking) => {
    const film = await findFilm(id, asking, deps);
    const { upstreamId, way } = film;
    const call = way.face.encodeDelete?.(upstreamId, way.target);
    if (call === undefined) {
      const { providerName } = way.deployment.connection;
      exchange.addLosses([
        { field: 'delete', reason: `${providerName} deletes films by itself and not when it is told` },
      ]);
      if (exchange.refusesLosses) throw notExpressible(exchange.losses, way.deployment);
    } else {
      await chargeBefore(exchange, film, deps);
      await ask(exchange, film, call, deps).catch((thrown: unknown) => {
        if (!isGone(thrown)) throw thrown;
      });
    }
    await deps.held.forget(asking.principal, id);
    sendJson(exchange, Buffer.from(JSON.stringify(encodeDeletedVideo(id))));
  });
}

type Told = { readonly body: Buffer; readonly job: VideoJob };

async function askAfter(exchange: Exchange, film: HeldFilm, deps: ServeDeps): Promise<Told> {
  const { face, target, deployment } = film.way;
  const answer = await ask(exchange, film, face.encodeStatus(film.upstreamId, target), deps).catch(asNoSuchFilm);
  const body = answer.body();
  let job: VideoJob;
  try {
    job = face.decodeJob(body, film.upstreamId);
  } catch (thrown) {
    throw thrown instanceof GatewayError ? hideSecrets(thrown, deployment, deps.credentials) : thrown;
  }
  await chargeEnded(film, job, deps);
  return { body, job };
}

/** Who sees the end of a film charges it; nobody does twice. */
async function chargeEnded({ held, way }: HeldFilm, job: VideoJob, { credit }: ServeDeps): Promise<void> {
  const recordId = held.video?.recordId;
  if (credit === undefined || recordId === undefined || !isOver(job)) return;
  await credit.endJob(held, recordId, endOfFilm(job, way.face));
}

/** Once a film is deleted, nobody can say any more what was made; one that nobody can be asked after is deleted all the same. */
async function chargeBefore(exchange: Exchange, film: HeldFilm, deps: ServeDeps): Promise<void> {
  if (deps.credit === undefined) return;
  await askAfter(exchange, film, deps).catch((thrown: unknown) => {
    if (!(thrown instanceof GatewayError) || exchange.stopped !== undefined) throw thrown;
  });
}

/** @throws GatewayError `request.invalid` while the film is not done */
async function doneFilm(exchange: Exchange, film: HeldFilm, deps: ServeDeps): Promise<VideoJob> {
  const { job } = await askAfter(exchange, film, deps);
  if (job.status === 'done') return job;
  const message = job.status === 'failed' ? 'The video could not be made.' : 'The video is not ready yet.';
  throw new GatewayError('request.invalid', { message, param: 'video_id' });
}

async function ask(exchange: Exchange, { way }: HeldFilm, call: MediaCall, deps: ServeDeps): Promise<UpstreamAnswer> {
  const { answer } = await callInTurn(
    exchange,
    {
      routed: onlyAt(way.deployment),
      streams: isNeverStream,
      prepare: async () => preparedVideoCall(way, call),
      onCall: () => undefined,
    },
    deps,
  );
  return answer;
}

type Listing = { readonly asking: Parameters<Parameters<typeof serveFollowUp>[2]>[0]; readonly deps: ServeDeps };

/** One film of the list. One that its provider no longer has, or whose connection is gone, is shown as failed. */
async function listedFilm(exchange: Exchange, held: HeldId, { asking, deps }: Listing): Promise<JsonObject> {
  try {
    const film = placeFilm(held, asking, deps);
    const { body, job } = await askAfter(exchange, film, deps);
    const own = film.way.dialect.name === OPENAI_MEDIA ? parseJsonOrUndefined(body.toString()) : undefined;
    if (!isJsonObject(own)) return encodeFilm(film, job);
    const { model } = held.video ?? {};
    return { ...own, id: held.id, ...(model !== undefined && hidesServer(exchange) ? { model } : {}) };
  } catch (thrown) {
    if (!isGone(thrown)) throw thrown;
    return encodeHeld(held, { ...NO_JOB, id: held.id, error: { code: 'video_not_found', message: thrown.message } });
  }
}

/** A film of which nothing is told. */
const NO_JOB: Omit<VideoJob, 'id'> = {
  status: 'failed',
  progress: undefined,
  error: undefined,
  createdAtSeconds: undefined,
  seconds: undefined,
  size: undefined,
  url: undefined,
  servedModel: undefined,
  usage: { usage: NO_USAGE, anomalies: [] },
};

function encodeFilm({ held }: HeldFilm, job: VideoJob): JsonObject {
  return encodeHeld(held, job);
}

function encodeHeld({ id, video, upstreamModel, createdAt }: HeldId, job: VideoJob): JsonObject {
  return encodeVideo(job, {
    id,
    model: video?.model ?? upstreamModel,
    createdAtSeconds: Math.floor(createdAt / 1000),
    seconds: video?.seconds,
    size: video?.size,
    remixedFrom: video?.remixedFrom,
  });
}

/** Whether nobody has the film any more. */
function isGone(thrown: unknown): thrown is GatewayError {
  return thrown instanceof GatewayError && ['upstream.not_found', 'resource.not_found'].includes(thrown.code);
}

function asNoSuchFilm(thrown: unknown): never {
  throw isGone(thrown) ? noSuchFilm() : thrown;
}

function queryOf({ request }: Exchange): URLSearchParams {
  return new URL(request.url ?? '/', 'http://hub.invalid').searchParams;
}

function limitOf(text: string | null): number {
  if (text === null) return PAGE_MAX;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new GatewayError('request.invalid', { message: '`limit` must be a number from 1.', param: 'limit' });
  }
  return Math.min(limit, PAGE_MAX);
}

function variantOf(word: string): VideoVariant {
  if (!VARIANTS.has(word)) {
    const message = '`variant` must be `video`, `thumbnail` or `spritesheet`.';
    throw new GatewayError('request.invalid', { message, param: 'variant' });
  }
  // The set holds exactly the variants.
  return word as VideoVariant;
}
