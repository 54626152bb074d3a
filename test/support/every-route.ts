import { NAMED_METHODS, ROUTES } from '../../src/dataplane/routes.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import type { Operation } from '../../src/protocol/operation.ts';
import { SOUND } from './fake-upstream/media-audio.ts';

/** A call of each route of the data plane that is served, whatever it makes. */
export type RouteCall = {
  readonly path: string;
  readonly operation: Operation;
  readonly dialect: string;
  readonly body: () => string | FormData;
};

/** Models of the fake provider, by what is asked of them. */
export const ROUTE_MODELS: Readonly<Record<Operation, string>> = {
  chat: 'fake-small',
  completions: 'fake-small',
  'count-tokens': 'fake-small',
  embeddings: 'fake-embed',
  images: 'dall-e-3',
  'image-edits': 'gpt-image-1',
  speech: 'tts-1',
  transcriptions: 'whisper-1',
  translations: 'whisper-1',
  videos: 'sora-2',
};

const MESSAGES = [{ role: 'user', content: 'Say something.' }];
const FORMS: ReadonlySet<Operation> = new Set(['transcriptions', 'translations', 'image-edits']);
/** A picture that is one by its first bytes. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

function jsonFor(operation: Operation, dialect: string, model: string): JsonObject {
  if (dialect === 'aigne-framework') return frameworkBody(operation, model);
  if (dialect === 'openai-responses') return { model, input: 'Say something.', store: false, max_output_tokens: 64 };
  if (operation === 'chat' || operation === 'count-tokens') return { model, messages: MESSAGES, max_tokens: 64 };
  if (operation === 'completions') return { model, prompt: 'Say something.', max_tokens: 64 };
  if (operation === 'embeddings') return { model, input: 'Say something.' };
  if (operation === 'speech') return { model, input: 'Say something.', voice: 'alloy' };
  return { model, prompt: 'a calm sea' };
}

function frameworkBody(operation: Operation, model: string): JsonObject {
  const modelOptions = { model, maxTokens: 64 };
  if (operation === 'chat') return { input: { messages: MESSAGES, modelOptions } };
  return { input: { prompt: 'a calm sea', modelOptions: { model } } };
}

function formFor(operation: Operation, model: string): FormData {
  const form = new FormData();
  form.append('model', model);
  if (operation === 'image-edits') {
    form.append('prompt', 'calmer');
    form.append('image', new Blob([new Uint8Array(PICTURE)], { type: 'image/png' }), 'a.png');
  } else form.append('file', new Blob([new Uint8Array(SOUND)]), 'a.wav');
  return form;
}

/** What is asked in Gemini’s format, whose addresses name the model. */
function namedBody(method: string): JsonObject {
  const content = { parts: [{ text: 'Say something.' }] };
  if (method === 'embedContent') return { content };
  if (method === 'batchEmbedContents') return { requests: [{ content }] };
  const contents = [{ role: 'user', ...content }];
  return method === 'countTokens' ? { contents } : { contents, generationConfig: { maxOutputTokens: 64 } };
}

const NAMED_ROUTES: readonly RouteCall[] = [...NAMED_METHODS].map(([method, operation]) => ({
  path: `/v1beta/models/openai/${ROUTE_MODELS[operation]}:${method}`,
  operation,
  dialect: 'gemini-generate',
  body: () => JSON.stringify(namedBody(method)),
}));

/** Every address at which a model is called. */
export const EVERY_ROUTE: readonly RouteCall[] = [...NAMED_ROUTES, ...unnamedRoutes()];

function unnamedRoutes(): readonly RouteCall[] {
  return [
    ...[...ROUTES].map(([path, { caller, operation }]) => ({ path, operation, dialect: caller.dialect })),
    ...['/v1/videos', '/api/v1/videos', '/api/v2/videos'].map((path) => ({
      path,
      operation: 'videos' as const,
      dialect: 'openai-chat',
    })),
  ].map((route) => ({
    ...route,
    body: () => {
      const model = `openai/${ROUTE_MODELS[route.operation]}`;
      if (FORMS.has(route.operation)) return formFor(route.operation, model);
      return JSON.stringify(jsonFor(route.operation, route.dialect, model));
    },
  }));
}

/** Calls a route and waits for the whole answer. */
export async function callRoute(
  address: string,
  key: string,
  { path, body }: RouteCall,
): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> {
  const sent = body();
  const headers: Record<string, string> = { authorization: `Bearer ${key}`, 'anthropic-version': '2023-06-01' };
  if (typeof sent === 'string') headers['content-type'] = 'application/json';
  const answer = await fetch(`${address}${path}`, { method: 'POST', headers, body: sent });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}
