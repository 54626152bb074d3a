import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../../src/kernel/json.ts';

/** What reached a provider, read from the body it was sent: independently of the code that wrote it. */
export type Arrival = {
  /** In their order; a system prompt that has a place of its own stands first. */
  readonly turns: readonly ArrivedTurn[];
  readonly tools: readonly ArrivedTool[];
  readonly toolChoice: ArrivedChoice | undefined;
  readonly parallelCalls: boolean | undefined;
  readonly format: { readonly kind: 'json' | 'schema'; readonly schema?: JsonValue | undefined } | undefined;
  readonly thinking: ArrivedThinking;
  /** Lifetimes of the cache markers, `default` where a marker names none. */
  readonly markers: readonly string[];
  readonly settings: ArrivedSettings;
};

export type ArrivedTurn = { readonly role: 'system' | 'user' | 'assistant'; readonly parts: readonly ArrivedPart[] };

export type ArrivedPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image' | 'file' | 'audio'; readonly from: string }
  | { readonly kind: 'call'; readonly id: string | undefined; readonly name: string; readonly arguments: JsonValue }
  | {
      readonly kind: 'result';
      readonly id: string | undefined;
      readonly name: string | undefined;
      readonly text: string;
      readonly images: number;
      readonly isError: boolean;
    }
  | { readonly kind: 'thinking'; readonly text: string; readonly seal: string | undefined }
  | { readonly kind: 'other'; readonly word: string };

export type ArrivedTool = {
  readonly name: string;
  readonly description: string | undefined;
  readonly parameters: JsonValue | undefined;
  readonly strict: boolean | undefined;
  readonly isCustom: boolean;
};

export type ArrivedChoice =
  | 'auto'
  | 'none'
  | 'required'
  | { readonly names: readonly string[]; readonly isAuto?: boolean };

/** `isOn: false` is thinking switched off in so many words. */
export type ArrivedThinking = {
  readonly isOn: boolean | undefined;
  readonly effort: string | undefined;
  readonly budget: number | undefined;
};

/** Settings by their canonical name, as the provider's body holds them. */
export type ArrivedSettings = Readonly<Record<string, JsonValue | undefined>>;

/** Every part of the conversation, whoever said it. */
export function partsOf({ turns }: Arrival): readonly ArrivedPart[] {
  return turns.flatMap(({ parts }) => parts);
}

/** JSON in a text, or the value itself. */
export function jsonIn(value: JsonValue | undefined): JsonValue {
  if (typeof value !== 'string') return value ?? null;
  return parseJsonOrUndefined(value === '' ? '{}' : value) ?? value;
}

/** The lifetimes of all markers under this key, wherever they stand. */
export function markersIn(json: JsonValue | undefined, key: string): readonly string[] {
  if (Array.isArray(json)) return json.flatMap((item) => markersIn(item, key));
  if (!isJsonObject(json)) return [];
  return Object.entries(json).flatMap(([name, value]) => {
    if (name !== key) return markersIn(value, key);
    return isJsonObject(value) ? [typeof value['ttl'] === 'string' ? value['ttl'] : 'default'] : [];
  });
}

export function string(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' ? value : undefined;
}

export function number(object: JsonObject, key: string): number | undefined {
  const value = object[key];
  return typeof value === 'number' ? value : undefined;
}

export function boolean(object: JsonObject, key: string): boolean | undefined {
  const value = object[key];
  return typeof value === 'boolean' ? value : undefined;
}

/** The object under a key, an empty one where there is none. */
export function object(parent: JsonObject, key: string): JsonObject {
  const value = parent[key];
  return isJsonObject(value) ? value : {};
}

/** The objects of the list under a key. */
export function objects(parent: JsonObject, key: string): readonly JsonObject[] {
  const value = parent[key];
  return Array.isArray(value) ? value.filter((item) => isJsonObject(item)) : [];
}

/** A text as one part; an empty one is none. */
export function textPart(text: JsonValue | undefined): readonly ArrivedPart[] {
  return typeof text === 'string' && text !== '' ? [{ kind: 'text', text }] : [];
}

export function turn(role: ArrivedTurn['role'], parts: readonly ArrivedPart[]): readonly ArrivedTurn[] {
  return parts.length === 0 ? [] : [{ role, parts }];
}
