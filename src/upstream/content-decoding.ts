import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { cutFault, invalidAnswer, tooLargeFault } from './faults.ts';
import type { TransportFault } from './ports.ts';

/** More than two encodings on top of each other is never a provider, but may be a bomb. */
const LAYERS_MAX = 2;
/** How far the answer may swell: JSON full of repetition stays below this, a bomb does not. */
const RATIO_MAX = 100;
/** Below this the ratio is not looked at: a short answer may be mostly repetition. */
const RATIO_FREE_BYTES = 1024 * 1024;

/** How zlib names an input that ends too early; zstd reports it with a code of its own. */
const CUT_CODES: ReadonlySet<string> = new Set(['Z_BUF_ERROR', 'ZSTD_error_srcSize_wrong']);

type DecoderSink = {
  readonly onData: (chunk: Buffer) => void;
  readonly onEnd: () => void;
  readonly onFault: (fault: TransportFault) => void;
  /** The decoder has room again after `write` said that it had none. */
  readonly onDrain: () => void;
};

export type Decoder = {
  /** Takes bytes from the wire. False: hold back until `onDrain`. */
  readonly write: (chunk: Buffer) => boolean;
  /** No more bytes will come. */
  readonly end: () => void;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly destroy: () => void;
};

/** The encodings of a `content-encoding` header in the order they were applied; `[]` when there is none to undo. */
export function contentEncodings(header: string | string[] | undefined): readonly string[] {
  if (header === undefined) return [];
  return String(header)
    .toLowerCase()
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '' && token !== 'identity');
}

/**
 * Undoes the encodings of an answer within bounds: layers, swelling, size. Returns the fault instead when the encodings
 * are too many or unknown. https://www.rfc-editor.org/rfc/rfc9110.html#section-8.4
 */
export function openDecoder(
  encodings: readonly string[],
  maxBytes: number,
  sink: DecoderSink,
): Decoder | TransportFault {
  if (encodings.length > LAYERS_MAX) return invalidAnswer('first_byte', 'it is compressed more than twice');
  const layers: Transform[] = [];
  for (const encoding of [...encodings].reverse()) {
    const layer = decompressorFor(encoding);
    if (layer === undefined) return invalidAnswer('first_byte', 'its content encoding is unknown');
    layers.push(layer);
  }
  return connectLayers(layers, maxBytes, sink);
}

function decompressorFor(encoding: string): Transform | undefined {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress();
    default:
      return undefined;
  }
}

function connectLayers(layers: readonly Transform[], maxBytes: number, sink: DecoderSink): Decoder | TransportFault {
  const [first] = layers;
  const last = layers.at(-1);
  if (first === undefined || last === undefined) return invalidAnswer('first_byte', 'it has no content encoding');
  let wireBytes = 0;
  let over = false;

  const destroy = (): void => {
    over = true;
    for (const layer of layers) layer.destroy();
  };
  const fail = (fault: TransportFault): void => {
    if (over) return;
    destroy();
    sink.onFault(fault);
  };
  for (const [index, layer] of layers.entries()) {
    const next = layers[index + 1];
    let bytes = 0;
    layer.on('error', (error: NodeJS.ErrnoException) => {
      fail(CUT_CODES.has(error.code ?? '') ? cutFault('body', error) : invalidAnswer('body', 'decoding failed', error));
    });
    layer.on('data', (chunk: Buffer) => {
      if (over) return;
      bytes += chunk.length;
      if (bytes > maxBytes) fail(tooLargeFault(maxBytes));
      else if (bytes > RATIO_FREE_BYTES && bytes > wireBytes * RATIO_MAX) {
        fail(invalidAnswer('body', 'it swells too much when decoded'));
      } else if (next === undefined) sink.onData(chunk);
      else if (!next.write(chunk)) {
        layer.pause();
        next.once('drain', () => layer.resume());
      }
    });
    layer.on('end', () => {
      if (over) return;
      if (next !== undefined) next.end();
      else {
        over = true;
        sink.onEnd();
      }
    });
  }
  return {
    write: (chunk) => {
      wireBytes += chunk.length;
      const hasRoom = first.write(chunk);
      if (!hasRoom) first.once('drain', sink.onDrain);
      return hasRoom;
    },
    end: () => first.end(),
    pause: () => last.pause(),
    resume: () => last.resume(),
    destroy,
  };
}
