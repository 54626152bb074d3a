import { GatewayError } from '../kernel/errors.ts';
import type { Upstream, UpstreamAnswer } from './ports.ts';

/** A picture or a file of a request: providers take at most about so much. */
const MEDIA_BYTES_MAX = 20 * 1024 * 1024;
const REDIRECTS_MAX = 3;
const TIMEOUTS = { connectMs: 10_000, firstByteMs: 15_000, idleMs: 15_000, totalMs: 30_000 };
const MEDIA_TYPE = /^[a-z0-9.+-]{1,60}\/[a-z0-9.+-]{1,60}$/;

/** Where the bytes may go, and whether anybody still waits for them. */
export type FetchRoom = {
  /** Takes room for so many more bytes, or says why there is none. */
  readonly take: (bytes: number) => GatewayError | undefined;
  readonly signal: AbortSignal;
};

export type FetchMedia = (
  url: string,
  room?: FetchRoom,
) => Promise<{ readonly mediaType: string; readonly data: string }>;

/**
 * Builds the fetch of pictures and files that a request names by address. It goes the guarded way of every call: no
 * credential, at most three redirects of which each is judged anew, none of them away from https. What comes is taken from
 * the room as it comes, and given back by nobody here.
 * @throws GatewayError `request.media_unreachable`, where what the other side said is not repeated; or the room's own
 */
export function createMediaFetch(send: Upstream['send']): FetchMedia {
  return async (address, room) => {
    let url = parseAddress(address);
    for (let hop = 0; hop <= REDIRECTS_MAX; hop += 1) {
      const answer = await get(send, url, room);
      const location = answer.headers['location'];
      if (answer.status >= 300 && answer.status < 400 && typeof location === 'string') {
        url = redirected(url, location);
        continue;
      }
      if (answer.status !== 200) throw unreachable(`it answered with the status ${answer.status}`);
      const data = answer.body.toString('base64');
      // Held in place of the bytes, which were counted.
      const refusal = room?.take(data.length - answer.body.length);
      if (refusal !== undefined) throw refusal;
      return { mediaType: mediaTypeOf(answer.headers['content-type']), data };
    }
    throw unreachable(`it redirects more than ${REDIRECTS_MAX} times`);
  };
}

function get(send: Upstream['send'], url: URL, room: FetchRoom | undefined): Promise<UpstreamAnswer> {
  return new Promise((resolve, reject) => {
    let head: Pick<UpstreamAnswer, 'status' | 'headers'> = { status: 0, headers: {} };
    const chunks: Buffer[] = [];
    const giveUp = (reason: GatewayError): void => {
      room?.signal.removeEventListener('abort', onAbort);
      handle.abort();
      reject(reason);
    };
    const onAbort = (): void => giveUp(unreachable('nobody waits for it any more'));
    const handle = send(
      {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'GET',
        headers: { accept: '*/*' },
        body: undefined,
        timeouts: TIMEOUTS,
        maxResponseBytes: MEDIA_BYTES_MAX,
        tellsRedirects: true,
      },
      {
        onHeaders: (status, headers) => {
          head = { status, headers };
        },
        onData: (chunk) => {
          const refusal = room?.take(chunk.length);
          if (refusal !== undefined) giveUp(refusal);
          else chunks.push(chunk);
        },
        onEnd: () => {
          room?.signal.removeEventListener('abort', onAbort);
          resolve({ ...head, body: Buffer.concat(chunks) });
        },
        onFault: ({ message, cause }) => {
          room?.signal.removeEventListener('abort', onAbort);
          reject(unreachable(message, cause));
        },
      },
    );
    if (room?.signal.aborted === true) onAbort();
    else room?.signal.addEventListener('abort', onAbort, { once: true });
  });
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
