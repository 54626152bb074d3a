import type { Opaque } from '../../protocol/chat-parts.ts';
import { packOpaque, unpackOpaque } from '../carried-opaque.ts';
import { GEMINI } from './name.ts';

/**
 * Opaque reasoning in the one place that callers of this format give back unread, a part's `thoughtSignature`. Clients
 * decode and encode that field as base64, in whichever of its alphabets, so that what another dialect's provider sealed
 * goes there as base64 of the text that carries it: https://ai.google.dev/gemini-api/docs/thought-signatures
 */

const MARK = 'hub1.';
const WORDS = '~';

/** What was sealed, and the words before it where the caller was not shown them. */
export type Sealed = { readonly opaque: Opaque; readonly text: string };

/** `text` is what the seal is of and the caller does not see: providers refuse a seal without its words. */
export function packSignature(opaque: Opaque, text = ''): string {
  if (opaque.dialect === GEMINI) return opaque.value;
  const words = text === '' ? '' : `${WORDS}${Buffer.from(text).toString('base64url')}`;
  return Buffer.from(`${packOpaque(opaque, GEMINI)}${words}`).toString('base64');
}

/** The reverse; `undefined` for a signature of the API's own, which belongs to the part that it stands in. */
export function unpackSignature(signature: string): Sealed | undefined {
  // Either alphabet of base64 is read.
  const carried = Buffer.from(signature, 'base64').toString();
  if (!carried.startsWith(MARK)) return undefined;
  const [packed = '', words = ''] = carried.split(WORDS);
  const opaque = unpackOpaque(packed, GEMINI, 'signature');
  return opaque.dialect === GEMINI ? undefined : { opaque, text: Buffer.from(words, 'base64url').toString() };
}
