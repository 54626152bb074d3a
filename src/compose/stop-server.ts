import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

/** How a server is stopped without cutting off what its callers have still to read. */
export type ServerStop = {
  /** Takes no more connections. Resolves once the last one is closed. */
  readonly stopListening: () => Promise<void>;
  /** Closes connections that carry nothing, unless one still has bytes to send; tells whether none has. */
  readonly closeIdle: () => boolean;
};

/**
 * Follows a server's connections from now on. Node's own `server.close()` and `closeIdleConnections()` take an answer
 * that was ended for one that was sent, and destroy its connection with all that a slow reader has not taken yet.
 */
export function createServerStop(server: Server): ServerStop {
  const sockets = new Set<Socket>();
  const follow = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  // Of a TLS connection both are told, and it is the second that holds what is to be sent.
  server.on('connection', follow).on('secureConnection', follow);
  return {
    stopListening: () =>
      new Promise((resolve) => {
        NetServer.prototype.close.call(server, () => resolve());
      }),
    closeIdle: () => {
      for (const { writableLength } of sockets) if (writableLength > 0) return false;
      server.closeIdleConnections();
      return true;
    },
  };
}
