import { parseJsonOrUndefined } from '../kernel/json.ts';
import type { Span } from '../kernel/json-spans.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** An object or list that is open where a value stands, with what the reader knows of it; an object, with the key at hand. */
export type Container<Known> = { readonly isObject: boolean; readonly known: Known; key: string | undefined };

export type StringReader<Known> = {
  /** What is known of a container that begins inside another, or of the outermost; so many are open around it. */
  readonly know: (inner: Container<Known> | undefined, isObject: boolean, depth: number) => Known;
  /** Sees each string value, quotes included, inside so many containers. */
  readonly see: (place: Span, inner: Container<Known>, depth: number) => void;
};

/** Walks the string values of a body in the order of its bytes (latin1, one character a byte), which are valid JSON. */
export function forEachString<Known>(bytes: string, { know, see }: StringReader<Known>): void {
  const open: Container<Known>[] = [];
  for (let index = 0; index < bytes.length; index += 1) {
    const inner = open.at(-1);
    const character = bytes.charAt(index);
    switch (character) {
      case '{':
      case '[': {
        const isObject = character === '{';
        open.push({ isObject, known: know(inner, isObject, open.length), key: undefined });
        break;
      }
      case '}':
      case ']':
        open.pop();
        break;
      case ',':
        if (inner !== undefined) inner.key = undefined;
        break;
      case '"': {
        const place = { start: index, end: endOfString(bytes, index) };
        if (inner?.isObject === true && inner.key === undefined) inner.key = stringAt(bytes, place);
        else if (inner !== undefined) see(place, inner, open.length);
        index = place.end - 1;
        break;
      }
      default:
        break;
    }
  }
}

/** The value of the JSON string in a place. */
export function stringAt(bytes: string, { start, end }: Span): string {
  const value = parseJsonOrUndefined(Buffer.from(bytes.slice(start, end), 'latin1').toString());
  return typeof value === 'string' ? value : '';
}

/** Behind the closing quote. */
function endOfString(bytes: string, openQuote: number): number {
  for (let at = openQuote + 1; at < bytes.length; at += 1) {
    const code = bytes.charCodeAt(at);
    if (code === BACKSLASH) at += 1;
    else if (code === QUOTE) return at + 1;
  }
  return bytes.length;
}
