import { compileAllowList } from '../identity/allow-list.ts';
import type { VirtualKeyRow } from '../protocol/configuration.ts';
import type { MayCall } from '../routing/resolve.ts';

/** Compiled allow-lists by key id; a key that may call everything has none. */
export type CompiledAllowLists = ReadonlyMap<string, MayCall>;

export function compileAllowLists(keys: readonly VirtualKeyRow[]): CompiledAllowLists {
  const lists = new Map<string, MayCall>();
  for (const key of keys) if (key.allowedModels !== undefined) lists.set(key.id, compileAllowList(key.allowedModels));
  return lists;
}
