import { isJsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import { parseExactOrUndefined } from '../exact-json.ts';

const CALL_KEY = '"functionCall"';

/**
 * An answer, or a piece of one, as JSON in which the arguments of calls keep every digit of their numbers; `undefined`
 * where it is none.
 */
export function parsePiece(text: string): JsonValue | undefined {
  const piece = parseJsonOrUndefined(text);
  if (piece === undefined || !text.includes(CALL_KEY)) return piece;
  const exact = parseExactOrUndefined(text);
  for (const [candidate, value] of listOf(piece, 'candidates').entries()) {
    for (const [place, part] of partsOf(value).entries()) {
      const twin = partsOf(listOf(exact, 'candidates')[candidate])[place];
      if (isJsonObject(part) && isJsonObject(twin)) part['functionCall'] = twin['functionCall'];
    }
  }
  return piece;
}

function partsOf(candidate: JsonValue | undefined): readonly JsonValue[] {
  return listOf(isJsonObject(candidate) ? candidate['content'] : undefined, 'parts');
}

function listOf(object: JsonValue | undefined, key: string): readonly JsonValue[] {
  const list = isJsonObject(object) ? object[key] : undefined;
  return Array.isArray(list) ? list : [];
}
