import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { parse as parseYaml } from 'yaml';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../src/kernel/json.ts';
import type { ProviderDialect } from '../support/provider-scene.ts';

/** An answer that a real provider gave once. */
export type Recording = {
  readonly name: string;
  readonly dialect: ProviderDialect;
  readonly streamed: boolean;
  readonly contentType: string;
  readonly body: Buffer;
  /** The events of a stream, or the one answer. */
  readonly said: readonly JsonObject[];
};

const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const codec = new EventStreamCodec(utf8, (text) => Buffer.from(text, 'utf8'));

/** Files of one JSON object a line (`*.chunks.txt`), or whole ones (`*.json`), by the folders that hold them. */
const FOLDERS: readonly { readonly folder: string; readonly dialect: ProviderDialect }[] = [
  { folder: 'openai/src/chat', dialect: 'openai-chat' },
  { folder: 'openai-compatible/src/chat', dialect: 'openai-chat' },
  { folder: 'deepseek/src/chat', dialect: 'openai-chat' },
  { folder: 'groq/src', dialect: 'openai-chat' },
  { folder: 'alibaba/src', dialect: 'openai-chat' },
  { folder: 'moonshotai/src', dialect: 'openai-chat' },
  { folder: 'mistral/src', dialect: 'openai-chat' },
  { folder: 'perplexity/src', dialect: 'openai-chat' },
  { folder: 'xai/src', dialect: 'openai-chat' },
  { folder: 'openai/src/responses', dialect: 'openai-responses' },
  { folder: 'azure/src', dialect: 'openai-responses' },
  { folder: 'xai/src/responses', dialect: 'openai-responses' },
  { folder: 'open-responses/src/responses', dialect: 'openai-responses' },
  { folder: 'anthropic/src', dialect: 'anthropic-messages' },
  { folder: 'google/src', dialect: 'gemini-generate' },
  { folder: 'amazon-bedrock/src', dialect: 'bedrock-converse' },
];

/** The end of an address, and what is spoken there. */
const ADDRESSES: readonly { readonly path: RegExp; readonly dialect: ProviderDialect }[] = [
  { path: /\/chat\/completions$/, dialect: 'openai-chat' },
  { path: /\/responses$/, dialect: 'openai-responses' },
  { path: /\/v1\/messages$/, dialect: 'anthropic-messages' },
  { path: /:(?:streamGenerateContent|generateContent)$/, dialect: 'gemini-generate' },
  { path: /\/converse(?:-stream)?$/, dialect: 'bedrock-converse' },
];

/** Every recorded answer of a dialect below a folder that holds `vercel-ai`, `pydantic-ai` and `envoy-ai-gateway`. */
export function readRecordings(folder: string): readonly Recording[] {
  const fixtures = FOLDERS.flatMap(({ folder: inner, dialect }) =>
    filesIn(join(folder, 'vercel-ai', 'packages', inner, '__fixtures__'), ['.json', '.chunks.txt']).flatMap((file) =>
      fixtureIn(file, { name: relative(folder, file), dialect }),
    ),
  );
  const cassettes = ['pydantic-ai', 'envoy-ai-gateway'].flatMap((inner) =>
    filesIn(join(folder, inner), ['.yaml']).flatMap((file) => cassetteIn(file, relative(folder, file))),
  );
  return [...fixtures, ...cassettes];
}

function filesIn(folder: string, endings: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

type About = { readonly name: string; readonly dialect: ProviderDialect };

function fixtureIn(file: string, about: About): Recording[] {
  const text = readFileSync(file, 'utf8');
  if (file.endsWith('.json')) return whole(text, about);
  const said = text
    .split('\n')
    .map((line) => parseJsonOrUndefined(line))
    .filter((value) => isJsonObject(value));
  // One folder holds two formats.
  if (said.some((event) => event['choices'] !== undefined)) return chunks(said, { ...about, dialect: 'openai-chat' });
  return chunks(said, about);
}

function chunks(said: readonly JsonObject[], about: About): Recording[] {
  const body =
    about.dialect === 'bedrock-converse'
      ? Buffer.concat(said.map(awsFrame))
      : Buffer.from(`${said.map((event) => sseFrame(event)).join('')}${terminatorOf(about.dialect)}`);
  return [{ ...about, streamed: true, contentType: streamTypeOf(about.dialect), body, said }];
}

function whole(text: string, about: About): Recording[] {
  const answer = parseJsonOrUndefined(text);
  if (!isJsonObject(answer) || !isAnswer(answer)) return [];
  const dialect = answer['choices'] === undefined ? about.dialect : 'openai-chat';
  return [
    { ...about, dialect, streamed: false, contentType: 'application/json', body: Buffer.from(text), said: [answer] },
  ];
}

/** Tells answers from error objects, and from requests that lie among them. */
function isAnswer(answer: JsonObject): boolean {
  if (isJsonObject(answer['error'])) return false;
  return ['choices', 'output', 'content', 'candidates'].some((field) => answer[field] !== undefined);
}

function sseFrame(event: JsonObject): string {
  const { type } = event;
  return `${typeof type === 'string' ? `event: ${type}\n` : ''}data: ${JSON.stringify(event)}\n\n`;
}

/** `{"messageStop":{…}}` as one message of AWS's event stream. */
function awsFrame(event: JsonObject): Buffer {
  const [[type, value] = ['', {}]] = Object.entries(event);
  const header = (text: string) => ({ type: 'string', value: text }) as const;
  return Buffer.from(
    codec.encode({
      headers: {
        ':message-type': header('event'),
        ':event-type': header(type),
        ':content-type': header('application/json'),
      },
      body: Buffer.from(JSON.stringify(value)),
    }),
  );
}

function terminatorOf(dialect: ProviderDialect): string {
  return dialect === 'openai-chat' ? 'data: [DONE]\n\n' : '';
}

function streamTypeOf(dialect: ProviderDialect): string {
  return dialect === 'bedrock-converse' ? 'application/vnd.amazon.eventstream' : 'text/event-stream';
}

function cassetteIn(file: string, name: string): Recording[] {
  // What a YAML document holds is looked at piece by piece below.
  const document = parseYaml(readFileSync(file, 'utf8'), { maxAliasCount: -1 }) as unknown;
  const interactions = listOf(fieldOf(document, 'interactions'));
  return interactions.flatMap((interaction, index) => {
    const request = fieldOf(interaction, 'request');
    const address = fieldOf(request, 'uri') ?? fieldOf(request, 'url');
    const answer = fieldOf(interaction, 'response');
    const status = fieldOf(fieldOf(answer, 'status'), 'code') ?? fieldOf(answer, 'code') ?? fieldOf(answer, 'status');
    const path = typeof address === 'string' ? address.split('?')[0] : undefined;
    const dialect = ADDRESSES.find(({ path: end }) => path !== undefined && end.test(path))?.dialect;
    const body = bodyOf(answer);
    if (dialect === undefined || body === undefined || !/^200\b/.test(String(status))) return [];
    const about = { name: interactions.length === 1 ? name : `${name} #${index}`, dialect };
    return body.toString('utf8').trimStart().startsWith('{')
      ? whole(body.toString('utf8'), about)
      : stream(body, about);
  });
}

function bodyOf(answer: unknown): Buffer | undefined {
  const parsed = fieldOf(answer, 'parsed_body');
  if (parsed !== undefined) return Buffer.from(JSON.stringify(parsed));
  const body = fieldOf(answer, 'body');
  const said = typeof body === 'string' ? body : fieldOf(body, 'string');
  if (said instanceof Uint8Array) return Buffer.from(said);
  return typeof said === 'string' ? Buffer.from(said) : undefined;
}

function stream(body: Buffer, about: About): Recording[] {
  const said = about.dialect === 'bedrock-converse' ? awsEvents(body) : sseEvents(body.toString('utf8'));
  if (said.length === 0) return [];
  return [{ ...about, streamed: true, contentType: streamTypeOf(about.dialect), body, said }];
}

function sseEvents(text: string): JsonObject[] {
  return text
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => parseJsonOrUndefined(line.slice('data:'.length)))
    .filter((value) => isJsonObject(value));
}

function awsEvents(body: Buffer): JsonObject[] {
  const events: JsonObject[] = [];
  for (let at = 0; at + 4 <= body.length; at += body.readUInt32BE(at)) {
    const { headers, body: payload } = codec.decode(body.subarray(at, at + body.readUInt32BE(at)));
    const type = headers[':event-type']?.value;
    const value: JsonValue | undefined = parseJsonOrUndefined(utf8(payload));
    if (typeof type === 'string' && isJsonObject(value)) events.push({ [type]: value });
  }
  return events;
}

function fieldOf(value: unknown, name: string): unknown {
  // Anything that is an object may be looked into.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
