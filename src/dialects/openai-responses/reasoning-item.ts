import type { Opaque } from '../../protocol/chat-parts.ts';
import { packOpaque, unpackOpaque } from '../carried-opaque.ts';
import { NAME } from './name.ts';

/**
 * What stands in `encrypted_content` of a reasoning item. Reasoning of a provider that encrypts nothing gets a note of
 * ours there: clients that keep no answers at the provider drop a reasoning item without one (the `ai` package), and its
 * id alone would name something that nobody holds. Some providers need the words back for the next turn.
 */
const NOTE = 'hub';
const NOTE_OF_SUMMARY = 'summary';
const NOTE_OF_REASONING = 'reasoning';

export type CarriedReasoning = { readonly opaque: Opaque | undefined; readonly isSummary: boolean | undefined };

/** The text that carries what came with the reasoning through a caller of this dialect. */
export function packReasoning({ opaque, isSummary }: CarriedReasoning): string {
  if (opaque !== undefined) return packOpaque(opaque, NAME);
  const value = isSummary === true ? NOTE_OF_SUMMARY : NOTE_OF_REASONING;
  return packOpaque({ dialect: NOTE, kind: 'encrypted', value }, NAME);
}

/**
 * The reverse. The words beside it are a summary where they are the dialect's own: what another dialect's reasoning was
 * carried with, its words are told in the same place.
 */
export function unpackReasoning(encrypted: string | undefined): CarriedReasoning {
  if (encrypted === undefined || encrypted === '') return { opaque: undefined, isSummary: true };
  const opaque = unpackOpaque(encrypted, NAME, 'encrypted');
  if (opaque.dialect === NOTE) {
    return { opaque: undefined, isSummary: opaque.value === NOTE_OF_SUMMARY ? true : undefined };
  }
  return { opaque, isSummary: opaque.dialect === NAME ? true : undefined };
}
