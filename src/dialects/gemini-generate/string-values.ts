import { parseJsonOrUndefined } from '../../kernel/json.ts';
import type { Span } from '../../kernel/json-spans.ts';

/** A string value of a body, where it stands (`requests[].model`, places of a list left out), and its bytes. */
export type StringValue = Span & { readonly path: string; readonly text: string };

type Container = { readonly isObject: boolean; readonly path: string; key: string | undefined };

const BACKSLASH = '\\';

/**
 * The string values of a body that stand in fields of a name, at whatever depth, in the order of the bytes. `bytes`
 * (latin1, one character a byte) are valid JSON.
 */
export function stringValuesOf(bytes: string, field: string): readonly StringValue[] {
  const values: StringValue[] = [];
  const open: Container[] = [];
  for (let index = 0; index < bytes.length; index += 1) {
    const inner = open.at(-1);
    switch (bytes.charAt(index)) {
      case '{':
        open.push({ isObject: true, path: pathIn(inner), key: undefined });
        break;
      case '[':
        open.push({ isObject: false, path: `${pathIn(inner)}[]`, key: undefined });
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ',':
        if (inner !== undefined) inner.key = undefined;
        break;
      case '"': {
        const end = endOfString(bytes, index);
        if (inner?.isObject === true && inner.key === undefined) inner.key = decoded(bytes, index, end);
        else if (inner?.key === field) {
          values.push({ start: index, end, path: pathIn(inner), text: decoded(bytes, index, end) });
        }
        index = end - 1;
        break;
      }
      default:
        break;
    }
  }
  return values;
}

function pathIn(container: Container | undefined): string {
  if (container === undefined) return '';
  const { isObject, path, key } = container;
  if (!isObject || key === undefined) return path;
  return path === '' ? key : `${path}.${key}`;
}

/** Behind the closing quote. */
function endOfString(bytes: string, openQuote: number): number {
  for (let at = openQuote + 1; at < bytes.length; at += 1) {
    const character = bytes.charAt(at);
    if (character === BACKSLASH) at += 1;
    else if (character === '"') return at + 1;
  }
  return bytes.length;
}

function decoded(bytes: string, start: number, end: number): string {
  const value = parseJsonOrUndefined(Buffer.from(bytes.slice(start, end), 'latin1').toString());
  return typeof value === 'string' ? value : '';
}
