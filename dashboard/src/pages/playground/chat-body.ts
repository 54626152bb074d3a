import type { Json, JsonObject } from './json-text.ts';
import { type Parameter, readSchema, type Settings } from './settings.ts';
import type { Turn } from './turns.ts';

/** https://platform.openai.com/docs/api-reference/chat/create, as far as the playground speaks it. */
export type ChatBody = {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly temperature?: number;
  readonly top_p?: number;
  readonly max_tokens?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  readonly reasoning_effort?: string;
  readonly tools?: readonly Tool[];
  readonly response_format?: ResponseFormat;
};

export type Message =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly Part[] }
  | { readonly role: 'assistant'; readonly content: string | null; readonly tool_calls?: readonly Call[] }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string };

export type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } }
  | { readonly type: 'file'; readonly file: { readonly filename: string; readonly file_data: string } };

type Call = {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
};

type Tool = {
  readonly type: 'function';
  readonly function: { readonly name: string; readonly description?: string; readonly parameters: JsonObject };
};

type ResponseFormat = {
  readonly type: 'json_schema';
  readonly json_schema: { readonly name: string; readonly schema: JsonObject; readonly strict: boolean };
};

export type Asked = {
  readonly model: string;
  readonly settings: Settings;
  /** What the model takes; `undefined` where nobody knows, and everything is sent. */
  readonly takes: readonly Parameter[] | undefined;
};

/** The body of a call, as "get code" shows it, too. */
export function bodyOf(turns: readonly Turn[], { model, settings, takes }: Asked): ChatBody {
  const system = settings.system.trim() === '' ? [] : [{ role: 'system', content: settings.system } as const];
  const said = parametersOf(settings);
  // The keys of what is said are parameters.
  const kept = Object.entries(said).filter(([name]) => takes?.includes(name as Parameter) ?? true);
  return { model, messages: [...system, ...turns.map(messageOf)], ...Object.fromEntries(kept) };
}

type Said = Omit<ChatBody, 'model' | 'messages'>;

function parametersOf({ temperature, topP, maxTokens, seed, stop, effort, tools, schema, isStrict }: Settings): Said {
  const stops = stop.split('\n').filter((line) => line !== '');
  const format = readSchema(schema);
  return {
    ...(temperature === '' ? {} : { temperature: Number(temperature) }),
    ...(topP === '' ? {} : { top_p: Number(topP) }),
    ...(maxTokens === '' ? {} : { max_tokens: Number(maxTokens) }),
    ...(seed === '' ? {} : { seed: Number(seed) }),
    ...(stops.length === 0 ? {} : { stop: stops }),
    ...(effort === '' ? {} : { reasoning_effort: effort }),
    ...(tools.length === 0 ? {} : { tools: tools.map(toolOf) }),
    ...(format === undefined
      ? {}
      : {
          response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: format, strict: isStrict } },
        }),
  };
}

function toolOf({ name, description, schema }: Settings['tools'][number]): Tool {
  const about = description.trim() === '' ? {} : { description: description.trim() };
  return { type: 'function', function: { name, ...about, parameters: readSchema(schema) ?? { type: 'object' } } };
}

function messageOf({ role, text, attachments, toolCalls = [], toolCallId = '' }: Turn): Message {
  switch (role) {
    case 'tool':
      return { role, tool_call_id: toolCallId, content: text };
    case 'assistant':
      return toolCalls.length === 0
        ? { role, content: text }
        : { role, content: text === '' ? null : text, tool_calls: toolCalls.map(callOf) };
    case 'user':
      return { role, content: attachments.length === 0 ? text : [{ type: 'text', text }, ...attachments.map(partOf)] };
  }
}

function callOf(call: NonNullable<Turn['toolCalls']>[number]): Call {
  return { id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } };
}

function partOf({ kind, name, url }: Turn['attachments'][number]): Part {
  return kind === 'picture'
    ? { type: 'image_url', image_url: { url } }
    : { type: 'file', file: { filename: name, file_data: url } };
}

/** A body as plain JSON: what is not said is not there. */
export function asJson(body: Json | object): Json {
  return JSON.parse(JSON.stringify(body)) as Json;
}
