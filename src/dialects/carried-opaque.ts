import type { Opaque } from '../protocol/chat-parts.ts';

/**
 * Opaque reasoning of one dialect on its way through a caller of another: the caller's dialect has a place for a text of
 * its own kind (a signature, an encrypted block, the id of a call) and gives it back unread on the next turn. What is put
 * there says whose it is, so that it reaches no other provider.
 */

const MARK = 'hub1';
const CALL_MARK = '_hub1_';
/** How a carried text begins where it stands in JSON: it is never a part of a longer one. */
const TEXT_MARK = `"${MARK}.`;
/** The same as base64, in which some clients keep what they give back. */
const BASE64_MARK = `"${Buffer.from(`${MARK}.`).toString('base64').slice(0, 6)}`;
const KINDS: readonly string[] = ['signature', 'redacted', 'encrypted'] satisfies readonly Opaque['kind'][];

/** Whether a request may bring back something that was carried: nobody's own words are taken for it. */
export function holdsCarriedOpaque(raw: Buffer): boolean {
  return raw.includes(TEXT_MARK) || raw.includes(CALL_MARK) || raw.includes(BASE64_MARK);
}

/** The opaque text as a caller of the dialect `carrier` gets it: unchanged where it is that dialect's own. */
export function packOpaque(opaque: Opaque, carrier: string): string {
  if (opaque.dialect === carrier) return opaque.value;
  return `${MARK}.${opaque.dialect}.${opaque.kind}.${Buffer.from(opaque.value).toString('base64url')}`;
}

/** The reverse. `kind` is what a text without a mark is. */
export function unpackOpaque(text: string, carrier: string, kind: Opaque['kind']): Opaque {
  const foreign = unpackForeign(text);
  return foreign ?? { dialect: carrier, kind, value: text };
}

/** A call's id with the signature of the call behind it. Ids come back with every result, whatever the dialect. */
export function packCallId(id: string, opaque: Opaque | undefined): string {
  if (opaque === undefined) return id;
  const packed = `${opaque.dialect}.${opaque.kind}.${Buffer.from(opaque.value).toString('base64url')}`;
  return `${id}${CALL_MARK}${Buffer.from(packed).toString('base64url')}`;
}

/** The reverse: the provider's own id of the call, and the signature that it carried. */
export function unpackCallId(text: string): { readonly id: string; readonly opaque: Opaque | undefined } {
  const mark = text.indexOf(CALL_MARK);
  if (mark < 0) return { id: text, opaque: undefined };
  const packed = Buffer.from(text.slice(mark + CALL_MARK.length), 'base64url').toString();
  return { id: text.slice(0, mark), opaque: unpackForeign(`${MARK}.${packed}`) };
}

function unpackForeign(text: string): Opaque | undefined {
  if (!text.startsWith(`${MARK}.`)) return undefined;
  const [, dialect = '', kind = '', value = ''] = text.split('.');
  if (dialect === '' || !KINDS.includes(kind)) return undefined;
  // The list holds exactly the kinds.
  return { dialect, kind: kind as Opaque['kind'], value: Buffer.from(value, 'base64url').toString() };
}
