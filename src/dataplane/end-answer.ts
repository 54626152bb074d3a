import type { CallerResponse } from './aigne/shared-answers.ts';

/** A caller that reads nothing for this long is taken for gone. */
export const WRITE_IDLE_MS = 60_000;

/** Sends the last bytes of an answer. A caller that then takes none of them for `idleMs` loses its connection. */
export function endAnswer(
  response: Pick<CallerResponse, 'end' | 'socket'>,
  bytes: Buffer | string,
  idleMs = WRITE_IDLE_MS,
): void {
  response.end(bytes);
  limitLastBytes(response.socket, idleMs);
}

/** A connection, as far as its last bytes are concerned. */
export type LastBytes = {
  readonly writableLength: number;
  readonly setTimeout: (idleMs: number) => unknown;
};

/** Closes a connection whose caller takes none of the last bytes of an answer for so long. */
export function limitLastBytes(socket: LastBytes | null, idleMs: number): void {
  // Node's server closes a socket whose time is up, and sets another time once the answer is out.
  if (socket !== null && socket.writableLength > 0) socket.setTimeout(idleMs);
}
