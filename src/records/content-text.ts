import { type JsonValue, parseJsonOrUndefined } from '../kernel/json.ts';
import type { ContentSide } from '../protocol/contents.ts';
import { type EventPiece, joinedPieces } from './event-pieces.ts';
import { findPersonal, redact, strike } from './redact.ts';

/** Bytes of one side that are read; of an answer that goes on, the rest is not kept in memory. */
export const READ_BYTES_MAX = 1_048_576;
/** Characters of one side that are stored. */
export const KEPT_CHARS_MAX = 262_144;
/** Left off the end of what was not read whole: half a secret there looks like none. */
const END_CHARS = 16_384;
/** Longer runs of base64 are pictures, sound or what only a provider can read. */
const ENCODED_CHARS_MIN = 1024;
/** Strings that are no longer stand in every event again: names of fields, ids, single words. */
const REPEATED_CHARS_MAX = 64;
/** Cards have no shorter numbers. */
const CARD_NUMBER_MIN = 1e12;
const ENCODED = /^(?:data:[^,]{0,256},)?[A-Za-z0-9+/_-]+={0,2}$/;
const NOT_TEXT = /^(?:multipart|image|audio|video|font)\/|^application\/(?:octet-stream|pdf|zip)\b/i;

/** One side of a request as it went over the wire. */
export type WireSide = {
  readonly mediaType: string | undefined;
  /** All that was sent. */
  readonly bytes: number;
  /** The first {@link READ_BYTES_MAX} of it; a request that is larger is not read at all. */
  readonly read: Buffer;
};

/**
 * What is stored of one side. Secrets are struck out of the strings that its JSON holds, and of nothing that was cut: in
 * the bytes, an escape or an end may hide them.
 */
export function textOfSide(
  { mediaType, bytes, read }: WireSide,
  redacts: boolean,
  replaced: Replaced = NOTHING_REPLACED,
): ContentSide {
  const said = { mediaType, bytes };
  if (bytes === 0) return { ...said, notStored: 'nothing_sent' };
  if (NOT_TEXT.test(mediaType ?? '')) return { ...said, notStored: 'not_text' };
  const isWhole = read.length === bytes;
  const text = read.toString('utf8');
  if (mediaType?.startsWith('text/event-stream') === true) {
    return { ...said, ...cut(textOfEvents(text, { redacts, replaced, isWhole }), isWhole) };
  }
  if (!isWhole) return { ...said, notStored: 'too_large' };
  const value = parseJsonOrUndefined(text);
  if (value !== undefined) return { ...said, ...cut(JSON.stringify(mapText(value, cleaner(redacts, replaced))), true) };
  if (mediaType?.startsWith('text/') !== true) return { ...said, notStored: 'unreadable' };
  return { ...said, ...cut(cleaner(redacts, replaced)(text), true) };
}

function cut(text: string, isWhole: boolean): { readonly text: string; readonly isCut: boolean } {
  const end = Math.min(KEPT_CHARS_MAX, isWhole ? text.length : Math.max(0, text.length - END_CHARS));
  // A character that takes two units of a string may have lost one of them.
  return { text: text.slice(0, end).toWellFormed(), isCut: !isWhole || end < text.length };
}

/** What guardrails replaced in a request, and by what. */
type Replaced = ReadonlyMap<string, string>;
const NOTHING_REPLACED: Replaced = new Map();

/** Each stands whole in one string, be it one of a stream's events; in arguments of calls as JSON writes it. */
function withoutReplaced(text: string, replaced: Replaced): string {
  let left = text;
  for (const [value, placeholder] of replaced) {
    left = left.replaceAll(value, placeholder).replaceAll(JSON.stringify(value).slice(1, -1), placeholder);
  }
  return left;
}

/** What one string comes to. */
function cleaner(redacts: boolean, replaced: Replaced): (text: string) => string {
  const known = new Map<string, string>();
  return (whole) => {
    const text = withoutReplaced(whole, replaced);
    if (text.length >= ENCODED_CHARS_MIN && ENCODED.test(text)) return `[${text.length} characters of base64]`;
    if (!redacts) return text;
    if (text.length > REPEATED_CHARS_MAX) return redact(text);
    const cleaned = known.get(text) ?? redact(text);
    known.set(text, cleaned);
    return cleaned;
  };
}

/** The value with every string in it changed, names of fields among them. */
function mapText(value: JsonValue, change: (text: string) => string): JsonValue {
  if (typeof value === 'string') return change(value);
  if (typeof value === 'number' && value >= CARD_NUMBER_MIN) return numberOrText(value, change);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => mapText(item, change));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [change(name), item === undefined ? item : mapText(item, change)]),
  );
}

/** A card's number may be said as a number, and then gives way to a text. */
function numberOrText(value: number, change: (text: string) => string): JsonValue {
  const text = String(value);
  const changed = change(text);
  return changed === text ? value : changed;
}

const DATA = 'data:';

/**
 * The events of a stream. A model says a word piece by piece, so that what is to be struck out is looked for in the
 * pieces of each field put together, and in each field of each event besides.
 */
function textOfEvents(
  text: string,
  { redacts, replaced, isWhole }: { readonly redacts: boolean; readonly replaced: Replaced; readonly isWhole: boolean },
): string {
  const lines = text.split('\n');
  // The last line of a stream that was not read to its end is part of one.
  if (!isWhole) lines.pop();
  const clean = cleaner(redacts, replaced);
  const values = lines.map((line) =>
    line.startsWith(DATA) ? parseJsonOrUndefined(line.slice(DATA.length)) : undefined,
  );
  const cleaned = values.map((value) => (value === undefined ? undefined : mapText(value, clean)));
  if (redacts) for (const track of joinedPieces(cleaned)) strikeTrack(track);
  return lines
    .map((line, index) => {
      const value = cleaned[index];
      return value === undefined ? clean(line) : `${DATA} ${JSON.stringify(value)}`;
    })
    .join('\n');
}

function strikeTrack(track: readonly EventPiece[]): void {
  const pieces = track.map(({ text }) => text);
  // Ids and names that stand in every event say nothing together that they do not say alone.
  if (pieces.every((piece) => piece === pieces[0])) return;
  const findings = findPersonal(pieces.join(''));
  if (findings.length === 0) return;
  strike(pieces, findings).forEach((text, index) => track[index]?.put(text));
}
