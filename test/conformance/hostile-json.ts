import fc from 'fast-check';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../src/kernel/json.ts';

/** JSON as somebody sends it who means no good: valid bodies, changed in a few places by chance. */

/** Keys that mean something to the language, and keys that dialects read. */
const HOSTILE_KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
  'length',
  '0',
  '',
  'type',
  'role',
  'content',
  'text',
  'name',
  'id',
  'cache_control',
  'tool_calls',
  'input',
  'arguments',
  'signature',
  'image_url',
  'url',
  'source',
] as const;

const NESTING = 40;
const HOSTILE_TEXTS: readonly JsonValue[] = [
  '',
  ' ',
  '__proto__',
  'constructor',
  'toString',
  'a.constructor',
  'image/constructor',
  '\u0000',
  '\ud800 alone',
  '\n\ndata: [DONE]\n\n',
  'hub1.anthropic-messages.signature.%%%',
  'hub1...',
  'call_1_hub1_',
  '_hub1_gemini-generate.!!',
  'data:',
  'data:,',
  'data:image/png;base64',
  'data:;base64,%%%',
  'data:text/plain,%E0%A4%A',
  'https://[::1',
  'file:///etc/passwd',
  '{"__proto__":{"a":1}}',
  '[1',
  '9'.repeat(400),
  'x'.repeat(70_000),
];
/** Stands for a number that no double holds, until the JSON is text. */
const LONG_NUMBER = 'a long number';
const LONG_DIGITS = '12345678901234567890';

/** As text, since what is hostile about some of it would not survive being written as a literal. */
const HOSTILE_JSON: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e21',
  '1e400',
  '-1e400',
  `"${LONG_NUMBER}"`,
  `["${LONG_NUMBER}"]`,
  `{"type":"${LONG_NUMBER}","name":"${LONG_NUMBER}"}`,
  '[]',
  '[[]]',
  '[null]',
  '[""]',
  '[{}]',
  '[[[{"type":"text"}]]]',
  '{}',
  '{"":null}',
  '{"__proto__":{"polluted":true,"type":"text","text":"x"}}',
  '{"__proto__":null}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":1,"valueOf":null,"toJSON":"x","length":-1}',
  '{"then":{}}',
  '{"type":"__proto__"}',
  '{"type":"constructor"}',
  '{"role":"toString"}',
  '{"type":["text"]}',
  `${'['.repeat(NESTING)}${']'.repeat(NESTING)}`,
  `${'{"properties":'.repeat(NESTING)}1${'}'.repeat(NESTING)}`,
];

/** The text of hostile JSON, with every digit of its numbers. */
export function hostileText(json: JsonValue): string {
  return JSON.stringify(json).replaceAll(`"${LONG_NUMBER}"`, LONG_DIGITS);
}

type Change =
  | { readonly kind: 'replace'; readonly at: number; readonly text: string }
  | { readonly kind: 'remove'; readonly at: number }
  | { readonly kind: 'add'; readonly at: number; readonly key: string; readonly text: string }
  /** What stands at one place stands at the other, too. */
  | { readonly kind: 'move'; readonly at: number; readonly from: number }
  | { readonly kind: 'repeat'; readonly at: number };

export type Changes = readonly Change[];

const place = fc.nat({ max: 1_000_000 });
const hostileValue = fc.oneof(
  fc.constantFrom(...HOSTILE_JSON, ...HOSTILE_TEXTS.map((text) => JSON.stringify(text))),
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
);
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('replace' as const), at: place, text: hostileValue }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), at: place }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      at: place,
      key: fc.constantFrom(...HOSTILE_KEYS),
      text: hostileValue,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), at: place, from: place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const), at: place }) },
);

const CHANGES_MAX = 5;

/** A few changes to whatever they are applied to. */
export const CHANGES: fc.Arbitrary<Changes> = fc.array(change, { minLength: 1, maxLength: CHANGES_MAX });

/** A changed copy, as a parser gives it. */
export function changed(json: JsonValue, changes: Changes): JsonValue {
  return changes.reduce<JsonValue>(applied, parseJson(JSON.stringify(json)));
}

type Place = { readonly holder: JsonValue[] | JsonObject; readonly key: string | number };

function applied(json: JsonValue, made: Change): JsonValue {
  const places = placesIn(json);
  const found = places[made.at % Math.max(1, places.length)];
  if (found === undefined) return json;
  switch (made.kind) {
    case 'replace':
      put(found, parseJson(made.text));
      return json;
    case 'remove':
      if (Array.isArray(found.holder)) found.holder.splice(Number(found.key), 1);
      else delete found.holder[found.key];
      return json;
    case 'add': {
      const inner = valueOf(found);
      const value = parseJson(made.text);
      if (Array.isArray(inner)) inner.push(value);
      else if (isJsonObject(inner)) put({ holder: inner, key: made.key }, value);
      return json;
    }
    case 'move': {
      const from = places[made.from % places.length];
      if (from !== undefined) put(found, parseJson(JSON.stringify(valueOf(from) ?? null)));
      return json;
    }
    case 'repeat':
      if (Array.isArray(found.holder)) found.holder.push(parseJson(JSON.stringify(valueOf(found) ?? null)));
      return json;
  }
}

function placesIn(json: JsonValue | undefined): readonly Place[] {
  if (Array.isArray(json)) {
    return json.flatMap((item, key): readonly Place[] => [{ holder: json, key }, ...placesIn(item)]);
  }
  if (!isJsonObject(json)) return [];
  return Object.entries(json).flatMap(([key, value]): readonly Place[] => [{ holder: json, key }, ...placesIn(value)]);
}

function valueOf({ holder, key }: Place): JsonValue | undefined {
  if (Array.isArray(holder)) return holder[Number(key)];
  return Object.hasOwn(holder, key) ? holder[key] : undefined;
}

/** As a parser does it: `__proto__` is a key as any other. */
function put({ holder, key }: Place, value: JsonValue): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}
