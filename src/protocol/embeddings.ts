import type { JsonValue } from '../kernel/json.ts';
import type { ReadUsage } from './usage.ts';

/** A request for embeddings in no dialect's own form. */
export type EmbeddingsRequest = {
  /** Texts, or lists of token numbers. */
  readonly inputs: readonly (string | readonly number[])[];
  readonly dimensions: number | undefined;
  /** What the caller wants the vectors in: numbers, or base64 of little-endian 32-bit floats. */
  readonly encodingFormat: 'float' | 'base64';
  readonly endUser: string | undefined;
  /** Whether one vector was asked for by itself, where a dialect tells that from a list of one. */
  readonly isSingle?: boolean | undefined;
  /** The dialect that it came in, where `extra` is to go back to the same. */
  readonly dialect?: string | undefined;
  /** Fields that have no common name; each is a loss for another dialect. */
  readonly extra: Readonly<Record<string, JsonValue | undefined>>;
};

/** One vector for each input, in the order of the inputs. */
export type EmbeddingsResponse = {
  readonly vectors: readonly (readonly number[])[];
  readonly servedModel: string | undefined;
  readonly usage: ReadUsage;
};
