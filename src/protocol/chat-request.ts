import type { JsonObject, JsonValue } from '../kernel/json.ts';
import type { CacheMarker, ChatMessage } from './chat-parts.ts';

/** A tool that the caller runs itself. */
export type FunctionTool = {
  readonly kind: 'function';
  readonly name: string;
  readonly description: string | undefined;
  /** JSON Schema of the arguments; `undefined` for a function without any. */
  readonly parameters: JsonObject | undefined;
  readonly strict: boolean | undefined;
  readonly cache?: CacheMarker | undefined;
};

/** A tool whose input is free text, with a grammar where one is given. */
export type CustomTool = {
  readonly kind: 'custom';
  readonly name: string;
  readonly description: string | undefined;
  /** `{ type: 'text' }` or `{ type: 'grammar', syntax, definition }`. */
  readonly format: JsonObject | undefined;
};

/** A tool that the provider runs, in its own dialect's words. */
export type ForeignTool = {
  readonly kind: 'foreign';
  readonly dialect: string;
  /** The dialect's own word: `web_search_20250305`, `code_interpreter`. */
  readonly type: string;
  readonly value: JsonObject;
};

export type ChatTool = FunctionTool | CustomTool | ForeignTool;

export type ToolChoice =
  | { readonly kind: 'auto' | 'none' | 'required' }
  | { readonly kind: 'tool'; readonly name: string; readonly toolKind: 'function' | 'custom' }
  /** Any of these tools (`required`), or one of them or none (`auto`). */
  | { readonly kind: 'allowed'; readonly mode: 'auto' | 'required'; readonly names: readonly string[] };

export type ResponseFormat =
  | { readonly kind: 'text' }
  | { readonly kind: 'json' }
  | {
      readonly kind: 'json-schema';
      readonly name: string | undefined;
      readonly description: string | undefined;
      readonly schema: JsonObject;
      readonly strict: boolean | undefined;
    };

/** How much a model may think. What is `undefined` was not asked for. */
export type ReasoningRequest = {
  /** `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`, or a word of the provider's own. */
  readonly effort: string | undefined;
  /** The most tokens to think for. */
  readonly budgetTokens: number | undefined;
  /** `false` switches thinking off, `true` on, `adaptive` leaves it to the model. */
  readonly enabled: boolean | 'adaptive' | undefined;
  /** Whether what was thought is to be shown, in words or as a summary: `auto`, `concise`, `detailed`, `omitted`. */
  readonly summary: string | undefined;
};

/** How the answer's sound is to be, where sound is asked for. */
export type AudioRequest = { readonly voice: string; readonly format: string };

/**
 * A request for a chat in no dialect's own form. `undefined` means that the caller did not say. Numbers are as the caller
 * wrote them, within what its own dialect allows; another dialect's narrower range is that dialect's loss to report.
 */
export type ChatRequest = {
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ChatTool[];
  readonly toolChoice: ToolChoice | undefined;
  readonly parallelToolCalls: boolean | undefined;
  readonly responseFormat: ResponseFormat | undefined;
  readonly reasoning: ReasoningRequest | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly topK: number | undefined;
  readonly stop: readonly string[] | undefined;
  readonly seed: number | undefined;
  readonly presencePenalty: number | undefined;
  readonly frequencyPenalty: number | undefined;
  readonly logitBias: JsonObject | undefined;
  /** How many alternatives of each token are asked for; 0 asks for the chosen tokens alone. */
  readonly logprobs: number | undefined;
  /** How many answers. */
  readonly choices: number | undefined;
  readonly serviceTier: string | undefined;
  readonly endUser: string | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly verbosity: string | undefined;
  readonly modalities: readonly string[] | undefined;
  readonly audio: AudioRequest | undefined;
  /** A name under which the provider keeps the prompt's cache. */
  readonly promptCacheKey: string | undefined;
  /** A marker for the whole request: the provider itself places it. */
  readonly cache: CacheMarker | undefined;
  /** Whether the answer comes as a stream, and whether the caller wants usage in it. */
  readonly streamed: boolean;
  readonly wantsUsage: boolean;
  /**
   * Top-level fields that have no common name, as the caller wrote them. The same dialect may read them; for every other
   * each is a loss, named by its key.
   */
  readonly extra: Readonly<Record<string, JsonValue | undefined>>;
  /** The dialect whose `extra` it is. */
  readonly dialect: string;
};

/** A request of which only the messages were said; decoders and tests begin with it. */
export const PLAIN_CHAT: ChatRequest = {
  messages: [],
  tools: [],
  toolChoice: undefined,
  parallelToolCalls: undefined,
  responseFormat: undefined,
  reasoning: undefined,
  maxOutputTokens: undefined,
  temperature: undefined,
  topP: undefined,
  topK: undefined,
  stop: undefined,
  seed: undefined,
  presencePenalty: undefined,
  frequencyPenalty: undefined,
  logitBias: undefined,
  logprobs: undefined,
  choices: undefined,
  serviceTier: undefined,
  endUser: undefined,
  metadata: undefined,
  verbosity: undefined,
  modalities: undefined,
  audio: undefined,
  promptCacheKey: undefined,
  cache: undefined,
  streamed: false,
  wantsUsage: false,
  extra: {},
  dialect: '',
};
