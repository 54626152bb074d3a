import { CALLERS } from '../../support/callers.ts';
import { BODY_BYTES_MAX, JSON_DEPTH_MAX, JSON_KEYS_MAX } from './scene.ts';

/** Bodies that no route can serve, and the status that each is answered with where it is known. */
export type BadBody = { readonly name: string; readonly bytes: Buffer; readonly status?: number };

const deep = JSON_DEPTH_MAX + 2;
const keys = Array.from({ length: JSON_KEYS_MAX + 1 }, (_, index) => `"k${index}":1`).join(',');

/** Whatever the route is for. */
export const NO_JSON: readonly BadBody[] = (
  [
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '1e999'],
    ['a text', '"model"'],
    ['half an object', '{"model":"fake/fake-small"'],
    ['words', 'model=fake-small'],
    ['an object with something behind it', '{} {}'],
    ['too deep an object', `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`],
    ['an object of too many keys', `{${keys}}`],
    ['a field that stands twice', '{"model":"fake/fake-small","model":"fake/fake-small"}'],
    ['the prototype as its only field', '{"__proto__":{"model":"fake/fake-small"}}'],
    ['an empty object', '{}'],
  ] as const
).map(([name, text]) => ({ name, bytes: Buffer.from(text), status: 400 }));

export const ODD_BYTES: readonly BadBody[] = [
  {
    name: 'bytes that are not UTF-8',
    bytes: Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
    status: 400,
  },
  { name: 'too many bytes', bytes: Buffer.alloc(BODY_BYTES_MAX + 1, ' '), status: 413 },
];

/** Values that a provider would not understand either; each is put in the place of every field in turn. */
export const ODD_VALUES: readonly string[] = [
  'null',
  'true',
  '-1',
  '1e999',
  '"\\u0000"',
  '[]',
  '[[]]',
  '{"__proto__":{}}',
];

/** Valid bodies of each chat route, to be spoilt. */
export const VALID = CALLERS.map(({ dialect, path, ask }) => ({
  dialect,
  path,
  requestFor: (model: string) => {
    const { path: to = path, body } = ask({ model, stream: false });
    return { to, body };
  },
}));
