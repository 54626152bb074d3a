import type { JsonObject } from '../../kernel/json.ts';

/** The word by which blocks, deltas and events of this dialect are told apart; empty where there is none. */
export function typeOf(object: JsonObject): string {
  const { type } = object;
  return typeof type === 'string' ? type : '';
}
