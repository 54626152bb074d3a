import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { generate } from 'selfsigned';

/**
 * The public net as far as a hub can tell: a proxy by which public addresses lead to stand-ins on this machine, over TLS
 * that the hub is told to trust. What a hub asks the proxy for has passed its egress guard.
 */
export type PublicNet = {
  /** What the hub has to be started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** Targets that the proxy was asked for, in order: `1.1.1.1:443`. */
  readonly asked: readonly string[];
  readonly close: () => Promise<void>;
};

const CONNECT_LINE = /^CONNECT (\S+) HTTP/;

/** `targets`: public IP addresses, each with the loopback port of the stand-in that it leads to. */
export async function startPublicNet(targets: ReadonlyMap<string, number>, folder: string): Promise<PublicNet> {
  const altNames = [...targets.keys()].map((ip) => ({ type: 7 as const, ip }));
  const pem = await generate([{ name: 'commonName', value: 'public' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  const sockets = new Set<Socket>();
  const hold = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const tlsPorts = new Map<string, number>();
  const servers: Server[] = [];
  for (const [ip, port] of targets) {
    const server = createTlsServer({ key: pem.private, cert: pem.cert }, (socket) => {
      hold(socket);
      pipeBoth(socket, connect(port, '127.0.0.1'));
    });
    tlsPorts.set(`${ip}:443`, await listen(server));
    servers.push(server);
  }
  const asked: string[] = [];
  const proxy = createServer((socket) => {
    hold(socket);
    void once(socket, 'data').then(([head]) => {
      const [, target = ''] = CONNECT_LINE.exec(String(head)) ?? [];
      asked.push(target);
      const port = tlsPorts.get(target);
      if (port === undefined) return socket.end('HTTP/1.1 502 Nowhere\r\n\r\n');
      const onward = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 Connection established\r\n\r\n'));
      return pipeBoth(socket, onward);
    });
  });
  const proxyPort = await listen(proxy);
  const caFile = join(folder, 'public-net-ca.pem');
  await writeFile(caFile, pem.cert);
  return {
    environment: { HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`, HUB_CA_FILE: caFile },
    asked,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      for (const server of [proxy, ...servers]) await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pipeBoth(left: Socket, right: Socket): void {
  right.on('error', () => left.destroy());
  left.on('close', () => right.destroy());
  left.pipe(right).pipe(left);
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server that listens has an address object.
  return (server.address() as AddressInfo).port;
}
