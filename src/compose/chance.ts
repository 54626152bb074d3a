import { randomBytes } from 'node:crypto';

const BYTES = 4;

/** From 0 up to 1. */
export function chance(): number {
  return randomBytes(BYTES).readUInt32BE() / 2 ** (8 * BYTES);
}
