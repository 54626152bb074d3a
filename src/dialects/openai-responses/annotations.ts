import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { Citation } from '../../protocol/chat-parts.ts';
import { NAME } from './name.ts';

/** Sources that a text names: https://platform.openai.com/docs/api-reference/responses/object#responses-object-output */

/** An annotation of any kind. A file's name stands for its title; everything else is in `raw`. */
export function readCitation(raw: JsonObject): Citation {
  return {
    kind: raw['type'] === 'url_citation' ? 'url' : 'document',
    url: stringOf(raw['url']),
    title: stringOf(raw['title']) ?? stringOf(raw['filename']),
    citedText: undefined,
    startIndex: numberOf(raw['start_index']),
    endIndex: numberOf(raw['end_index']),
    raw,
    dialect: NAME,
  };
}

/**
 * The reverse; `undefined` for what has no form here: a document without an id at the provider. A dialect that gives no
 * positions cites for the whole text, and readers want positions and a title: the `ai` package refuses a stream without.
 */
export function writeAnnotation(citation: Citation, textLength: number): JsonObject | undefined {
  if (citation.dialect === NAME) return citation.raw;
  if (citation.kind !== 'url' || citation.url === undefined) return undefined;
  return {
    type: 'url_citation',
    start_index: citation.startIndex ?? 0,
    end_index: citation.endIndex ?? textLength,
    title: citation.title ?? citation.url,
    url: citation.url,
  };
}

function stringOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
