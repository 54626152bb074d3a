import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.ts';
import { plainNumber } from './exact-json.ts';

/**
 * Readers for the fields of a caller's request. Each takes the object, the key and where the object stands (`messages[2]`;
 * empty for the body), treats `null` as not said, and throws `request.invalid` naming the field for any other type.
 */

const MODEL_CHARACTERS_MAX = 256;
const END_USER_CHARACTERS_MAX = 256;

/** @throws GatewayError `request.invalid` that names the field */
export function invalid(field: string, must: string): GatewayError {
  return new GatewayError('request.invalid', { message: `\`${field}\` ${must}.`, param: field });
}

/** `messages[2]` and `content` → `messages[2].content`. */
export function at(where: string, key: string | number): string {
  if (typeof key === 'number') return `${where}[${key}]`;
  return where === '' ? key : `${where}.${key}`;
}

export function optionalString(object: JsonObject, key: string, where = ''): string | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid(at(where, key), 'must be a string');
  return value;
}

export function requiredString(object: JsonObject, key: string, where = ''): string {
  const value = optionalString(object, key, where);
  if (value === undefined) throw invalid(at(where, key), 'must be a string');
  return value;
}

export function optionalNumber(object: JsonObject, key: string, where = ''): number | undefined {
  const value = plainNumber(object[key]);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(at(where, key), 'must be a number');
  return value;
}

export function optionalCount(object: JsonObject, key: string, where = ''): number | undefined {
  const value = optionalNumber(object, key, where);
  if (value !== undefined && (!Number.isSafeInteger(value) || value < 0)) {
    throw invalid(at(where, key), 'must be a whole number and not negative');
  }
  return value;
}

export function optionalBoolean(object: JsonObject, key: string, where = ''): boolean | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw invalid(at(where, key), 'must be true or false');
  return value;
}

export function optionalObject(object: JsonObject, key: string, where = ''): JsonObject | undefined {
  const value = plainNumber(object[key]);
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw invalid(at(where, key), 'must be an object');
  return value;
}

export function requiredObject(object: JsonObject, key: string, where = ''): JsonObject {
  const value = optionalObject(object, key, where);
  if (value === undefined) throw invalid(at(where, key), 'must be an object');
  return value;
}

export function optionalList(object: JsonObject, key: string, where = ''): readonly JsonValue[] | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw invalid(at(where, key), 'must be a list');
  return value;
}

export function requiredList(object: JsonObject, key: string, where = ''): readonly JsonValue[] {
  const value = optionalList(object, key, where);
  if (value === undefined) throw invalid(at(where, key), 'must be a list');
  return value;
}

/** A list of objects; `undefined` where there is none. */
export function optionalObjects(object: JsonObject, key: string, where = ''): readonly JsonObject[] | undefined {
  return optionalList(object, key, where)?.map((item, index) => {
    const value = plainNumber(item);
    if (!isJsonObject(value)) throw invalid(at(at(where, key), index), 'must be an object');
    return value;
  });
}

/** An object of strings, as metadata is. */
export function optionalStringMap(object: JsonObject, key: string, where = ''): Record<string, string> | undefined {
  const value = optionalObject(object, key, where);
  if (value === undefined) return undefined;
  const map: Record<string, string> = {};
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw invalid(at(at(where, key), name), 'must be a string');
    map[name] = text;
  }
  return map;
}

/** One string, or a list of strings, as a list: what `stop` is. */
export function optionalStrings(object: JsonObject, key: string, where = ''): readonly string[] | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return [value];
  const list = requiredList(object, key, where);
  return list.map((item, index) => {
    if (typeof item !== 'string') throw invalid(at(at(where, key), index), 'must be a string');
    return item;
  });
}

/** The model's name. @throws GatewayError `request.invalid` */
export function readModel(object: JsonObject, key = 'model', where = ''): string {
  const model = object[key];
  const field = at(where, key);
  if (typeof model !== 'string' || model.trim() === '') throw invalid(field, 'must be a non-empty string');
  if (model.length > MODEL_CHARACTERS_MAX) throw invalid(field, `is longer than ${MODEL_CHARACTERS_MAX} characters`);
  return model;
}

/** An opaque id that the caller sends along for its own user, bounded. */
export function endUserOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, END_USER_CHARACTERS_MAX) : undefined;
}

/** What is left of an object without these keys and without what is not said; for `extra` fields. */
export function without(object: JsonObject, known: ReadonlySet<string>): Record<string, JsonValue | undefined> {
  const rest: Record<string, JsonValue | undefined> = {};
  for (const [key, value] of Object.entries(object)) {
    if (!known.has(key) && value !== undefined && value !== null) rest[key] = value;
  }
  return rest;
}

/** What a table says of a foreign word; `undefined` for what only every object knows (`constructor`), too. */
export function lookUp<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

const DATA_URL = /^data:([^;,]*)((?:;[^;,]*)*),/i;

/** `data:image/png;base64,…` → its media type and its base64; `undefined` for every other text. */
export function parseDataUrl(url: string): { readonly mediaType: string; readonly data: string } | undefined {
  if (!url.startsWith('data:')) return undefined;
  const match = DATA_URL.exec(url.slice(0, 1024));
  if (match === null) return undefined;
  const [head, mediaType = '', parameters = ''] = match;
  const payload = url.slice(head.length);
  const isBase64 = parameters.toLowerCase().endsWith(';base64');
  const data = isBase64 ? payload : Buffer.from(safeDecode(payload)).toString('base64');
  return { mediaType: mediaType === '' ? 'text/plain' : mediaType, data };
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
