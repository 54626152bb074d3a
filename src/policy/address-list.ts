import { isWithin, type Network, networksNamed } from '../kernel/networks.ts';

/** Whether a caller's address is one that a key may be used from. */
export type AllowsAddress = (address: string | undefined) => boolean;

/**
 * Compiles a key's addresses, networks, `loopback` and `private`. A caller whose address is unknown is at none of them, and an entry that cannot
 * be read lets nobody in.
 */
export function compileAddressList(entries: readonly string[]): AllowsAddress {
  const networks = entries.flatMap(readEntry);
  return (address) => address !== undefined && isWithin(address, networks);
}

function readEntry(entry: string): readonly Network[] {
  try {
    return networksNamed(entry);
  } catch {
    return [];
  }
}
