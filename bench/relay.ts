/**
 * The yardstick: what a relay on Node costs that does nothing but relay. node:http in, undici out, bytes passed on as
 * they come with back-pressure, the upstream call ended when the caller leaves. No key, no routing, no accounts.
 *
 *   node bench/relay.ts --upstream http://127.0.0.1:PORT  →  prints {"port":…}
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { type Dispatcher, Pool } from 'undici';

const UPSTREAM_CONNECTIONS = 256;
const KEEP_ALIVE_MS = 120_000;
/** Headers that belong to one connection: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'proxy-connection',
]);

/** Starts the relay on loopback and gives its port. */
function startRelay(upstream: string): Promise<number> {
  const pool = new Pool(upstream, { connections: UPSTREAM_CONNECTIONS, pipelining: 1 });
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => relay(pool, { request, response, body: Buffer.concat(parts) }));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the relay has no port'));
      else resolve(address.port);
    });
  });
}

function relay(
  pool: Pool,
  {
    request,
    response,
    body,
  }: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly body: Buffer },
): void {
  pool.dispatch(
    {
      path: request.url ?? '/',
      // node:http parses only methods that undici knows as well.
      method: (request.method ?? 'GET') as Dispatcher.HttpMethod,
      headers: {
        authorization: request.headers.authorization ?? '',
        'content-type': request.headers['content-type'] ?? 'application/json',
      },
      body: body.length === 0 ? null : body,
    },
    handlerFor(response),
  );
}

function handlerFor(response: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller) {
      response.on('close', () => {
        if (!response.writableFinished) controller.abort(new Error('the caller left'));
      });
    },
    onResponseStart(controller, statusCode, headers) {
      for (const name of Object.keys(headers)) if (HOP_BY_HOP.has(name)) delete headers[name];
      response.writeHead(statusCode, headers);
      response.on('drain', () => controller.resume());
    },
    onResponseData(controller, chunk) {
      if (!response.write(chunk)) controller.pause();
    },
    onResponseEnd() {
      response.end();
    },
    onResponseError(_controller, error) {
      if (response.headersSent) response.destroy(error);
      else response.writeHead(502).end();
    },
  };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { upstream: { type: 'string' } } });
  if (values.upstream === undefined) throw new Error('--upstream is missing');
  console.log(JSON.stringify({ port: await startRelay(values.upstream) }));
}
