import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { ApiReference, Shape } from './document.ts';

/** Beyond it a sample no longer helps; references that lead back to themselves end here, too. */
const DEPTH_MAX = 5;

const OF_FORMAT: Readonly<Record<string, string>> = {
  'date-time': '2026-01-31T09:30:00.000Z',
  date: '2026-01-31',
  email: 'ada@example.com',
  uri: 'https://example.com',
};

/** Which fields of an object a sample has: what must be sent, or all that may come back. */
export type SampleOf = 'request' | 'response';

/** Makes up a value of a shape, for where the document has no example. */
export function sampleOf(
  shape: Shape,
  {
    schemas,
    of,
    depth = 0,
  }: { readonly schemas: ApiReference['schemas']; readonly of: SampleOf; readonly depth?: number },
): JsonValue {
  const inside = (part: Shape): JsonValue => sampleOf(part, { schemas, of, depth: depth + 1 });
  if (shape.example !== undefined) return shape.example;
  if (shape.choices[0] !== undefined) return shape.choices[0];
  if (depth > DEPTH_MAX) return null;
  if (shape.reference !== undefined) {
    const named = schemas.get(shape.reference);
    return named === undefined ? null : inside(named);
  }
  const [variant] = shape.variants;
  if (variant !== undefined) return inside(variant);
  if (shape.type === 'array') return shape.items === undefined ? [] : [inside(shape.items)];
  if (shape.type === 'object') {
    const shown = shape.fields.filter(({ isRequired }) => isRequired || of === 'response');
    const sample: JsonObject = Object.fromEntries(shown.map((field) => [field.name, inside(field.shape)]));
    return sample;
  }
  return plainSample(shape);
}

function plainSample({ type, limits }: Shape): JsonValue {
  for (const limit of limits) {
    if (limit.kind === 'range' && limit.min !== undefined && type !== 'string') return limit.min;
    if (limit.kind === 'format' && OF_FORMAT[limit.text] !== undefined) return OF_FORMAT[limit.text] ?? '';
  }
  const [first = ''] = type.split(' | ');
  switch (first) {
    case 'string':
      return 'string';
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return true;
    default:
      return null;
  }
}
