import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { generate } from 'selfsigned';

/** A server on a free loopback port that knows how often and by whom it was reached. */
export type LoopbackServer = {
  readonly port: number;
  /** `127.0.0.1:port`, as the allow-list wants it. */
  readonly hostPort: string;
  /** Connections ever accepted. */
  readonly accepted: () => number;
  /** Connections that are open now. */
  readonly open: () => number;
  /** Resolves once a connection is closed that was open before. */
  readonly nextClose: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** An HTTP server on 127.0.0.1. */
export async function startHttp(listener: RequestListener): Promise<LoopbackServer> {
  return await start(createHttpServer(listener));
}

/** An HTTPS server whose certificate, for `localhost` and `provider.test`, signs itself, and that certificate. */
export async function startHttps(listener: RequestListener): Promise<LoopbackServer & { readonly caPem: string }> {
  const pem = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 2, value: 'provider.test' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  const server = await start(createHttpsServer({ key: pem.private, cert: pem.cert }, listener));
  return { ...server, caPem: pem.cert };
}

/** A server of bare bytes, for answers that no HTTP server would send. */
export async function startTcp(onSocket: (socket: Socket) => void): Promise<LoopbackServer> {
  return await start(createTcpServer(onSocket));
}

/** Answers each connection's first request with these bytes, then closes it: gracefully, or with a reset. */
export async function startScripted(
  answer: string | Buffer,
  ending: 'fin' | 'reset' | 'hang',
): Promise<LoopbackServer> {
  return await startTcp((socket) => {
    socket.once('data', () => {
      socket.write(answer, () => {
        if (ending === 'fin') socket.end();
        // The bytes must have been read before the reset, which would otherwise overtake them.
        if (ending === 'reset') setTimeout(() => socket.resetAndDestroy(), 30);
      });
    });
  });
}

async function start(server: Server): Promise<LoopbackServer> {
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      for (const tell of waiting.splice(0)) tell();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server that listens has an address object.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    hostPort: `127.0.0.1:${port}`,
    accepted: () => accepted,
    open: () => sockets.size,
    nextClose: () => new Promise((resolve) => waiting.push(resolve)),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
