import type { Span } from '../../kernel/json-spans.ts';
import { type Container, forEachString, stringAt } from '../json-strings.ts';

/** A string value of a body, where it stands (`requests[].model`, places of a list left out), and its bytes. */
export type StringValue = Span & { readonly path: string; readonly text: string };

/**
 * The string values of a body that stand in fields of a name, at whatever depth, in the order of the bytes. `bytes`
 * (latin1, one character a byte) are valid JSON.
 */
export function stringValuesOf(bytes: string, field: string): readonly StringValue[] {
  const values: StringValue[] = [];
  forEachString<string>(bytes, {
    know: (inner, isObject) => (isObject ? pathIn(inner) : `${pathIn(inner)}[]`),
    see: (place, inner) => {
      if (inner.key === field) values.push({ ...place, path: pathIn(inner), text: stringAt(bytes, place) });
    },
  });
  return values;
}

function pathIn(container: Container<string> | undefined): string {
  if (container === undefined) return '';
  const { isObject, known: path, key } = container;
  if (!isObject || key === undefined) return path;
  return path === '' ? key : `${path}.${key}`;
}
