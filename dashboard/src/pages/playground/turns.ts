import type { CallError } from '../../api/call.ts';
import type { Json } from './json-text.ts';

/** A picture or a PDF, as a `data:` URL. Its bytes are not kept when the page is left. */
export type Attachment = { readonly kind: 'picture' | 'file'; readonly name: string; readonly url: string };

/** A function that the model wants to be run; its arguments are JSON, as the model wrote them. */
export type ToolCall = { readonly id: string; readonly name: string; readonly arguments: string };

export type Turn = {
  readonly id: number;
  readonly role: 'user' | 'assistant' | 'tool';
  readonly text: string;
  readonly thinking: string;
  readonly attachments: readonly Attachment[];
  readonly toolCalls?: readonly ToolCall[];
  /** Of a result: the call that it is of. */
  readonly toolCallId?: string;
  /** What the answer was to fit. */
  readonly schema?: Json;
  readonly facts?: Facts;
  readonly error?: CallError;
};

/** What an answer took. */
export type Facts = {
  readonly firstMs: number | undefined;
  readonly wholeMs: number;
  readonly input: number | undefined;
  readonly output: number | undefined;
  readonly endReason: string | undefined;
  readonly requestId: string | undefined;
  /** What of the question the provider’s form could not take. */
  readonly losses: string | undefined;
  /** Missing until the hub has written it down, and where the model has no price. */
  readonly costNano: string | undefined;
};

/** The calls of the last answer that nobody has given a result for yet. */
export function openCalls(turns: readonly Turn[]): readonly ToolCall[] {
  const last = turns.at(-1);
  return last?.role === 'assistant' && last.error === undefined ? (last.toolCalls ?? []) : [];
}
