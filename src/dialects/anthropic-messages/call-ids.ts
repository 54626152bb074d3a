import type { Opaque } from '../../protocol/chat-parts.ts';
import { packCallId, unpackCallId } from '../carried-opaque.ts';

/**
 * Ids of calls. Anthropic takes letters, digits, `_` and `-` only; other services write `functions.weather:0` and the
 * like. Such an id is sent in a safe form that is always the same for it, so that a call and its result still meet.
 * https://docs.anthropic.com/en/api/messages
 */

const SAFE_ID = /^[a-zA-Z0-9_-]+$/;
const MARK = 'hubid_';

/** The id in a form that Anthropic and its callers accept. */
export function safeCallId(id: string): string {
  if (SAFE_ID.test(id) && !id.startsWith(MARK)) return id;
  return `${MARK}${Buffer.from(id).toString('base64url')}`;
}

/** The safe id of a call, with the signature of the call behind it. */
export function encodeCallId(id: string, opaque: Opaque | undefined): string {
  return packCallId(safeCallId(id), opaque);
}

/** The reverse: the id as its provider wrote it, and the signature that came along. */
export function decodeCallId(text: string): { readonly id: string; readonly opaque: Opaque | undefined } {
  const { id, opaque } = unpackCallId(text);
  if (!id.startsWith(MARK)) return { id, opaque };
  return { id: Buffer.from(id.slice(MARK.length), 'base64url').toString(), opaque };
}
