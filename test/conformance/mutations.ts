import { isJsonObject, type JsonObject, type JsonValue } from '../../src/kernel/json.ts';

/** Changed copies of JSON: what a server or a caller might send in place of what was expected. */

export type Mutation = {
  /** What was done, and where: `choices[0].delta: null`. */
  readonly what: string;
  readonly json: JsonValue;
};

/** A field that no dialect has. Its text is told apart from all others by `withoutUnknownFields`. */
const UNKNOWN_FIELD = 'x_hub_unknown';
const UNKNOWN_VALUE = 'unknown';

/** The word is one that every object knows: a table that is asked for it must not answer. */
const ODD_VALUES: readonly JsonValue[] = [
  null,
  true,
  -1,
  1e300,
  '',
  'odd',
  'constructor',
  [],
  [null],
  {},
  { odd: { odd: [1] } },
];

/** Keys whose strings are words of a closed list. */
const WORD_KEYS: ReadonlySet<string> = new Set([
  'type',
  'role',
  'status',
  'object',
  'finish_reason',
  'finishReason',
  'stop_reason',
  'stopReason',
  'done_reason',
  'service_tier',
  'code',
  'blockReason',
]);
const UNKNOWN_WORD = 'hub_unknown_word';

/** The JSON with a field more, once for each object in it. */
export function withUnknownField(json: JsonValue): readonly Mutation[] {
  return pathsIn(json)
    .filter((path) => isJsonObject(valueAt(json, path)))
    .map((path) => ({
      what: `${nameOf(path)} with an unknown field`,
      json: change(json, path, (value) => ({ ...(isJsonObject(value) ? value : {}), [UNKNOWN_FIELD]: UNKNOWN_VALUE })),
    }));
}

/** The JSON with another word, once for each word of a closed list in it. */
export function withUnknownWord(json: JsonValue): readonly Mutation[] {
  return pathsIn(json)
    .filter((path) => WORD_KEYS.has(String(path.at(-1))) && typeof valueAt(json, path) === 'string')
    .map((path) => ({ what: `${nameOf(path)}: ${UNKNOWN_WORD}`, json: change(json, path, () => UNKNOWN_WORD) }));
}

/** The JSON with an odd value, for each value in it and each odd value; and without each. */
export function withOddValue(json: JsonValue): readonly Mutation[] {
  return pathsIn(json).flatMap((path) => [
    ...ODD_VALUES.map((odd) => ({
      what: `${nameOf(path)}: ${JSON.stringify(odd)}`,
      json: change(json, path, () => structuredClone(odd)),
    })),
    ...(path.length === 0 ? [] : [{ what: `${nameOf(path)}: missing`, json: change(json, path, () => undefined) }]),
  ]);
}

/** The JSON without every field of these names, wherever they stand. */
export function withoutFields(json: JsonValue, names: ReadonlySet<string>): JsonValue {
  if (Array.isArray(json)) return json.map((item) => withoutFields(item, names));
  if (!isJsonObject(json)) return json;
  const kept = Object.entries(json).filter(([key]) => !names.has(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutFields(value ?? null, names)]));
}

/**
 * Takes unknown fields out again, from objects and from JSON within strings: where a dialect hands on an object as it is
 * (arguments of a call, a block of the provider's own), the field has to be there.
 */
export function withoutUnknownFields(json: unknown): string {
  return JSON.stringify(json)
    .replaceAll(/,?(\\*)"x_hub_unknown\1":\1"unknown\1"/g, '')
    .replaceAll('{,', '{');
}

/** Every string of the JSON replaced, but for those under these keys. */
export function mapStrings(json: JsonValue, map: (text: string) => string, except: ReadonlySet<string>): JsonValue {
  if (typeof json === 'string') return map(json);
  if (Array.isArray(json)) return json.map((item) => mapStrings(item, map, except));
  if (!isJsonObject(json)) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [
      key,
      except.has(key) || value === undefined ? value : mapStrings(value, map, except),
    ]),
  );
}

type Path = readonly (string | number)[];

function pathsIn(json: JsonValue, path: Path = []): readonly Path[] {
  if (Array.isArray(json)) return [path, ...json.flatMap((item, index) => pathsIn(item, [...path, index]))];
  if (!isJsonObject(json)) return [path];
  return [path, ...Object.entries(json).flatMap(([key, value]) => pathsIn(value ?? null, [...path, key]))];
}

function valueAt(json: JsonValue, path: Path): JsonValue | undefined {
  let value: JsonValue | undefined = json;
  for (const step of path) {
    if (Array.isArray(value) && typeof step === 'number') value = value[step];
    else value = isJsonObject(value) ? value[String(step)] : undefined;
  }
  return value;
}

/** A copy that differs at the path; `undefined` takes the value away. What does not change is shared. */
function change(json: JsonValue, path: Path, make: (value: JsonValue) => JsonValue | undefined): JsonValue {
  return changeOrRemove(json, path, make) ?? null;
}

function changeOrRemove(
  json: JsonValue,
  path: Path,
  make: (value: JsonValue) => JsonValue | undefined,
): JsonValue | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return make(json);
  if (Array.isArray(json)) {
    const items = json.map((item, index) => (index === step ? changeOrRemove(item, rest, make) : item));
    return items.filter((item) => item !== undefined);
  }
  const object: JsonObject = isJsonObject(json) ? { ...json } : {};
  const changed = changeOrRemove(object[step] ?? null, rest, make);
  if (changed === undefined) delete object[step];
  else object[step] = changed;
  return object;
}

function nameOf(path: Path): string {
  if (path.length === 0) return 'the body';
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}
