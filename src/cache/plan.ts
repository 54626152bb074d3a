import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.ts';
import { CACHE_SECONDS_MAX, CACHE_SECONDS_MIN } from '../protocol/cached-answer.ts';
import type { Operation } from '../protocol/operation.ts';

/** The header by which a request says what it wants of the cache. */
export const CACHE_HEADER = 'x-hub-cache';

const SECONDS_DEFAULT = 300;
const OPERATIONS: ReadonlySet<Operation> = new Set(['chat', 'completions', 'embeddings']);
/** Where the formats of callers have the temperature, beside the top. */
const SETTINGS_FIELDS = ['generationConfig', 'generation_config', 'inferenceConfig', 'modelOptions'];
const TOOL_FIELDS = ['tools', 'functions', 'toolConfig', 'tool_config'];

/** What is to be done for a request of which somebody said that its answer may be kept. */
export type CachePlan =
  | { readonly kind: 'bypass' }
  | {
      readonly kind: 'use';
      /** How long the answer is kept. */
      readonly seconds: number;
      /** False where the answer is wanted anew, and kept. */
      readonly reads: boolean;
    };

export type CacheQuestion = {
  /** What the request's header says. */
  readonly header: string | undefined;
  /** How long answers of its key are kept; `undefined`: not. */
  readonly keySeconds: number | undefined;
  readonly operation: Operation;
  readonly body: JsonObject;
  /** Whether it refers to what its provider keeps. */
  readonly refersToKept: boolean;
};

type Wishes = {
  readonly isOff: boolean;
  readonly seconds: number | undefined;
  readonly reads: boolean;
  readonly any: boolean;
};

/**
 * Whether a request may be answered from the cache; `undefined` where nobody asked for it. An answer that a repeat would not
 * get again anyway, and one that calls tools, is kept only where the request itself asks for it by `any`.
 * @throws GatewayError `request.invalid` for a header that says something else
 */
export function planFor({ header, keySeconds, operation, body, refersToKept }: CacheQuestion): CachePlan | undefined {
  const wishes = header === undefined ? undefined : readWishes(header);
  const seconds = wishes?.seconds ?? keySeconds ?? (wishes === undefined ? undefined : SECONDS_DEFAULT);
  if (seconds === undefined) return undefined;
  const isFit = OPERATIONS.has(operation) && !refersToKept && wishes?.isOff !== true && body['background'] !== true;
  const isSame = operation === 'embeddings' || (isCertain(body) && !hasTools(body));
  if (!isFit || !(isSame || wishes?.any === true)) return { kind: 'bypass' };
  return { kind: 'use', seconds, reads: wishes?.reads ?? true };
}

/** `on`, `off`, `refresh`, `any`, `ttl=600`; several with commas. */
function readWishes(header: string): Wishes {
  const words = header.split(',').map((word) => word.trim().toLowerCase());
  let seconds: number | undefined;
  for (const word of words) {
    const [, digits] = /^ttl=(\d{1,8})$/.exec(word) ?? [];
    if (digits !== undefined) seconds = Number(digits);
    else if (!['on', 'off', 'refresh', 'any'].includes(word)) throw unreadable();
  }
  if (seconds !== undefined && (seconds < CACHE_SECONDS_MIN || seconds > CACHE_SECONDS_MAX)) throw unreadable();
  return { isOff: words.includes('off'), seconds, reads: !words.includes('refresh'), any: words.includes('any') };
}

function unreadable(): GatewayError {
  return new GatewayError('request.invalid', {
    message: `${CACHE_HEADER} takes on, off, refresh, any and ttl=${CACHE_SECONDS_MIN} to ttl=${CACHE_SECONDS_MAX}, with commas between.`,
    param: CACHE_HEADER,
  });
}

/** Whether the model is to say what is likeliest. Without a temperature providers draw, each in its own way. */
function isCertain(body: JsonObject): boolean {
  return settingsOf(body).some(({ temperature }) => temperature === 0);
}

function hasTools(body: JsonObject): boolean {
  return settingsOf(body).some((settings) => TOOL_FIELDS.some((name) => isThere(settings[name])));
}

/** The parts of a body that hold settings: AIGNE's wraps everything in `input`. */
function settingsOf(body: JsonObject): readonly JsonObject[] {
  const tops = [body, body['input']].filter(isJsonObject);
  return tops.flatMap((top) => [top, ...SETTINGS_FIELDS.map((name) => top[name]).filter(isJsonObject)]);
}

function isThere(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null) return false;
  return Array.isArray(value) ? value.length > 0 : true;
}
