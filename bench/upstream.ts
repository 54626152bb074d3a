/**
 * The upstream of the benchmarks: canned answers, as fast as node:http sends them. `"stream":true` anywhere in the body
 * makes it stream 100 events, each a write of its own in a turn of its own.
 *
 *   node bench/upstream.ts [--wait-ms 0]  →  prints {"port":…}
 */
import { createServer, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { MODELS_LIST, streamEvents, wholeAnswer } from './payload.ts';

const KEEP_ALIVE_MS = 120_000;

/** Starts the upstream on loopback and gives its port. Whole answers come after `waitMs`. */
function startUpstream(waitMs: number): Promise<number> {
  const whole = Buffer.from(wholeAnswer());
  const events = streamEvents().map((event) => Buffer.from(event));
  const models = Buffer.from(MODELS_LIST);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    let isStream = false;
    request.on('data', (part: Buffer) => {
      isStream ||= part.includes('"stream":true');
    });
    request.on('end', () => {
      if (isStream) sendEvents(response, events);
      else if (waitMs > 0 && request.method === 'POST') setTimeout(sendWhole, waitMs, response, whole);
      else sendWhole(response, request.method === 'GET' ? models : whole);
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the upstream has no port'));
      else resolve(address.port);
    });
  });
}

function sendWhole(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

function sendEvents(response: ServerResponse, events: readonly Buffer[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  let index = 0;
  const sendNext = (): void => {
    const event = events[index];
    index += 1;
    if (event === undefined) response.end();
    else if (!response.destroyed) {
      response.write(event);
      setImmediate(sendNext);
    }
  };
  sendNext();
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { 'wait-ms': { type: 'string', default: '0' } } });
  console.log(JSON.stringify({ port: await startUpstream(Number(values['wait-ms'])) }));
}
