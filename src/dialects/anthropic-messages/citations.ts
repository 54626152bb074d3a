import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { Citation } from '../../protocol/chat-parts.ts';
import { DIALECT } from './names.ts';

/**
 * Citations: https://docs.anthropic.com/en/docs/build-with-claude/citations
 * Their positions are places in the source, not in the answer's text, so none of ours is filled.
 */

const CARRIED_MARK = 'hub1.';
const WEB_ADDRESS = /^https?:\/\//;

/** Reads one citation; `undefined` where it is none. */
export function decodeCitation(raw: JsonValue | undefined): Citation | undefined {
  if (!isJsonObject(raw)) return undefined;
  const url = textOf(raw['url']) ?? webAddress(raw['source']);
  return (
    unpackCitation(raw) ?? {
      kind: url === undefined ? 'document' : 'url',
      url,
      title: textOf(raw['title']) ?? textOf(raw['document_title']),
      citedText: textOf(raw['cited_text']),
      startIndex: undefined,
      endIndex: undefined,
      raw,
      dialect: DIALECT,
    }
  );
}

/** A list of citations as a text block has it. */
export function decodeCitations(list: JsonValue | undefined): readonly Citation[] {
  if (!Array.isArray(list)) return [];
  return list.map(decodeCitation).filter((citation) => citation !== undefined);
}

/**
 * A citation for a caller of this dialect: its own as it was, one of another dialect as a web search result, in whose
 * opaque index the original travels; `undefined` where it names no address, for which there is no form.
 */
export function encodeCitation(citation: Citation): JsonObject | undefined {
  if (citation.dialect === DIALECT) return citation.raw;
  if (citation.url === undefined) return undefined;
  return {
    type: 'web_search_result_location',
    url: citation.url,
    title: citation.title ?? null,
    cited_text: citation.citedText ?? '',
    encrypted_index: packCitation(citation),
  };
}

function packCitation(citation: Citation): string {
  return `${CARRIED_MARK}${Buffer.from(JSON.stringify(citation)).toString('base64url')}`;
}

/** What a caller gives back may have been written by anyone, so every field is looked at again. */
function unpackCitation(raw: JsonObject): Citation | undefined {
  const index = raw['encrypted_index'];
  if (typeof index !== 'string' || !index.startsWith(CARRIED_MARK)) return undefined;
  const json = parseJsonOrUndefined(Buffer.from(index.slice(CARRIED_MARK.length), 'base64url').toString());
  if (!isJsonObject(json) || !isJsonObject(json['raw']) || typeof json['dialect'] !== 'string') return undefined;
  return {
    kind: json['kind'] === 'document' ? 'document' : 'url',
    url: textOf(json['url']),
    title: textOf(json['title']),
    citedText: textOf(json['citedText']),
    startIndex: numberOf(json['startIndex']),
    endIndex: numberOf(json['endIndex']),
    raw: json['raw'],
    dialect: json['dialect'],
  };
}

/** A search result's source is any text of the caller's; only a web address is one for others, too. */
function webAddress(source: JsonValue | undefined): string | undefined {
  return typeof source === 'string' && WEB_ADDRESS.test(source) ? source : undefined;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
