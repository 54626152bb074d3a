import type { Opaque } from '../protocol/chat-parts.ts';
import type { Loss } from '../protocol/records.ts';

/** Keeps opaque reasoning for callers whose dialect has no place for it, so that their next turn can give it back. */
export type ReasoningStore = {
  /** Takes it, or tells that it is lost. */
  readonly keep: (opaque: Opaque) => Loss | undefined;
};

/** Keeps nothing: every opaque piece that the caller's dialect cannot carry is a loss, and is told as one. */
export const NO_REASONING_STORE: ReasoningStore = {
  keep: ({ kind }) => ({
    field: `reasoning.${kind}`,
    reason: 'the caller’s dialect has no place for it, so it cannot come back on the next turn',
  }),
};
