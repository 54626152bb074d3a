import type { ErrorCode } from '../../../src/kernel/errors.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import type { Manner } from '../../support/fake-upstream/openai-chat/manners.ts';

/** Every way in which a provider fails that its callers can tell apart. */
export const ERROR_CLASSES = [
  'bad request',
  'credential rejected',
  'not found',
  'rate limit',
  'overloaded',
  'content policy',
] as const;

export type ErrorClass = (typeof ERROR_CLASSES)[number];

/** A provider's error in its documented form, and what the hub makes of it. */
export type DocumentedError = {
  readonly docs: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: JsonObject | readonly JsonObject[];
  readonly code: ErrorCode;
  /** What the caller is told to wait, in seconds. */
  readonly retryAfter?: number;
};

/** Where a provider answers with success what others answer with an error. */
export type DocumentedEnding = { readonly docs: string; readonly ending: 'filtered' | 'refused' };

/** A class of errors that the provider does not have. */
export type NoError = { readonly none: string };

/** What of a provider can be seen in recordings of its answers. */
export type RecordedCase = 'chat' | 'stream' | 'tools' | 'usage';

/** A provider as its operator connects it and as its documentation says that it answers. */
export type ProviderCase = {
  /** The catalogue's entry. */
  readonly entry: string;
  readonly name: string;
  /** Where within the stand-in its base URL lies. */
  readonly basePath: string;
  readonly secret: string;
  readonly manner?: Manner;
  readonly model: string;
  /** Its name in the hub's own list, which is that of the same model at other providers. */
  readonly publicModel: string;
  /** Another model, which it lists as well. */
  readonly other: string;
  /** Models that it serves besides, as far as anything here asks for them. */
  readonly more?: readonly string[];
  /** The path to which a chat of the official SDK goes. */
  readonly chatPath: string;
  /** The path to which a call in the Responses format goes. */
  readonly responsesPath: string;
  /** Whether usage tells apart what was read from a cache. */
  readonly tellsCached: boolean;
  /** Whether usage tells apart what was thought. */
  readonly tellsReasoning: boolean;
  /** Cache writes that usage tells. */
  readonly tellsWrites: readonly ('write5m' | 'write1h')[];
  /** What the provider itself says that a call cost. */
  readonly toldCostUsd?: string;
  /** Whether an answer names the model that served it. */
  readonly namesModel: boolean;
  readonly docs: { readonly chat: string; readonly stream: string; readonly tools: string; readonly usage: string };
  readonly models: { readonly docs: string; readonly path: string };
  /** Of which of its cases real answers are recorded, and in which files of the recordings. */
  readonly recorded?: { readonly files: RegExp; readonly cases: readonly RecordedCase[] };
  readonly errors: Readonly<Record<ErrorClass, DocumentedError | DocumentedEnding | NoError>>;
};

/** An error in OpenAI's form. */
export function openaiError(message: string, more: JsonObject = {}): JsonObject {
  return { error: { message, type: 'invalid_request_error', param: null, code: null, ...more } };
}
