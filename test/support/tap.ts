import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { closeServer, listenOnLoopback } from './listen.ts';

/** One exchange as it went by: what was asked, byte for byte, and how it was answered. */
export type Tapped = {
  readonly method: string;
  readonly path: string;
  readonly requestHeaders: IncomingHttpHeaders;
  readonly body: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
};

/** Stands in front of a server and remembers what goes by. */
export type Tap = {
  readonly url: string;
  readonly port: number;
  /** In the order in which the answers began. */
  readonly exchanges: Tapped[];
  readonly close: () => Promise<void>;
};

/** Starts one in front of `origin`, such as `http://127.0.0.1:4010`. */
export async function startTap(origin: string): Promise<Tap> {
  const exchanges: Tapped[] = [];
  const server = createServer((incoming, outgoing) => {
    const relay = async (): Promise<void> => {
      const body = await buffer(incoming);
      const { method = 'GET', url = '/', headers } = incoming;
      const upstream = httpRequest(`${origin}${url}`, { method, headers: { ...headers, host: new URL(origin).host } });
      upstream.on('error', (error) => outgoing.destroy(error));
      upstream.on('response', (answer) => {
        const status = answer.statusCode ?? 0;
        exchanges.push({
          method,
          path: url,
          requestHeaders: headers,
          body: body.toString('utf8'),
          status,
          headers: answer.headers,
        });
        outgoing.writeHead(status, answer.headers);
        answer.pipe(outgoing);
      });
      upstream.end(body);
    };
    relay().catch((reason: unknown) => outgoing.destroy(reason instanceof Error ? reason : undefined));
  });
  const port = await listenOnLoopback(server, 0);
  return { url: `http://127.0.0.1:${port}`, port, exchanges, close: () => closeServer(server) };
}
