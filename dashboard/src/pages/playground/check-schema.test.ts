import { describe, expect, it } from 'vitest';
import { checkSchema, uncheckedKeywords } from './check-schema.ts';
import type { Json, JsonObject } from './json-text.ts';

const PERSON: JsonObject = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1 },
    age: { type: ['integer', 'null'], minimum: 0 },
    tags: { type: 'array', items: { enum: ['a', 'b'] }, maxItems: 2 },
    friend: { $ref: '#' },
  },
  required: ['name', 'age'],
  additionalProperties: false,
};

describe('a value that fits its schema', () => {
  it.each<[string, Json, JsonObject]>([
    ['with its fields', { name: 'Ada', age: 36 }, PERSON],
    ['with null where that is a type', { name: 'Ada', age: null, tags: ['a', 'b'] }, PERSON],
    ['that names itself', { name: 'Ada', age: 1, friend: { name: 'Bob', age: 2 } }, PERSON],
    ['in whatever order', { b: 1, a: [2] }, { const: { a: [2], b: 1 } }],
    ['one of several', 5, { anyOf: [{ type: 'string' }, { type: 'number' }] }],
    ['by definitions', 'x', { $ref: '#/$defs/a~1b', $defs: { 'a/b': { type: 'string' } } }],
    ['that says nothing', [1, { a: null }], {}],
  ])('%s is without misfits', (_what, value, schema) => {
    expect(checkSchema(value, schema)).toEqual([]);
  });
});

describe('a value that does not', () => {
  it.each<[string, Json, JsonObject, string, string]>([
    ['is of another type', { name: 1, age: 1 }, PERSON, '$.name', 'type'],
    ['has a fraction', { name: 'Ada', age: 1.5 }, PERSON, '$.age', 'type'],
    ['is out of bounds', { name: 'Ada', age: -1 }, PERSON, '$.age', 'minimum'],
    ['is too short', { name: '', age: 1 }, PERSON, '$.name', 'minLength'],
    ['lacks a field', { name: 'Ada' }, PERSON, '$.age', 'required'],
    ['has a field too many', { name: 'Ada', age: 1, 'x y': 1 }, PERSON, '$["x y"]', 'additionalProperties'],
    ['is wrong deep within', { name: 'Ada', age: 1, tags: ['a', 'c'] }, PERSON, '$.tags[1]', 'enum'],
    ['is wrong where the schema names itself', { name: 'A', age: 1, friend: {} }, PERSON, '$.friend.name', 'required'],
    ['is one of none', true, { anyOf: [{ type: 'string' }, { type: 'number' }] }, '$', 'anyOf'],
    ['is one of both', 1, { oneOf: [{ type: 'integer' }, { type: 'number' }] }, '$', 'oneOf'],
    ['does not follow a pattern', 'abc', { pattern: '^\\d+$' }, '$', 'pattern'],
    ['has what a field named as a method needs', {}, { required: ['constructor'] }, '$.constructor', 'required'],
  ])('%s is told where and by which keyword', (_what, value, schema, path, keyword) => {
    expect(checkSchema(value, schema)).toContainEqual(expect.objectContaining({ path, keyword }));
  });

  it('comes to an end for a schema that has none', () => {
    const endless: JsonObject = { anyOf: [{ $ref: '#' }, { $ref: '#' }], type: 'string' };
    expect(checkSchema(1, endless).length).toBeGreaterThan(0);
  });
});

it('keywords that are not looked at are told, properties of their names are not', () => {
  expect(uncheckedKeywords({ type: 'object', properties: { format: { type: 'string', format: 'email' } } })).toEqual([
    'format',
  ]);
  expect(uncheckedKeywords(PERSON)).toEqual([]);
});
