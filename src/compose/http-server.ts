import type { IncomingMessage, RequestListener, Server, ServerOptions, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { encodeOpenAiError } from '../dialects/openai-error.ts';
import { type ErrorCode, GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import { createServer as createHttpServer } from '../kernel/node-http.ts';
import { STRICT_TRANSPORT } from './strict-transport.ts';

/** A whole request head has to come within this time, a whole request within the other; see also the body's own idle limit. */
const HEADERS_MS = 15_000;
const REQUEST_MS = 10 * 60_000;
/** Longer than the idle time of the usual load balancers, so that it is they who close an idle connection. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_COUNT_MAX = 200;

export type ServerInput = {
  readonly headerBytesMax: number;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly onRequest: RequestListener;
  readonly newId: NewId;
};

/** Builds the one server of the hub: strict parsing, limits before any route is looked for. It does not listen yet. */
export function createHubServer(input: ServerInput): Server {
  const options: ServerOptions = {
    maxHeaderSize: input.headerBytesMax,
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    insecureHTTPParser: false,
    // Node would refuse a request without a Host in words of its own.
    requireHostHeader: false,
    noDelay: true,
  };
  const onRequest: RequestListener = (request, response) => {
    if (hasHost(request)) input.onRequest(request, response);
    else refuseUnread({ name: 'Error', message: 'no Host header' }, request.socket, input.newId);
  };
  const server: Server =
    input.tls === undefined
      ? createHttpServer(options, onRequest)
      : createHttpsServer({ ...options, ...input.tls }, onRequest);
  server.maxHeadersCount = HEADERS_COUNT_MAX;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuseUnread(error, socket, input.newId));
  return server;
}

/** HTTP/1.0 knows no Host: https://www.rfc-editor.org/rfc/rfc9112#section-3.2 */
function hasHost({ httpVersion, headers }: IncomingMessage): boolean {
  return httpVersion === '1.0' || (headers.host !== undefined && headers.host !== '');
}

/** Answers what the parser refused, in the shape of every other error, and closes. */
function refuseUnread(error: NodeJS.ErrnoException, socket: Socket, newId: NewId): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const refusal = new GatewayError(refusalCode(error.code));
  const requestId = newId('req');
  const body = JSON.stringify(encodeOpenAiError(refusal, requestId));
  socket.end(
    `HTTP/1.1 ${refusal.status} Refused\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `cache-control: no-store\r\nx-content-type-options: nosniff\r\nx-request-id: ${requestId}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function refusalCode(parserCode: string | undefined): ErrorCode {
  if (parserCode === 'HPE_HEADER_OVERFLOW') return 'request.headers_too_large';
  if (parserCode === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request.timeout';
  return 'request.host_invalid';
}

export type RouterInput = {
  /** The path of `publicUrl`; empty where there is none. */
  readonly pathPrefix: string;
  /** Whether nobody in between could read the request. */
  readonly isEncrypted: (request: IncomingMessage) => boolean;
  /** Takes a request of the data plane; false when the path is not its own. */
  readonly dataplane: (request: IncomingMessage, response: ServerResponse, path: string) => boolean;
  /** Health and metrics; false when the path is not theirs. */
  readonly operations: (request: IncomingMessage, response: ServerResponse, path: string) => boolean;
  /** The pages for people; false when the path is none of theirs. */
  readonly pages: (request: IncomingMessage, response: ServerResponse, path: string) => boolean;
  /** Everything else, unknown addresses too. */
  readonly control: (request: IncomingMessage, response: ServerResponse) => void;
};

/** Which plane a path belongs to, by the exact bytes that every later check sees, too. */
export function routeRequest(input: RouterInput): RequestListener {
  const { pathPrefix, isEncrypted, dataplane, operations, pages, control } = input;
  return (request, response) => {
    let url = request.url ?? '/';
    if (pathPrefix !== '' && url.startsWith(`${pathPrefix}/`)) {
      url = url.slice(pathPrefix.length);
      request.url = url;
    }
    const query = url.indexOf('?');
    const path = query < 0 ? url : url.slice(0, query);
    if (dataplane(request, response, path)) return;
    // For browsers, which show pages and what pages ask for; no program that calls a model looks at it.
    if (isEncrypted(request)) response.setHeader(STRICT_TRANSPORT.name, STRICT_TRANSPORT.value);
    if (operations(request, response, path) || pages(request, response, path)) return;
    control(request, response);
  };
}
