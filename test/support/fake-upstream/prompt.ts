import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/kernel/json.ts';

/** What a request says to the model, in no format's own form. */
export type FakePrompt = {
  /** All text of the prompt. */
  readonly text: string;
  /** How many messages it has. */
  readonly messages: number;
  /** The last message's text where it is the user's; a tool that it names is called. */
  readonly lastUserText: string | undefined;
  readonly tools: readonly FakeTool[];
  readonly toolChoice: 'auto' | 'none' | 'required' | { readonly name: string };
  readonly tokensMax: number | undefined;
  readonly choices: number;
  /** Whether thinking was asked for. */
  readonly thinks: boolean;
};

export type FakeTool = { readonly name: string; readonly parameters: JsonValue | undefined };

/** Arguments that fit a schema, and the same ones each time. */
export function argumentsFor(schema: JsonValue | undefined): JsonObject {
  const properties = isJsonObject(schema) ? schema['properties'] : undefined;
  if (!isJsonObject(properties)) return {};
  const filled: JsonObject = {};
  for (const [name, property] of Object.entries(properties)) filled[name] = sampleOf(property);
  return filled;
}

function sampleOf(schema: JsonValue | undefined): JsonValue {
  if (!isJsonObject(schema)) return 'sample';
  const { enum: choices, type } = schema;
  if (Array.isArray(choices)) return choices[0] ?? null;
  if (type === 'integer' || type === 'number' || type === 'INTEGER' || type === 'NUMBER') return 7;
  if (type === 'boolean' || type === 'BOOLEAN') return true;
  if (type === 'array' || type === 'ARRAY') return [sampleOf(schema['items'])];
  return type === 'object' || type === 'OBJECT' ? argumentsFor(schema) : 'sample “text”';
}

/** A list's objects; nothing where it is no list. */
export function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => isJsonObject(item)) : [];
}

export function objectAt(body: JsonObject, name: string): JsonObject {
  const value = body[name];
  return isJsonObject(value) ? value : {};
}

export function numberAt(body: JsonObject, name: string): number | undefined {
  const value = body[name];
  return typeof value === 'number' ? value : undefined;
}

export function stringAt(body: JsonObject, name: string): string | undefined {
  const value = body[name];
  return typeof value === 'string' ? value : undefined;
}

/** A text, or the texts of a list of blocks that hold them under `text`. */
export function textOf(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content;
  return objectsIn(content)
    .map((part) => stringAt(part, 'text') ?? '')
    .join('');
}

/** The first of the body's own fields that is not among the known ones. */
export function unknownField(body: JsonObject, known: ReadonlySet<string>): string | undefined {
  return Object.keys(body).find((key) => !known.has(key));
}

/** The first that is refused; the order is that of the checks. */
export function firstOf<T>(...checks: readonly (() => T | undefined)[]): T | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}
