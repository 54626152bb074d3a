import { pipeline } from 'node:stream/promises';
import { GatewayError } from '../../kernel/errors.ts';
import type { MediaStore } from '../../media/media-store.ts';
import { answerError } from '../answer.ts';
import type { Exchange } from '../exchange.ts';

export const MEDIA_PREFIX = '/media/';

/** Serves a generated file to whoever has its signed address. It runs nowhere: browsers are told to take it as it is. */
export async function serveFile(exchange: Exchange, path: string, media: Pick<MediaStore, 'open'>): Promise<void> {
  const { request, ownResponse: response } = exchange;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return answerError(exchange, new GatewayError('route.method_not_allowed'));
  }
  const query = new URL(request.url ?? '/', 'http://hub.invalid').searchParams;
  const opened = await media.open(path.slice(MEDIA_PREFIX.length), query);
  if (opened === undefined) {
    return answerError(
      exchange,
      new GatewayError('resource.not_found', { message: 'There is no such file here, or its address has run out.' }),
    );
  }
  const { handle, bytes, mediaType } = opened;
  response.writeHead(200, {
    'content-type': mediaType,
    'content-length': bytes,
    'cache-control': 'private, max-age=600',
    // What is kept of an answer to nobody's page is no answer to a page.
    vary: 'Origin',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'x-request-id': exchange.requestId,
  });
  if (request.method === 'HEAD') {
    await handle.close();
    response.end();
    return;
  }
  // Ends the handle whatever happens; a caller that went away is no error.
  await pipeline(handle.createReadStream(), response).catch(() => response.destroy());
}
