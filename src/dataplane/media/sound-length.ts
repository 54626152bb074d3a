/** How long a sound may be, told by its bytes alone. */

/** The lowest rate that Opus is made for, 6 kbit/s: https://www.rfc-editor.org/rfc/rfc6716#section-2.1.1 */
const LEAST_BYTES_PER_SECOND = 750;
/** Speech in MP3, AAC or Opus as it is usually recorded: 32 kbit/s. */
const LIKELY_BYTES_PER_SECOND = 4000;

const RIFF_HEAD_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
const FORMAT_BYTES = 16;
const PCM = 1;
/** Chunks before the sound; of a file with more, the head is not read. */
const CHUNKS_MAX = 8;

/** The most seconds that a file may hold. What its head says of its length is not asked: only bytes that are there count. */
export function secondsAtMost(file: Buffer): number {
  return Math.ceil(pcmSeconds(file) ?? file.length / LEAST_BYTES_PER_SECOND) + 1;
}

/** What a file likely holds, where its provider does not tell. */
export function likelySeconds(file: Buffer): number {
  return pcmSeconds(file) ?? file.length / LIKELY_BYTES_PER_SECOND;
}

/**
 * The seconds of a WAV file whose samples are not compressed, all of its bytes taken for samples. They are reckoned from what
 * a decoder cannot do without, rate, channels and bits: the byte rate and the length that stand beside them may be lies.
 */
function pcmSeconds(file: Buffer): number | undefined {
  const isWave = file.length >= RIFF_HEAD_BYTES && tag(file, 0) === 'RIFF' && tag(file, 8) === 'WAVE';
  if (!isWave) return undefined;
  let bytesPerSecond: number | undefined;
  let at = RIFF_HEAD_BYTES;
  for (let chunks = 0; chunks < CHUNKS_MAX && at + CHUNK_HEAD_BYTES <= file.length; chunks += 1) {
    const name = tag(file, at);
    const length = file.readUInt32LE(at + 4);
    const from = at + CHUNK_HEAD_BYTES;
    if (name === 'data') return bytesPerSecond === undefined ? undefined : (file.length - from) / bytesPerSecond;
    // A second format, or a length besides that of the samples: decoders differ in which they take.
    if (name === 'fact' || (name === 'fmt ' && bytesPerSecond !== undefined)) return undefined;
    if (name === 'fmt ') bytesPerSecond = bytesPerSecondOf(file, from);
    at = from + length + (length % 2);
  }
  return undefined;
}

function bytesPerSecondOf(file: Buffer, at: number): number | undefined {
  if (at + FORMAT_BYTES > file.length || file.readUInt16LE(at) !== PCM) return undefined;
  const rate = file.readUInt32LE(at + 4) * file.readUInt16LE(at + 2) * (file.readUInt16LE(at + 14) / 8);
  return rate > 0 ? rate : undefined;
}

function tag(file: Buffer, at: number): string {
  return file.toString('latin1', at, at + 4);
}
