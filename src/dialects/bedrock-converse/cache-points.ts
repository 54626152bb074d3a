import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { CacheMarker } from '../../protocol/chat-parts.ts';
import type { Encoding } from './encoding.ts';

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CachePointBlock.html */
export function encodeCachePoint({ family, losses }: Encoding, { ttl }: CacheMarker): JsonObject {
  if (ttl === undefined) return { cachePoint: { type: 'default' } };
  if (family.cacheTtl) return { cachePoint: { type: 'default', ttl } };
  // Five minutes are what the model does unasked.
  if (ttl !== '5m') losses.add('cache.ttl', 'the model knows one lifetime on Bedrock');
  return { cachePoint: { type: 'default' } };
}

/**
 * Puts a cache point behind a message's blocks so far. Bedrock refuses one that follows a document or a video directly,
 * so there it stands before them.
 */
export function addCachePoint(encoding: Encoding, blocks: JsonObject[], marker: CacheMarker | undefined): void {
  if (marker === undefined) return;
  if (encoding.family.cachePoints === 'nowhere') {
    encoding.losses.addIf(marker, 'cache', 'the model caches no prompts on Bedrock');
    return;
  }
  let end = blocks.length;
  while (end > 0 && isUncacheable(blocks[end - 1])) end -= 1;
  if (end === 0) {
    encoding.losses.addIf(marker, 'cache', 'Bedrock takes no cache point next to a document or a video alone');
    return;
  }
  if (blocks[end - 1]?.['cachePoint'] !== undefined) return;
  blocks.splice(end, 0, encodeCachePoint(encoding, marker));
}

function isUncacheable(block: { readonly [key: string]: JsonValue | undefined } | undefined): boolean {
  return block?.['document'] !== undefined || block?.['video'] !== undefined;
}
