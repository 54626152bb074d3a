import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../kernel/errors.ts';

/** A body of which nothing has come for this long will not come. */
const BODY_IDLE_MS = 15_000;

/** How many bytes of request bodies the whole process holds in memory at once. */
export class BodyBudget {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** @throws GatewayError `hub.overloaded` when the process holds as much as it may */
  take(bytes: number): void {
    if (this.#bytes + bytes > this.#bytesMax) throw new GatewayError('hub.overloaded', { retryAfterSeconds: 1 });
    this.#bytes += bytes;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/**
 * Reads a request body into memory. What it holds is taken from the budget and given back by the caller.
 * @throws GatewayError `request.too_large`, `request.timeout`, `request.content_encoding`, `hub.overloaded`,
 *   `client.closed`
 */
export function readBody(request: IncomingMessage, bytesMax: number, budget: BodyBudget): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') return reject(new GatewayError('request.content_encoding'));
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > bytesMax) return reject(tooLarge(bytesMax));
    const chunks: Buffer[] = [];
    let bytes = 0;
    let timer: NodeJS.Timeout | undefined;
    const fail = (error: GatewayError): void => {
      clearTimeout(timer);
      budget.release(bytes);
      bytes = 0;
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      if (bytes + chunk.length > bytesMax) return fail(tooLarge(bytesMax));
      try {
        budget.take(chunk.length);
      } catch (error) {
        return fail(error instanceof GatewayError ? error : new GatewayError('internal.bug', { cause: error }));
      }
      bytes += chunk.length;
      chunks.push(chunk);
      timer?.refresh();
    };
    const onEnd = (): void => {
      clearTimeout(timer);
      request.off('close', onClose);
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, bytes));
    };
    const onClose = (): void => fail(new GatewayError('client.closed'));
    timer = setTimeout(() => fail(new GatewayError('request.timeout')), BODY_IDLE_MS);
    request.on('data', onData).once('end', onEnd).once('close', onClose);
  });
}

function tooLarge(bytesMax: number): GatewayError {
  return new GatewayError('request.too_large', { details: { bytes_max: bytesMax } });
}
