import { asJson } from '../chat-body.ts';
import { isObject, type Json, type JsonObject } from '../json-text.ts';

/** What a program is written from. */
export type CodeInput = {
  /** The hub's address, without a slash at its end. */
  readonly hub: string;
  readonly body: JsonObject;
};

/** The name under which every program finds its key. */
export const KEY_NAME = 'HUB_KEY';

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
/** What is as long as this in base64 is a file, and not pasted. */
const FILE_CHARS_MIN = 200;
/** What stands in the place of a file’s bytes. */
export const BYTES = 'BASE64_OF_THE_FILE';

/** A value as JavaScript writes it. */
export function js(value: Json | object, indent = 0): string {
  return write(asJson(value), indent, {
    name: (name) => (IDENTIFIER.test(name) ? name : JSON.stringify(name)),
    word: (word) => String(word),
  });
}

/** The fields of an object as JavaScript writes them within braces. */
export function jsFields(fields: object): string {
  return js(fields).split('\n').slice(1, -1).join('\n');
}

/** A value as Python writes it. */
export function python(value: Json | object, indent = 0): string {
  return write(asJson(value), indent, {
    name: (name) => JSON.stringify(name),
    word: (word) => (word === null ? 'None' : word ? 'True' : 'False'),
  });
}

type Style = {
  readonly name: (name: string) => string;
  readonly word: (word: boolean | null) => string;
};

function write(value: Json, indent: number, style: Style): string {
  if (typeof value === 'string') return JSON.stringify(withoutBytes(value));
  if (typeof value === 'number') return String(value);
  if (value === null || typeof value === 'boolean') return style.word(value);
  const [open, close] = isObject(value) ? ['{', '}'] : ['[', ']'];
  const lines = isObject(value)
    ? Object.entries(value).map(([name, field]) => `${style.name(name)}: ${write(field, indent + 1, style)}`)
    : value.map((item) => write(item, indent + 1, style));
  if (lines.length === 0) return `${open}${close}`;
  const pad = '  '.repeat(indent + 1);
  return `${open}\n${lines.map((line) => `${pad}${line},\n`).join('')}${'  '.repeat(indent)}${close}`;
}

/** A file's bytes are for who runs the program to put in. */
export function withoutBytes(text: string): string {
  const { mediaType, data } = readDataUrl(text) ?? {};
  return mediaType === undefined || data !== BYTES ? text : `data:${mediaType};base64,${BYTES}`;
}

/** The parts of a `data:` URL, long bytes left out; `undefined` for any other text. */
export function readDataUrl(url: string): { readonly mediaType: string; readonly data: string } | undefined {
  const [, mediaType, data] = /^data:([^;,]*);base64,(.*)$/s.exec(url) ?? [];
  if (mediaType === undefined || data === undefined) return undefined;
  return { mediaType, data: data.length < FILE_CHARS_MIN ? data : BYTES };
}

/** Arguments by name, as Python takes them. */
export function keywords(fields: JsonObject, indent: number): string {
  const pad = '  '.repeat(indent);
  return Object.entries(fields)
    .map(([name, value]) => `${pad}${name}=${python(value, indent)},\n`)
    .join('');
}
