import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { Opaque, ReasoningPart } from '../../protocol/chat-parts.ts';
import { packOpaque, unpackOpaque } from '../carried-opaque.ts';

/**
 * The framework has no place for reasoning that has to come back, but every tool call has `metadata`, which clients keep
 * and send again with the call. That is where it is needed: a provider that signs its reasoning asks for it while its
 * tools run. So a call's own signature and the reasoning that led to the call travel there.
 */

/** The key under which the framework keeps a signature of Gemini's, and the dialect whose it is. */
const SIGNATURE_KEY = 'thoughtSignature';
const SIGNING_DIALECT = 'gemini-generate';
const REASONING_KEY = 'reasoning';
const CARRIER = 'aigne-framework';

/** What a call carries; `undefined` where that is nothing. */
export function encodeMetadata(
  opaque: Opaque | undefined,
  reasoning: readonly ReasoningPart[],
): JsonObject | undefined {
  if (opaque === undefined && reasoning.length === 0) return undefined;
  return {
    ...(opaque === undefined ? {} : { [SIGNATURE_KEY]: packOpaque(opaque, SIGNING_DIALECT) }),
    ...(reasoning.length === 0 ? {} : { [REASONING_KEY]: reasoning.map(encodeReasoning) }),
  };
}

function encodeReasoning({ text, opaque, id, isSummary }: ReasoningPart): JsonObject {
  return {
    text,
    ...(opaque === undefined ? {} : { opaque: packOpaque(opaque, CARRIER) }),
    ...(id === undefined ? {} : { id }),
    ...(isSummary === undefined ? {} : { isSummary }),
  };
}

export type CallMetadata = {
  readonly opaque: Opaque | undefined;
  readonly reasoning: readonly ReasoningPart[];
};

/** Reads what a call carried. Anybody may write metadata: what is not of these forms is another's and left alone. */
export function decodeMetadata(metadata: JsonValue | undefined): CallMetadata {
  if (!isJsonObject(metadata)) return { opaque: undefined, reasoning: [] };
  const signature = metadata[SIGNATURE_KEY];
  const reasoning = metadata[REASONING_KEY];
  return {
    opaque: typeof signature === 'string' ? unpackOpaque(signature, SIGNING_DIALECT, 'signature') : undefined,
    reasoning: Array.isArray(reasoning) ? reasoning.flatMap(decodeReasoning) : [],
  };
}

function decodeReasoning(value: JsonValue): readonly ReasoningPart[] {
  if (!isJsonObject(value) || typeof value['text'] !== 'string') return [];
  const { text, opaque: packed, id, isSummary } = value;
  const opaque = typeof packed === 'string' ? unpackOpaque(packed, CARRIER, 'signature') : undefined;
  return [
    {
      type: 'reasoning',
      text,
      // A text without the hub's mark was signed by nobody that could read it.
      ...(opaque === undefined || opaque.dialect === CARRIER ? {} : { opaque }),
      ...(typeof id === 'string' ? { id } : {}),
      ...(typeof isSummary === 'boolean' ? { isSummary } : {}),
    },
  ];
}
