import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { Citation } from '../../protocol/chat-parts.ts';
import { GEMINI } from './name.ts';

/** One text of an answer in the pieces in which it came, and the sources that it names. */
export type CitedBlock = { readonly block: number; readonly texts: string[]; readonly citations: Citation[] };

/**
 * Sources of a candidate's text, in one list, and the stretches of text that they stand behind in another; positions
 * count bytes of UTF-8 through the whole text: https://ai.google.dev/api/generate-content#GroundingMetadata
 */
export function encodeSources(blocks: readonly CitedBlock[]): JsonObject {
  if (blocks.every(({ citations }) => citations.length === 0)) return {};
  const chunks: JsonObject[] = [];
  const places = new Map<string, number>();
  const supports: JsonObject[] = [];
  let before = 0;
  for (const { texts, citations } of blocks) {
    const text = texts.join('');
    for (const citation of citations) {
      const index = placeOf(chunkOf(citation), { chunks, places });
      const segment = segmentOf(citation, text, before);
      if (segment !== undefined) supports.push({ segment, groundingChunkIndices: [index] });
    }
    before += Buffer.byteLength(text);
  }
  return {
    groundingMetadata: {
      groundingChunks: chunks,
      ...(supports.length === 0 ? {} : { groundingSupports: supports }),
    },
  };
}

type Listed = { readonly chunks: JsonObject[]; readonly places: Map<string, number> };

function placeOf(chunk: JsonObject, { chunks, places }: Listed): number {
  const text = JSON.stringify(chunk);
  const known = places.get(text);
  if (known !== undefined) return known;
  places.set(text, chunks.length);
  chunks.push(chunk);
  return chunks.length - 1;
}

/** A page by its address, or a document by what of it was read. The API's own goes back as it came. */
function chunkOf({ kind, url, title, citedText, raw, dialect }: Citation): JsonObject {
  const own = dialect === GEMINI ? raw['chunk'] : undefined;
  if (isJsonObject(own)) return own;
  const named = { ...(url === undefined ? {} : { uri: url }), ...(title === undefined ? {} : { title }) };
  if (kind === 'url') return { web: named };
  return { retrievedContext: { ...named, ...(citedText === undefined ? {} : { text: citedText }) } };
}

function segmentOf({ startIndex, endIndex }: Citation, text: string, before: number): JsonObject | undefined {
  if (startIndex === undefined || endIndex === undefined) return undefined;
  const start = before + Buffer.byteLength(text.slice(0, startIndex));
  const cited = text.slice(startIndex, endIndex);
  return {
    ...(start === 0 ? {} : { startIndex: start }),
    endIndex: start + Buffer.byteLength(cited),
    text: cited,
  };
}
