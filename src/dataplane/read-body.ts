import { GatewayError } from '../kernel/errors.ts';
import type { Exchange } from './exchange.ts';

/** How many bytes of request bodies the whole process holds in memory at once. */
export class BodyBudget {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Takes room for so many bytes, or says why there is none. */
  take(bytes: number): GatewayError | undefined {
    if (this.#bytes + bytes > this.#bytesMax) return new GatewayError('hub.overloaded', { retryAfterSeconds: 1 });
    this.#bytes += bytes;
    return undefined;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/**
 * Reads a request body into memory. What it holds is taken from the budget and given back by the caller. Whoever
 * looks after open requests ends one whose `bodyIdleSince` is too long ago.
 * @throws GatewayError `request.too_large`, `request.content_encoding`, `hub.overloaded`, or why the exchange was stopped
 */
export function readBody(exchange: Exchange, bytesMax: number, budget: BodyBudget): Promise<Buffer> {
  const { request } = exchange;
  return new Promise((resolve, reject) => {
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') return reject(new GatewayError('request.content_encoding'));
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > bytesMax) return reject(tooLarge(bytesMax));
    const chunks: Buffer[] = [];
    let bytes = 0;
    const fail = (error: GatewayError): void => {
      exchange.bodyIdleSince = undefined;
      budget.release(bytes);
      bytes = 0;
      request.off('data', onData).off('end', onEnd);
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      if (bytes + chunk.length > bytesMax) return fail(tooLarge(bytesMax));
      const refusal = budget.take(chunk.length);
      if (refusal !== undefined) return fail(refusal);
      bytes += chunk.length;
      chunks.push(chunk);
      exchange.bodyIdleSince = exchange.clock.monotonic();
    };
    const onEnd = (): void => {
      exchange.bodyIdleSince = undefined;
      // From here on the bytes are the caller's to give back: a stop must not give them back a second time.
      exchange.onStop(undefined);
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, bytes));
    };
    exchange.bodyIdleSince = exchange.startedMono;
    exchange.onStop(fail);
    request.on('data', onData).once('end', onEnd);
  });
}

function tooLarge(bytesMax: number): GatewayError {
  return new GatewayError('request.too_large', { details: { bytes_max: bytesMax } });
}
