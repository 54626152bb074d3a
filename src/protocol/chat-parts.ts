import type { JsonObject } from '../kernel/json.ts';

/**
 * The words in which a conversation is told between dialects. Each names a thing that at least two wire formats have;
 * what only one has travels as a `foreign` part and reaches nobody else.
 */

/** Where the bytes of a picture, a sound or a file come from. `base64` data is plain base64 without a `data:` prefix. */
export type MediaSource =
  | { readonly from: 'url'; readonly url: string }
  | { readonly from: 'base64'; readonly mediaType: string; readonly data: string }
  /** A document that is plain text already. */
  | { readonly from: 'text'; readonly text: string };

/** A caller's wish that the prompt up to here be cached; without a lifetime, the provider's default one. */
export type CacheMarker = {
  readonly ttl: '5m' | '1h' | undefined;
  /** A library's habit and nobody's wish: a provider that caches unasked, or not at all, loses nothing by it. */
  readonly isHint?: true | undefined;
};

/**
 * Something that only the service which made it can read: a signature over reasoning, encrypted or redacted reasoning.
 * It has to come back unchanged, and only to a provider of the same dialect.
 */
export type Opaque = {
  /** Name of the dialect that it came in. */
  readonly dialect: string;
  readonly kind: 'signature' | 'redacted' | 'encrypted';
  readonly value: string;
};

/** A source that a text names. Positions count characters of the text; each field is `undefined` where not said. */
export type Citation = {
  readonly kind: 'url' | 'document';
  readonly url: string | undefined;
  readonly title: string | undefined;
  readonly citedText: string | undefined;
  readonly startIndex: number | undefined;
  readonly endIndex: number | undefined;
  /** The citation as its own dialect writes it, for fields that have no common name. */
  readonly raw: JsonObject;
  readonly dialect: string;
};

export type TextPart = {
  readonly type: 'text';
  readonly text: string;
  readonly cache?: CacheMarker | undefined;
  readonly citations?: readonly Citation[] | undefined;
  /** Gemini signs texts, too. */
  readonly opaque?: Opaque | undefined;
};

export type ImagePart = {
  readonly type: 'image';
  readonly source: MediaSource;
  readonly detail?: string | undefined;
  readonly cache?: CacheMarker | undefined;
};

/** A document: PDF, text, table … or a video, told apart by the media type. */
export type FilePart = {
  readonly type: 'file';
  readonly source: MediaSource;
  /** What kind of file it is, where the source does not say: `application/pdf`. */
  readonly mediaType?: string | undefined;
  readonly filename?: string | undefined;
  readonly title?: string | undefined;
  readonly context?: string | undefined;
  readonly wantsCitations?: boolean | undefined;
  readonly cache?: CacheMarker | undefined;
};

/** Sound that is sent along. `format` is its short name: `wav`, `mp3`. */
export type AudioPart = { readonly type: 'audio'; readonly source: MediaSource; readonly format: string };

export type ReasoningPart = {
  readonly type: 'reasoning';
  /** What may be read of it; empty where the provider only gives the opaque form. */
  readonly text: string;
  readonly opaque?: Opaque | undefined;
  /** The id under which its provider knows it. */
  readonly id?: string | undefined;
  /** Whether the text is a summary and not the reasoning itself. */
  readonly isSummary?: boolean | undefined;
};

export type ToolCallPart = {
  readonly type: 'tool-call';
  readonly id: string;
  readonly name: string;
  /** The arguments as text: JSON for `function`, anything for `custom`. Empty means `{}`. */
  readonly arguments: string;
  readonly kind: 'function' | 'custom';
  readonly cache?: CacheMarker | undefined;
  /** Gemini signs calls: the signature has to come back with the call. */
  readonly opaque?: Opaque | undefined;
};

export type RefusalPart = { readonly type: 'refusal'; readonly text: string };

/** Something that only its own dialect has: a call of a tool that the provider itself ran, and its result. */
export type ForeignPart = {
  readonly type: 'foreign';
  readonly dialect: string;
  /** The dialect's own word for it: `web_search_call`, `server_tool_use`. */
  readonly kind: string;
  readonly value: JsonObject;
};

/** What a person or a program may say to a model. */
export type InputPart = TextPart | ImagePart | FilePart | AudioPart | ForeignPart;
/** What a model may say. */
export type OutputPart = TextPart | ReasoningPart | ToolCallPart | RefusalPart | ImagePart | AudioPart | ForeignPart;

/** Every part of a conversation, in its order. Tool results are messages of their own, one for each call. */
export type ChatMessage =
  | {
      readonly role: 'system' | 'developer';
      readonly name?: string | undefined;
      readonly parts: readonly (TextPart | ForeignPart)[];
    }
  | { readonly role: 'user'; readonly name?: string | undefined; readonly parts: readonly InputPart[] }
  | { readonly role: 'assistant'; readonly name?: string | undefined; readonly parts: readonly OutputPart[] }
  | {
      readonly role: 'tool';
      readonly callId: string;
      /** The function's name, which some dialects ask for; found by the call's id where the caller does not say. */
      readonly name?: string | undefined;
      readonly parts: readonly InputPart[];
      readonly isError?: boolean | undefined;
      /** Whether it answers a call of a `custom` tool. */
      readonly kind?: 'function' | 'custom' | undefined;
      readonly cache?: CacheMarker | undefined;
    };
