import { GatewayError } from '../../kernel/errors.ts';
import type { VideoJob, VideoVariant } from '../../protocol/media.ts';
import { onlyAt } from '../../routing/turns.ts';
import { type CallDeps, callInTurn, notExpressible } from '../call-in-turn.ts';
import type { Exchange } from '../exchange.ts';
import type { Serving } from '../serve-request.ts';
import { type Send, UpstreamAnswer } from '../upstream-answer.ts';
import { preparedVideoCall, type VideoWay } from './video-way.ts';

const REDIRECTS_MAX = 3;

type Sending = Pick<CallDeps, 'timeouts' | 'responseBytesMax'> & { readonly send: Send };

/** A film that is done, and where it is. */
export type DoneFilm = { readonly job: VideoJob; readonly way: VideoWay; readonly variant: VideoVariant };

/**
 * Opens a film where its provider has it: with the credential at the provider itself, without one at any other address.
 * The answer has begun, and its bytes wait to be taken.
 * @throws GatewayError where there is none, `request.not_expressible` for a variant that the provider does not make
 */
export async function openFilm(exchange: Exchange, film: DoneFilm, deps: CallDeps): Promise<UpstreamAnswer> {
  const { job, way, variant } = film;
  // The address is the provider's word, and leads no further than the provider's own may.
  const sending = { ...deps, send: deps.sendWithin(way.deployment.connection.reach) };
  const call = way.face.encodeContent(job, way.target, variant);
  if (call === undefined) {
    if (variant === 'video' && job.url !== undefined) return openAddress(exchange, parseAddress(job.url), sending);
    const loss = { field: 'variant', reason: `${way.deployment.connection.providerName} makes the film alone` };
    throw notExpressible([loss], way.deployment);
  }
  const { answer } = await callInTurn(
    exchange,
    {
      routed: onlyAt(way.deployment),
      streams: isBytes,
      prepare: async () => ({ ...preparedVideoCall(way, call), tellsRedirects: true }),
      onCall: () => undefined,
    },
    deps,
  );
  const { location } = answer.headers;
  if (!answer.isRedirect || typeof location !== 'string') return answer;
  const asked = new URL(call.path, way.deployment.connection.origin);
  return openAddress(exchange, redirected(asked, location), sending);
}

/** The whole film in memory, where its bytes are counted with those of requests. */
export function collectFilm(
  exchange: Exchange,
  answer: UpstreamAnswer,
  takeRoom: Serving['takeRoom'],
): Promise<Buffer> {
  if (!answer.isStream) return Promise.resolve(answer.body());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const fail = (error: GatewayError): void => {
      answer.abort(error);
      reject(error);
    };
    exchange.onStop(fail);
    answer.attach({
      onData: (chunk) => {
        const refusal = takeRoom(chunk.length);
        if (refusal !== undefined) return fail(refusal);
        chunks.push(chunk);
      },
      onEnd: () => resolve(Buffer.concat(chunks)),
      onFault: reject,
    });
  });
}

/** What a film's bytes are called; what is no film's or picture's type is a film all the same. */
export function filmTypeOf(answer: UpstreamAnswer): string {
  const [type = ''] = String(answer.headers['content-type'] ?? '').split(';');
  const mediaType = type.trim().toLowerCase();
  return /^(?:video|image)\/[a-z0-9.+-]{1,60}$/.test(mediaType) ? mediaType : 'video/mp4';
}

/** Films come under many types; only JSON is none. */
function isBytes(contentType: string): boolean {
  return !contentType.startsWith('application/json');
}

/** Goes the guarded way of every call, each redirect judged anew and none of them away from https. */
async function openAddress(exchange: Exchange, address: URL, deps: Sending): Promise<UpstreamAnswer> {
  let url = address;
  for (let hop = 0; hop <= REDIRECTS_MAX; hop += 1) {
    const answer = await get(exchange, url, deps);
    const { location } = answer.headers;
    if (answer.isSuccess) return answer;
    if (!answer.isRedirect || typeof location !== 'string') throw refusedWith(answer.status);
    url = redirected(url, location);
  }
  throw invalid(`it redirects more than ${REDIRECTS_MAX} times`);
}

async function get(exchange: Exchange, url: URL, deps: Sending): Promise<UpstreamAnswer> {
  // Whoever is gone before a call leaves causes none: nothing would end it.
  if (exchange.stopped !== undefined) throw exchange.stopped;
  const startedMs = exchange.elapsedMs();
  const answer = new UpstreamAnswer({ streams: () => true, nowMs: () => exchange.elapsedMs() });
  exchange.onStop((error) => answer.abort(error));
  answer.send(deps.send, {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: 'GET',
    headers: { accept: '*/*' },
    body: undefined,
    timeouts: deps.timeouts,
    maxResponseBytes: deps.responseBytesMax,
    tellsRedirects: true,
  });
  await answer.ready;
  exchange.upstreamMs += exchange.elapsedMs() - startedMs;
  return answer;
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) throw invalid('it is no address');
  if (url.username !== '' || url.password !== '') throw invalid('it holds a user name or a password');
  return url;
}

function redirected(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href)) throw invalid('it redirects to no address');
  const to = parseAddress(new URL(location, from.href).href);
  if (from.protocol === 'https:' && to.protocol !== 'https:') throw invalid('it redirects away from https');
  return to;
}

function invalid(reason: string): GatewayError {
  return new GatewayError('upstream.invalid_answer', {
    message: `The film cannot be fetched from where its provider says it is: ${reason}.`,
  });
}

/** Providers keep films for a day or two, and say so by any status. */
function refusedWith(status: number): GatewayError {
  if (status >= 500) return new GatewayError('upstream.error');
  return new GatewayError('upstream.not_found', { message: 'The film is no longer where its provider put it.' });
}
