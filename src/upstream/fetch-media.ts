import { GatewayError } from '../kernel/errors.ts';
import type { Upstream } from './ports.ts';

/** A picture or a file of a request: providers take at most about so much. */
const MEDIA_BYTES_MAX = 20 * 1024 * 1024;
const REDIRECTS_MAX = 3;
const TIMEOUTS = { connectMs: 10_000, firstByteMs: 15_000, idleMs: 15_000, totalMs: 30_000 };
const MEDIA_TYPE = /^[a-z0-9.+-]{1,60}\/[a-z0-9.+-]{1,60}$/;

/**
 * Builds the fetch of pictures and files that a request names by address. It goes the guarded way of every call: only
 * public addresses, no credential, at most three redirects of which each is judged anew, none of them away from https.
 * @throws GatewayError `request.media_unreachable`; what the other side said is not repeated
 */
export function createMediaFetch(
  request: Upstream['request'],
): (url: string) => Promise<{ readonly mediaType: string; readonly data: string }> {
  return async (address) => {
    let url = parseAddress(address);
    for (let hop = 0; hop <= REDIRECTS_MAX; hop += 1) {
      const answer = await get(request, url);
      const location = answer.headers['location'];
      if (answer.status >= 300 && answer.status < 400 && typeof location === 'string') {
        url = redirected(url, location);
        continue;
      }
      if (answer.status !== 200) throw unreachable(`it answered with the status ${answer.status}`);
      return { mediaType: mediaTypeOf(answer.headers['content-type']), data: answer.body.toString('base64') };
    }
    throw unreachable(`it redirects more than ${REDIRECTS_MAX} times`);
  };
}

async function get(request: Upstream['request'], url: URL): ReturnType<Upstream['request']> {
  try {
    return await request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'GET',
      headers: { accept: '*/*' },
      body: undefined,
      timeouts: TIMEOUTS,
      maxResponseBytes: MEDIA_BYTES_MAX,
      tellsRedirects: true,
    });
  } catch (cause) {
    const reason = cause instanceof GatewayError ? cause.message : 'the call failed';
    throw unreachable(reason, cause);
  }
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw unreachable('it is no http address');
  }
  if (url.username !== '' || url.password !== '') throw unreachable('it holds a user name or a password');
  return url;
}

function redirected(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href)) throw unreachable('it redirects to no address');
  const to = parseAddress(new URL(location, from.href).href);
  if (from.protocol === 'https:' && to.protocol !== 'https:') throw unreachable('it redirects away from https');
  return to;
}

function mediaTypeOf(header: string | string[] | undefined): string {
  const [type = ''] = String(header ?? '').split(';');
  const mediaType = type.trim().toLowerCase();
  return MEDIA_TYPE.test(mediaType) ? mediaType : 'application/octet-stream';
}

function unreachable(reason: string, cause?: unknown): GatewayError {
  return new GatewayError('request.media_unreachable', {
    message: `A picture or file of the request could not be fetched from its address: ${reason}`.replace(/\.?$/, '.'),
    cause,
  });
}
