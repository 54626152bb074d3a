import type { JsonObject } from '../../kernel/json.ts';
import type { CacheMarker } from '../../protocol/chat-parts.ts';
import type { Losses } from '../losses.ts';

/** More markers in one request are refused: https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching */
const MARKERS_MAX = 4;

/** Puts cache markers on blocks, and takes the earliest off again where there are too many. */
export class CacheMarks {
  readonly #marked: JsonObject[] = [];

  /** The same block, marked where that is wished. */
  mark(block: JsonObject, marker: CacheMarker | undefined): JsonObject {
    if (marker === undefined) return block;
    block['cache_control'] = encodeMarker(marker);
    this.#marked.push(block);
    return block;
  }

  /** The last markers cover the longest beginnings of the prompt, which hold the earlier ones. */
  keepLast(isWholeMarked: boolean, losses: Losses): void {
    const surplus = this.#marked.length - (isWholeMarked ? MARKERS_MAX - 1 : MARKERS_MAX);
    if (surplus <= 0) return;
    losses.add('cache', `a request may have ${MARKERS_MAX} cache markers`);
    for (const block of this.#marked.slice(0, surplus)) delete block['cache_control'];
  }
}

/** A marker on the wire; without a lifetime the provider takes five minutes. */
export function encodeMarker({ ttl }: CacheMarker): JsonObject {
  return { type: 'ephemeral', ...(ttl === undefined ? {} : { ttl }) };
}
