import type { IncomingHttpHeaders } from 'node:http';
import type { InboundFace, NamedInAddress } from '../dialects/contract.ts';
import { DIALECTS } from '../dialects/index.ts';
import type { Operation } from '../protocol/operation.ts';
import type { Caller } from './exchange.ts';

/** What a path means: who speaks there, and what is asked. */
export type Route = {
  readonly caller: Caller;
  readonly operation: Operation;
  /** What may be done there; POST where nothing is said. */
  readonly methods?: readonly string[];
  /** The thing that the path names, and what of it is meant. */
  readonly resource?: { readonly id: string; readonly part: 'itself' | 'content' | 'remix' };
  /** The model that the path names, and the dialect's own word for what is asked of it. */
  readonly named?: NamedInAddress;
};

/** AIGNE's clients repeat what has no headers within a minute. */
const AIGNE = 'aigne-';
/** Google's own examples send keys in the address. */
const GEMINI = 'gemini-generate';

/** A dialect that callers may speak. @throws Error for a dialect without an inbound face: a mistake in this build */
export function callerOf(dialect: string): Caller {
  const face: InboundFace | undefined = DIALECTS.get(dialect)?.inbound;
  if (face === undefined) throw new Error(`callers cannot speak ${dialect}`);
  return { dialect, face, repeats: dialect.startsWith(AIGNE), keyInQuery: dialect === GEMINI };
}

const PATHS: readonly (readonly [string, Operation, readonly string[]])[] = [
  ['openai-chat', 'chat', ['/v1/chat/completions']],
  ['openai-chat', 'completions', ['/v1/completions']],
  ['openai-chat', 'embeddings', ['/v1/embeddings']],
  ['openai-responses', 'chat', ['/v1/responses']],
  ['anthropic-messages', 'chat', ['/v1/messages', '/anthropic/v1/messages']],
  ['anthropic-messages', 'count-tokens', ['/v1/messages/count_tokens', '/anthropic/v1/messages/count_tokens']],
  ['aigne-framework', 'chat', ['/api/v2/chat']],
  [
    'aigne-chat',
    'chat',
    [
      '/api/chat/completions',
      '/api/v1/chat/completions',
      '/api/v2/chat/completions',
      '/api/v1/completions',
      '/api/v2/completions',
    ],
  ],
  ['openai-chat', 'speech', ['/v1/audio/speech']],
  ['openai-chat', 'transcriptions', ['/v1/audio/transcriptions']],
  ['openai-chat', 'translations', ['/v1/audio/translations']],
  ['aigne-chat', 'speech', ['/api/audio/speech', '/api/v1/audio/speech', '/api/v2/audio/speech']],
  [
    'aigne-chat',
    'transcriptions',
    ['/api/audio/transcriptions', '/api/v1/audio/transcriptions', '/api/v2/audio/transcriptions'],
  ],
  ['openai-chat', 'images', ['/v1/images/generations', '/api/v1/images/generations', '/api/v2/images/generations']],
  ['openai-chat', 'image-edits', ['/v1/images/edits', '/api/v1/images/edits', '/api/v2/images/edits']],
  ['aigne-framework', 'images', ['/api/v2/image']],
  [
    'aigne-chat',
    'images',
    ['/api/images/generations', '/api/image/generations', '/api/v1/image/generations', '/api/v2/image/generations'],
  ],
  ['aigne-chat', 'embeddings', ['/api/embeddings', '/api/v1/embeddings', '/api/v2/embeddings']],
  ['aigne-framework', 'videos', ['/api/v2/video']],
];

/** Every address at which a model is called. */
export const ROUTES: ReadonlyMap<string, Route> = new Map(
  PATHS.flatMap(([dialect, operation, paths]) => {
    const caller = callerOf(dialect);
    return paths.map((path): [string, Route] => [path, { caller, operation }]);
  }),
);

/** Where films are asked for and listed as OpenAI has it, and who speaks there. */
const FILMS: readonly (readonly [string, Caller])[] = [
  ['/v1/videos', callerOf('openai-chat')],
  ['/api/v1/videos', callerOf('aigne-chat')],
  ['/api/v2/videos', callerOf('aigne-chat')],
];
/** A film by its id: itself, its content, or another made out of it. Ids are what the hub gave out, so none is escaped. */
const FILM = /^\/([A-Za-z0-9_-]{1,256})(?:\/(content|remix))?$/;

/** What is done at an address; `undefined` where no model is called there. */
export function routeOf(path: string): Route | undefined {
  return ROUTES.get(path) ?? filmRoute(path) ?? namedRoute(path);
}

const GEMINI_CALLER = callerOf(GEMINI);
/** What Gemini's callers ask of a model by its own name: https://ai.google.dev/api/all-methods */
export const NAMED_METHODS: ReadonlyMap<string, Operation> = new Map([
  ['generateContent', 'chat'],
  ['streamGenerateContent', 'chat'],
  ['countTokens', 'count-tokens'],
  ['embedContent', 'embeddings'],
  ['batchEmbedContents', 'embeddings'],
]);
/** Names of models may hold slashes and colons, so that the method is what follows the last of these. */
const NAMED = /^(?:\/gemini)?\/v1(?:beta|alpha)?\/(?:models\/|(?=tunedModels\/))(.{1,1024}):([A-Za-z]{1,64})$/;

/** A path in which Gemini's format names the model and what is asked of it. */
function namedRoute(path: string): Route | undefined {
  const [, model, method] = NAMED.exec(path) ?? [];
  const operation = NAMED_METHODS.get(method ?? '');
  if (model === undefined || method === undefined || operation === undefined) return undefined;
  return { caller: GEMINI_CALLER, operation, named: { model: decodedName(model), method } };
}

/** A name that is not well encoded is nobody's, and found nowhere. */
function decodedName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function filmRoute(path: string): Route | undefined {
  for (const [prefix, caller] of FILMS) {
    if (path === prefix) return { caller, operation: 'videos', methods: ['GET', 'POST'] };
    const [, id, part] = path.startsWith(prefix) ? (FILM.exec(path.slice(prefix.length)) ?? []) : [];
    if (id === undefined) continue;
    if (part === 'remix') return { caller, operation: 'videos', resource: { id, part } };
    if (part === 'content') return { caller, operation: 'videos', methods: ['GET'], resource: { id, part } };
    return { caller, operation: 'videos', methods: ['GET', 'DELETE'], resource: { id, part: 'itself' } };
  }
  return undefined;
}

/** Where models are listed, and where everything else is nobody's: the error is told in the dialect of the address. */
const MODEL_PATHS = [
  '/v1/models',
  '/anthropic/v1/models',
  '/v1beta/models',
  '/v1alpha/models',
  '/gemini/v1/models',
  '/gemini/v1beta/models',
  '/gemini/v1alpha/models',
  '/api/v1/models',
  '/api/v2/models',
] as const;
/** Where OpenAI's clients and those of others ask for models. */
const SHARED_MODELS = /^\/v1\/models(?:\/|$)/;
const PREFIXES: readonly (readonly [string, string])[] = [
  ['/v1/', 'openai-chat'],
  ['/anthropic/', 'anthropic-messages'],
  ['/v1beta/', GEMINI],
  ['/v1alpha/', GEMINI],
  ['/gemini/', GEMINI],
  ['/api/', 'aigne-chat'],
];

/** The name of the model that a path asks for; empty for the list, `undefined` where the path is no model's. */
export function modelPath(path: string): string | undefined {
  for (const prefix of MODEL_PATHS) {
    if (path === prefix) return '';
    if (path.startsWith(`${prefix}/`)) return path.slice(prefix.length + 1);
  }
  return undefined;
}

/**
 * Who would speak at an address of the data plane; `undefined` where the address is not the data plane's. Where several
 * formats list their models, whoever brings the key as Google's clients do speaks Gemini's.
 */
export function callerAt(path: string, headers: IncomingHttpHeaders): Caller | undefined {
  if (headers['x-goog-api-key'] !== undefined && SHARED_MODELS.test(path)) return GEMINI_CALLER;
  const found = PREFIXES.find(([prefix]) => path.startsWith(prefix));
  return found === undefined ? undefined : callerOf(found[1]);
}

/** The client's SDK once put `/sdk` into the addresses of the first version. */
const SDK_PREFIX = '/api/v1/sdk/';

/** A path as the table knows it. */
export function canonicalPath(path: string): string {
  return path.startsWith(SDK_PREFIX) ? `/api/v1/${path.slice(SDK_PREFIX.length)}` : path;
}
