import type { GatewayError } from '../kernel/errors.ts';
import type { JsonObject, JsonValue } from '../kernel/json.ts';
import type { Citation, Opaque, OutputPart } from './chat-parts.ts';
import type { ReadUsage } from './usage.ts';

/** Why an answer ended: our word, and the provider's own. */
export type FinishReason = {
  readonly kind: 'stop' | 'length' | 'tool-call' | 'filtered' | 'refused' | 'other';
  /** As the provider wrote it; `undefined` where it did not say. */
  readonly raw: string | undefined;
  /** The stop sequence that ended the answer, where the provider names it. */
  readonly stopSequence?: string | undefined;
};

/** The opening of a block: all that is known of it before its content. */
export type BlockHead =
  | { readonly kind: 'text' }
  | { readonly kind: 'reasoning'; readonly id?: string | undefined; readonly isSummary?: boolean | undefined }
  | {
      readonly kind: 'tool-call';
      readonly id: string;
      readonly name: string;
      readonly toolKind: 'function' | 'custom';
    }
  | { readonly kind: 'refusal' }
  /** Its content is base64. */
  | { readonly kind: 'image'; readonly mediaType: string }
  /** Its content is base64; `transcript` deltas tell its words. */
  | { readonly kind: 'audio'; readonly format: string; readonly id?: string | undefined }
  /** Whole at once: no delta follows. */
  | { readonly kind: 'foreign'; readonly dialect: string; readonly name: string; readonly value: JsonObject };

/**
 * One event of an answer.
 *
 * Grammar: `start` · blocks (`block-start`, then its deltas, signatures, citations, `block-end`; blocks may interleave by
 * id, and belong to a choice) · `choice-end` for each choice · `usage`s anywhere after `start`, the last one counts ·
 * exactly one of `finish` and `fault`, after which nothing comes. A whole answer is the same events at once.
 */
export type ChatEvent =
  | {
      readonly type: 'start';
      /** The provider's id of the answer. */
      readonly id: string | undefined;
      readonly servedModel: string | undefined;
      readonly serviceTier?: string | undefined;
    }
  | { readonly type: 'block-start'; readonly choice: number; readonly block: number; readonly head: BlockHead }
  /** Text, reasoning, arguments or base64, as the block's head says. Never empty. */
  | { readonly type: 'block-delta'; readonly block: number; readonly text: string }
  | { readonly type: 'block-transcript'; readonly block: number; readonly text: string }
  | { readonly type: 'block-opaque'; readonly block: number; readonly opaque: Opaque }
  | { readonly type: 'block-citation'; readonly block: number; readonly citation: Citation }
  /** Log probabilities of the text block's tokens, each as OpenAI's chat format writes them. */
  | { readonly type: 'block-logprobs'; readonly block: number; readonly logprobs: readonly JsonValue[] }
  | { readonly type: 'block-end'; readonly block: number }
  | { readonly type: 'choice-end'; readonly choice: number; readonly reason: FinishReason }
  | { readonly type: 'usage'; readonly read: ReadUsage }
  /** Something of the answer that has no event. */
  | { readonly type: 'loss'; readonly field: string; readonly reason: string }
  | { readonly type: 'finish' }
  | { readonly type: 'fault'; readonly error: GatewayError };

/** One of an answer's choices, whole. */
export type ChatChoice = {
  readonly index: number;
  readonly parts: readonly AnsweredPart[];
  readonly reason: FinishReason;
};

/** A part of an answer: with log probabilities where they were asked for, and with the words of a sound. */
export type AnsweredPart = OutputPart & {
  readonly logprobs?: readonly JsonValue[] | undefined;
  readonly transcript?: string | undefined;
  readonly audioId?: string | undefined;
};

/** A whole answer: the collected events. */
export type ChatResponse = {
  readonly id: string | undefined;
  readonly servedModel: string | undefined;
  readonly serviceTier: string | undefined;
  readonly choices: readonly ChatChoice[];
  readonly usage: ReadUsage;
};
