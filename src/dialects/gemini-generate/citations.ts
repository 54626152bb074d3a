import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { Citation } from '../../protocol/chat-parts.ts';
import { GEMINI } from './name.ts';

/**
 * Sources of an answer's text. Grounding names sources in one list and the stretches of text that they stand behind in
 * another; positions count bytes of UTF-8: https://ai.google.dev/api/generate-content#GroundingMetadata
 */

/** Sources of one choice; an answer grounded in a search has about ten. */
const CITATIONS_MAX = 256;

/** What a candidate says of its sources, the last word of a stream counting. */
export type Sources = {
  grounding: JsonObject | undefined;
  recitation: JsonObject | undefined;
  urlContext: JsonObject | undefined;
};

/** Takes from a candidate what it says of its sources. */
export function noteSources(sources: Sources, candidate: JsonObject): void {
  const { groundingMetadata, citationMetadata, urlContextMetadata } = candidate;
  if (isJsonObject(groundingMetadata)) sources.grounding = groundingMetadata;
  if (isJsonObject(citationMetadata)) sources.recitation = citationMetadata;
  if (isJsonObject(urlContextMetadata)) sources.urlContext = urlContextMetadata;
}

/** The citations of a choice whose visible text is `text`. */
export function citationsOf(sources: Sources, text: string): readonly Citation[] {
  const positionOf = positionsIn(text);
  return [
    ...groundedCitations(sources.grounding ?? {}, positionOf),
    ...recited(sources.recitation ?? {}, positionOf),
    ...retrieved(sources.urlContext ?? {}),
  ].slice(0, CITATIONS_MAX);
}

/** Byte → character of a text. */
type PositionOf = (byte: JsonValue | undefined) => number | undefined;

function positionsIn(text: string): PositionOf {
  const bytes = Buffer.from(text);
  const isAscii = bytes.length === text.length;
  return (byte) => {
    if (typeof byte !== 'number' || !Number.isInteger(byte) || byte < 0 || byte > bytes.length) return undefined;
    return isAscii ? byte : bytes.toString('utf8', 0, byte).length;
  };
}

function groundedCitations(grounding: JsonObject, positionOf: PositionOf): readonly Citation[] {
  const chunks = objectsOf(grounding['groundingChunks']);
  const supports = objectsOf(grounding['groundingSupports']).slice(0, CITATIONS_MAX);
  if (supports.length === 0) return chunks.flatMap((chunk) => citationOf(chunk, {}, chunk) ?? []);
  return supports.flatMap((support) => {
    const segment = isJsonObject(support['segment']) ? support['segment'] : {};
    const indices = Array.isArray(support['groundingChunkIndices']) ? support['groundingChunkIndices'] : [];
    const startIndex = segment['endIndex'] === undefined ? undefined : positionOf(segment['startIndex'] ?? 0);
    const span = { startIndex, endIndex: positionOf(segment['endIndex']) };
    return indices.slice(0, CITATIONS_MAX).flatMap((index) => {
      const chunk = typeof index === 'number' ? chunks[index] : undefined;
      return chunk === undefined ? [] : (citationOf(chunk, span, { chunk, support }) ?? []);
    });
  });
}

type Span = { readonly startIndex?: number | undefined; readonly endIndex?: number | undefined };

/** A page of the web, a picture, a place or a document, each under a key of its own. */
function citationOf(chunk: JsonObject, span: Span, raw: JsonObject): Citation | undefined {
  const source = chunk['web'] ?? chunk['maps'] ?? chunk['image'] ?? chunk['retrievedContext'];
  if (!isJsonObject(source)) return undefined;
  const url = textOf(source['uri']) ?? textOf(source['sourceUri']);
  return citation(
    {
      kind: chunk['retrievedContext'] === undefined ? 'url' : 'document',
      url,
      title: textOf(source['title']),
      citedText: textOf(source['text']),
      ...span,
    },
    raw,
  );
}

/** Passages that repeat what the model was trained on. */
function recited(metadata: JsonObject, positionOf: PositionOf): readonly Citation[] {
  return objectsOf(metadata['citationSources'] ?? metadata['citations']).map((source) =>
    citation(
      {
        kind: 'url',
        url: textOf(source['uri']),
        title: textOf(source['title']),
        startIndex: source['endIndex'] === undefined ? undefined : positionOf(source['startIndex'] ?? 0),
        endIndex: positionOf(source['endIndex']),
      },
      source,
    ),
  );
}

/** Pages that were read on the way to the answer: https://ai.google.dev/gemini-api/docs/url-context */
function retrieved(metadata: JsonObject): readonly Citation[] {
  return objectsOf(metadata['urlMetadata']).flatMap((page) => {
    const url = textOf(page['retrievedUrl']);
    return url === undefined ? [] : [citation({ kind: 'url', url }, page)];
  });
}

function citation(
  known: Pick<Citation, 'kind'> & Partial<Pick<Citation, 'url' | 'title' | 'citedText' | 'startIndex' | 'endIndex'>>,
  raw: JsonObject,
): Citation {
  const { kind, url, title, citedText, startIndex, endIndex } = known;
  return { kind, url, title, citedText, startIndex, endIndex, raw, dialect: GEMINI };
}

function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
