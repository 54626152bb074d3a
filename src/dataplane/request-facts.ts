import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.ts';
import { estimateInputTokens } from '../metering/estimate.ts';
import { likelyCost } from '../metering/likely-cost.ts';
import type { Deployment } from '../protocol/deployment.ts';
import { type ModelAccess, routeModel } from '../routing/resolve.ts';
import { namedConversation, type RequestFacts } from '../routing/route.ts';
import type { Router } from '../routing/router.ts';
import type { Routed } from '../routing/turns.ts';
import type { Exchange } from './exchange.ts';
import type { MeterPort } from './ports.ts';

/** By what callers say themselves which requests belong together. */
const CONVERSATION_HEADER = 'x-hub-conversation';
/** https://platform.openai.com/docs/guides/prompt-caching */
const CACHE_KEY = 'prompt_cache_key';
/** Turns before which the first question stands, if there is one. */
const TURNS_LOOKED_AT = 8;
const IMAGE_TYPES: ReadonlySet<JsonValue | undefined> = new Set(['image_url', 'input_image', 'image']);
const MEDIA_TYPE_FIELDS = ['mimeType', 'mime_type', 'media_type', 'mediaType'];

type FactsDeps = { readonly meter: Pick<MeterPort, 'cardOf'>; readonly router: Router };

type ModelCall = { readonly model: string; readonly body: JsonObject };

export type RoutedCall = {
  readonly routed: Routed;
  readonly facts: RequestFacts;
  readonly reroute: (model: string) => Routed;
};

/** What serves a request, and what its route may ask of it. @throws GatewayError where nothing does */
export function routeCall(
  exchange: Exchange,
  access: ModelAccess,
  { model, body }: ModelCall,
  deps: FactsDeps,
): RoutedCall {
  const facts = factsOf(exchange, body, deps);
  const reroute = (name: string): Routed => routeModel(access, { model: name, operation: exchange.operation }, facts);
  return { routed: reroute(model), facts, reroute };
}

/** What a route may ask of a request. */
function factsOf(exchange: Exchange, body: JsonObject, deps: FactsDeps): RequestFacts {
  const { principal, operation, startedAt: at, endUser } = exchange;
  if (principal === undefined) throw new Error('a request is routed once it is known whose it is');
  const inputTokens = once(() => estimateInputTokens(body, operation));
  const { organizationId, teamId, projectId, keyId } = principal;
  const conversation = once(() => conversationOf(exchange, body, organizationId));
  return {
    organizationId,
    teamId,
    projectId,
    keyId,
    endUser,
    tag: (name) => exchange.tags()?.[name],
    header: (name) => exchange.header(name),
    inputTokens,
    hasTools: () => holdsTools(body) || holdsTools(inputOf(body)),
    hasImages: () => operation === 'image-edits' || holdsImage(body),
    conversation,
    costAt: (deployment: Deployment) => {
      const card = deps.meter.cardOf(deployment, at);
      if (card === undefined) return undefined;
      const said = conversation();
      const keptTokens = said === undefined ? 0 : deps.router.promptTokensAt(said, deployment);
      return likelyCost(card, { inputTokens: inputTokens(), keptTokens, at });
    },
  };
}

function once<Value>(work: () => Value): () => Value {
  let known: { readonly value: Value } | undefined;
  return () => {
    known ??= { value: work() };
    return known.value;
  };
}

/** AIGNE's framework puts what is asked one level deeper. */
function inputOf(body: JsonObject): JsonObject | undefined {
  const input = body['input'];
  return isJsonObject(input) ? input : undefined;
}

function holdsTools(said: JsonObject | undefined): boolean {
  return [said?.['tools'], said?.['functions']].some((tools) => Array.isArray(tools) && tools.length > 0);
}

/** In whichever words. Depth and size of a body are bounded where it is read. */
function holdsImage(value: JsonValue | undefined): boolean {
  if (Array.isArray(value)) return value.some(holdsImage);
  if (!isJsonObject(value)) return false;
  if (IMAGE_TYPES.has(value['type'])) return true;
  if (MEDIA_TYPE_FIELDS.some((field) => textOf(value[field])?.startsWith('image/') === true)) return true;
  return Object.values(value).some(holdsImage);
}

/**
 * What the caller says it is; else the beginning of what is said, up to the first question, which all later requests of a
 * conversation repeat.
 */
function conversationOf(exchange: Exchange, body: JsonObject, organizationId: string): string | undefined {
  const named = exchange.header(CONVERSATION_HEADER) ?? textOf(body[CACHE_KEY]);
  if (named !== undefined) return namedConversation(organizationId, named);
  const input = inputOf(body);
  const turns = body['messages'] ?? input?.['messages'] ?? body['contents'] ?? body['input'];
  const beginning = Array.isArray(turns) ? untilFirstQuestion(turns) : turns;
  if (beginning === undefined) return undefined;
  const told = body['system'] ?? body['systemInstruction'] ?? body['system_instruction'];
  const said = JSON.stringify([told, body['instructions'], beginning]);
  return createHash('sha256').update(said).digest('base64url');
}

function untilFirstQuestion(turns: readonly JsonValue[]): readonly JsonValue[] {
  const looked = turns.slice(0, TURNS_LOOKED_AT);
  const first = looked.findIndex((turn) => isJsonObject(turn) && turn['role'] === 'user');
  return first < 0 ? looked.slice(0, 1) : looked.slice(0, first + 1);
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
