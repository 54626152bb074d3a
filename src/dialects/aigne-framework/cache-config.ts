import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { CacheMarker, ChatMessage, OutputPart } from '../../protocol/chat-parts.ts';
import type { ChatTool } from '../../protocol/chat-request.ts';
import { at, invalid, optionalBoolean, optionalObject, optionalString } from '../fields.ts';

/** The most markers that a provider takes: https://docs.claude.com/en/docs/build-with-claude/prompt-caching */
const MARKERS_MAX = 4;

/**
 * What a request says of prompt caching. The documented default is that a provider which has to be asked is asked for
 * the tools and the system prompt; those are hints, of which a provider that caches unasked loses nothing.
 */
export type Caching = {
  readonly isOn: boolean;
  readonly ttl: CacheMarker['ttl'];
  readonly hints: { readonly tools: boolean; readonly system: boolean; readonly lastMessage: boolean };
  /** A lifetime in seconds, which only one provider knows. */
  readonly ttlSeconds: number | undefined;
};

const WHERE = 'input.modelOptions.cacheConfig';

/** @throws GatewayError `request.invalid` */
export function readCaching(modelOptions: JsonObject): Caching {
  const config = optionalObject(modelOptions, 'cacheConfig', 'input.modelOptions') ?? {};
  const breakpoints = optionalObject(config, 'autoBreakpoints', WHERE) ?? {};
  const places = `${WHERE}.autoBreakpoints`;
  const strategy = optionalString(config, 'strategy', WHERE) ?? 'auto';
  if (strategy !== 'auto' && strategy !== 'manual') throw invalid(at(WHERE, 'strategy'), 'must be `auto` or `manual`');
  const isAuto = strategy === 'auto';
  const ttl = config['ttl'];
  return {
    isOn: optionalBoolean(config, 'enabled', WHERE) ?? true,
    ttl: typeof ttl === 'number' ? undefined : readTtl(ttl, at(WHERE, 'ttl')),
    hints: {
      tools: isAuto && (optionalBoolean(breakpoints, 'tools', places) ?? true),
      system: isAuto && (optionalBoolean(breakpoints, 'system', places) ?? true),
      lastMessage: isAuto && (optionalBoolean(breakpoints, 'lastMessage', places) ?? false),
    },
    ttlSeconds: typeof ttl === 'number' ? ttl : undefined,
  };
}

/** A marker that the caller placed itself, on a part, a message or a tool. */
export function readMarker(object: JsonObject, where: string, { isOn }: Caching): CacheMarker | undefined {
  const marker = optionalObject(object, 'cacheControl', where);
  if (marker === undefined || !isOn) return undefined;
  const path = at(where, 'cacheControl');
  if (marker['type'] !== 'ephemeral') throw invalid(at(path, 'type'), 'must be `ephemeral`');
  return { ttl: readTtl(marker['ttl'], at(path, 'ttl')) };
}

function readTtl(value: JsonValue | undefined, field: string): CacheMarker['ttl'] {
  if (value === undefined || value === null) return undefined;
  if (value === '5m' || value === '1h') return value;
  throw invalid(field, 'must be `5m` or `1h`');
}

/** Puts hints where the configuration wants them, as far as the caller's own markers leave room. */
export function placeHints(
  conversation: { readonly messages: readonly ChatMessage[]; readonly tools: readonly ChatTool[] },
  { isOn, ttl, hints }: Caching,
): { readonly messages: readonly ChatMessage[]; readonly tools: readonly ChatTool[] } {
  if (!isOn) return conversation;
  const messages = [...conversation.messages];
  const tools = [...conversation.tools];
  const hint: CacheMarker = { ttl, isHint: true };
  let room = MARKERS_MAX - countMarkers(messages, tools);
  if (hints.tools && room > 0 && markLastTool(tools, hint)) room -= 1;
  const system = messages.findLastIndex(({ role }) => role === 'system');
  if (hints.system && room > 0 && markMessage(messages, system, hint)) room -= 1;
  if (hints.lastMessage && room > 0) markMessage(messages, messages.length - 1, hint);
  return { messages, tools };
}

function countMarkers(messages: readonly ChatMessage[], tools: readonly ChatTool[]): number {
  let count = tools.filter((tool) => tool.kind === 'function' && tool.cache !== undefined).length;
  for (const message of messages) {
    if (message.role === 'tool' && message.cache !== undefined) count += 1;
    for (const part of message.parts) if ('cache' in part && part.cache !== undefined) count += 1;
  }
  return count;
}

function markLastTool(tools: ChatTool[], cache: CacheMarker): boolean {
  const last = tools.at(-1);
  if (last?.kind !== 'function' || last.cache !== undefined) return false;
  tools[tools.length - 1] = { ...last, cache };
  return true;
}

function markMessage(messages: ChatMessage[], index: number, cache: CacheMarker): boolean {
  const message = messages[index];
  if (message === undefined) return false;
  const marked = withMarker(message, cache);
  messages[index] = marked;
  return marked !== message;
}

/** The message with its last part marked; the same message where that cannot be, or is so already. */
export function withMarker(message: ChatMessage, cache: CacheMarker): ChatMessage {
  switch (message.role) {
    case 'tool':
      return message.cache === undefined ? { ...message, cache } : message;
    case 'system':
    case 'developer': {
      const last = message.parts.at(-1);
      if (last?.type !== 'text' || last.cache !== undefined) return message;
      return { ...message, parts: [...message.parts.slice(0, -1), { ...last, cache }] };
    }
    case 'user': {
      const last = message.parts.at(-1);
      if (last === undefined || last.type === 'audio' || last.type === 'foreign') return message;
      return last.cache === undefined
        ? { ...message, parts: [...message.parts.slice(0, -1), { ...last, cache }] }
        : message;
    }
    case 'assistant': {
      const last = message.parts.at(-1);
      const marked = last === undefined ? undefined : markOutput(last, cache);
      return marked === undefined ? message : { ...message, parts: [...message.parts.slice(0, -1), marked] };
    }
  }
}

function markOutput(part: OutputPart, cache: CacheMarker): OutputPart | undefined {
  if (part.type !== 'text' && part.type !== 'tool-call' && part.type !== 'image') return undefined;
  return part.cache === undefined ? { ...part, cache } : undefined;
}
