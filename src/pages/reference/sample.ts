import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { ApiReference, Shape } from './document.ts';

const OF_FORMAT: Readonly<Record<string, string>> = {
  'date-time': '2026-01-31T09:30:00.000Z',
  date: '2026-01-31',
  email: 'ada@example.com',
  uri: 'https://example.com',
};

/** Which fields of an object a sample has: what must be sent, or all that may come back. */
export type SampleOf = 'request' | 'response';

type SampleInput = {
  readonly schemas: ApiReference['schemas'];
  readonly of: SampleOf;
  /** The named schemas around: one that holds itself ends here. */
  readonly within?: readonly string[];
};

/** Makes up a value of a shape, for where the document has no example. */
export function sampleOf(shape: Shape, input: SampleInput): JsonValue {
  const inside = (part: Shape): JsonValue => sampleOf(part, input);
  if (shape.example !== undefined) return shape.example;
  if (shape.choices[0] !== undefined) return shape.choices[0];
  if (shape.reference !== undefined) return namedSample(shape.reference, input);
  const [variant] = shape.variants;
  if (variant !== undefined) return inside(variant);
  if (shape.type === 'array') return shape.items === undefined ? [] : [inside(shape.items)];
  if (shape.type === 'object') {
    const shown = shape.fields.filter(({ isRequired }) => isRequired || input.of === 'response');
    const sample: JsonObject = Object.fromEntries(shown.map((field) => [field.name, inside(field.shape)]));
    return sample;
  }
  return plainSample(shape);
}

function namedSample(name: string, input: SampleInput): JsonValue {
  const { schemas, within = [] } = input;
  const named = schemas.get(name);
  if (named === undefined || within.includes(name)) return null;
  return sampleOf(named, { ...input, within: [...within, name] });
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
