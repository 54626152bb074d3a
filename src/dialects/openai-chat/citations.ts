import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { Citation } from '../../protocol/chat-parts.ts';
import { OPENAI_CHAT } from './name.ts';

/** `annotations`: https://platform.openai.com/docs/api-reference/chat/object#chat-object-choices-message-annotations */
export function readAnnotation(annotation: JsonValue): Citation | undefined {
  if (!isJsonObject(annotation)) return undefined;
  const inner = annotation['url_citation'];
  if (!isJsonObject(inner)) return undefined;
  const { url, title, content, start_index: start, end_index: end } = inner;
  return {
    kind: 'url',
    url: typeof url === 'string' ? url : undefined,
    title: typeof title === 'string' ? title : undefined,
    // OpenRouter quotes the page: https://openrouter.ai/docs/features/web-search
    citedText: typeof content === 'string' ? content : undefined,
    startIndex: typeof start === 'number' ? start : undefined,
    endIndex: typeof end === 'number' ? end : undefined,
    raw: annotation,
    dialect: OPENAI_CHAT,
  };
}

/**
 * The sources that an answer names as a whole, beside its text: Perplexity's `search_results`
 * (https://docs.perplexity.ai/api-reference/chat-completions-post), or the bare addresses that xAI and others send
 * (https://docs.x.ai/docs/guides/live-search). They have no place of their own in the text.
 */
export function readSources(answer: JsonObject): readonly Citation[] {
  const { search_results: results, citations } = answer;
  const sources = Array.isArray(results) && results.length > 0 ? results : citations;
  if (!Array.isArray(sources)) return [];
  return sources.flatMap((source): Citation[] => {
    const entry = typeof source === 'string' ? { url: source } : source;
    if (!isJsonObject(entry) || typeof entry['url'] !== 'string') return [];
    const { url, title } = entry;
    return [
      {
        kind: 'url',
        url,
        title: typeof title === 'string' ? title : undefined,
        citedText: undefined,
        startIndex: undefined,
        endIndex: undefined,
        raw: entry,
        dialect: OPENAI_CHAT,
      },
    ];
  });
}

/** Where a cited text lies within all of the message's text. */
export type CitedText = { readonly start: number; readonly end: number };

/**
 * The reverse; `undefined` for a citation without an address, which the format cannot say. Clients refuse an annotation
 * that lacks a place or a title, so one without a place of its own covers the text that it belongs to.
 */
export function writeAnnotation(citation: Citation, text: CitedText): JsonObject | undefined {
  if (citation.dialect === OPENAI_CHAT && citation.raw['type'] === 'url_citation') return citation.raw;
  const { url, title, citedText, startIndex, endIndex } = citation;
  if (url === undefined) return undefined;
  return {
    type: 'url_citation',
    url_citation: {
      start_index: startIndex === undefined ? text.start : text.start + startIndex,
      end_index: endIndex === undefined ? text.end : text.start + endIndex,
      url,
      title: title ?? url,
      ...(citedText === undefined ? {} : { content: citedText }),
    },
  };
}
