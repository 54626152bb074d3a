import { GatewayError } from './errors.ts';
import { parseJsonOrUndefined } from './json.ts';

/** A value's place in the bytes: from `start` up to, not including, `end`. */
export type Span = { readonly start: number; readonly end: number };

export type JsonLimits = { readonly depthMax: number; readonly keysPerObjectMax: number };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const SPACE = 0x20;

/**
 * Finds where the values of a JSON object's own keys lie, without building anything, and holds the limits on depth and
 * keys before a parser is let near the text. `text` must have one character per byte (latin1), so that offsets are byte
 * offsets. The text need not be valid: what this returns is only meaningful once a real parser has accepted it.
 *
 * @throws GatewayError `request.too_deep`, `request.too_many_keys`, `request.duplicate_field`
 */
export function topLevelSpans(text: string, limits: JsonLimits): Map<string, Span> {
  const spans = new Map<string, Span>();
  /** Commas seen per open container. */
  const commas: number[] = [];
  let depth = 0;
  let key: string | undefined;
  let valueStart = -1;
  let valueEnd = -1;

  const closeValue = (): void => {
    if (key !== undefined && valueStart >= 0) {
      if (spans.has(key)) {
        throw new GatewayError('request.duplicate_field', { param: key.slice(0, 100) });
      }
      spans.set(key, { start: valueStart, end: valueEnd });
    }
    key = undefined;
    valueStart = -1;
  };

  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code <= SPACE) continue;
    if (depth === 1 && key !== undefined && valueStart < 0 && code !== COLON) valueStart = index;
    switch (code) {
      case QUOTE: {
        const end = endOfString(text, index);
        if (depth === 1 && key === undefined && end < text.length) key = readKey(text, index, end);
        index = end;
        break;
      }
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth += 1;
        if (depth > limits.depthMax) throw new GatewayError('request.too_deep');
        commas[depth] = 0;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (depth === 1) closeValue();
        depth -= 1;
        if (depth < 0) return spans;
        break;
      case COMMA: {
        if (depth === 1) closeValue();
        const count = (commas[depth] ?? 0) + 1;
        commas[depth] = count;
        if (count >= limits.keysPerObjectMax && isInObject(text, index)) {
          throw new GatewayError('request.too_many_keys');
        }
        continue;
      }
      default:
        break;
    }
    valueEnd = index + 1;
  }
  return spans;
}

/** The index of the string's closing quote, or the text's length when it never closes. */
function endOfString(text: string, openQuote: number): number {
  let close = text.indexOf('"', openQuote + 1);
  while (close >= 0) {
    let backslashes = 0;
    while (text.charCodeAt(close - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return close;
    close = text.indexOf('"', close + 1);
  }
  return text.length;
}

/** A key may be written with escapes (`"mod\u0065l"`), which must not hide it. */
function readKey(text: string, openQuote: number, closeQuote: number): string {
  const raw = text.slice(openQuote + 1, closeQuote);
  if (!raw.includes('\\')) return raw;
  // What is not a JSON string stays as it is: the parser that runs next refuses the text and says where.
  const key = parseJsonOrUndefined(`"${raw}"`);
  return typeof key === 'string' ? key : raw;
}

/** Whether the comma at `index` parts an object's members: the next thing is then a key, a string before a colon. */
function isInObject(text: string, index: number): boolean {
  let next = index + 1;
  while (next < text.length && text.charCodeAt(next) <= SPACE) next += 1;
  if (text.charCodeAt(next) !== QUOTE) return false;
  let after = endOfString(text, next) + 1;
  while (after < text.length && text.charCodeAt(after) <= SPACE) after += 1;
  return text.charCodeAt(after) === COLON;
}
