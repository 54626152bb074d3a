import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { Opaque, ReasoningPart } from '../../protocol/chat-parts.ts';
import { OPENAI_CHAT } from './name.ts';

/**
 * OpenRouter's `reasoning_details`: reasoning with its signature, its summary, or reasoning that is encrypted. It has to
 * come back as it was: https://openrouter.ai/docs/use-cases/reasoning-tokens#preserving-reasoning-blocks
 * An entry's opaque form is the entry itself as JSON, without the text that may be read.
 */

/** What one entry says, or adds to what an earlier one of the same key said. */
export type ReasoningDetail = {
  /** Entries of one key belong together when they are streamed. */
  readonly key: string;
  readonly text: string;
  readonly isSummary: boolean;
  readonly id: string | undefined;
  readonly opaque: Opaque | undefined;
};

export function readDetail(detail: JsonValue): ReasoningDetail | undefined {
  if (!isJsonObject(detail) || typeof detail['type'] !== 'string') return undefined;
  const { type, id, index } = detail;
  const common = {
    key: `${type} ${typeof index === 'number' ? index : 0}`,
    id: typeof id === 'string' ? id : undefined,
  };
  switch (type) {
    case 'reasoning.text': {
      const opaque = isFilled(detail['signature']) ? opaqueOf(detail, 'signature') : undefined;
      return { ...common, text: textOf(detail['text']), isSummary: false, opaque };
    }
    case 'reasoning.summary':
      return { ...common, text: textOf(detail['summary']), isSummary: true, opaque: undefined };
    default:
      return { ...common, text: '', isSummary: false, opaque: opaqueOf(detail, 'encrypted') };
  }
}

/** A list of entries as parts. */
export function readDetails(details: JsonValue | undefined): readonly ReasoningPart[] {
  if (!Array.isArray(details)) return [];
  return details.flatMap((entry): ReasoningPart[] => {
    const detail = readDetail(entry);
    if (detail === undefined || (detail.text === '' && detail.opaque === undefined)) return [];
    const { text, opaque, id, isSummary } = detail;
    return [{ type: 'reasoning', text, opaque, id, isSummary: isSummary ? true : undefined }];
  });
}

/**
 * The reverse: all of an answer's reasoning, or `undefined` where it is nothing but readable text. Whoever reads the
 * entries reads no other field, so that they hold plain text, too, as soon as there are any.
 */
export function writeDetails(parts: readonly ReasoningPart[]): JsonObject[] | undefined {
  if (!parts.some(({ opaque, isSummary }) => isSummary === true || opaque?.dialect === OPENAI_CHAT)) return undefined;
  const details = parts.map(writeDetail).filter((detail) => detail !== undefined);
  return details.length === 0 ? undefined : details;
}

/** One block as an entry; `undefined` where nothing of it can be said. */
export function writeDetail({ text, opaque, id, isSummary }: ReasoningPart): JsonObject | undefined {
  if (opaque?.dialect === OPENAI_CHAT) {
    const entry = parseJsonOrUndefined(opaque.value);
    if (isJsonObject(entry)) return opaque.kind === 'signature' ? { ...entry, text } : entry;
  }
  if (text === '') return undefined;
  return isSummary === true ? { type: 'reasoning.summary', summary: text, id } : { type: 'reasoning.text', text, id };
}

function opaqueOf(detail: JsonObject, kind: Opaque['kind']): Opaque {
  // The index counts entries within one answer; after parts were put together it would only mislead.
  const { text: _text, index: _index, ...rest } = detail;
  return { dialect: OPENAI_CHAT, kind, value: JSON.stringify(rest) };
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function isFilled(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && value !== '';
}
