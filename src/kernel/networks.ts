import ipaddr from 'ipaddr.js';

/** An address with the bits that count. */
export type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** @throws Error when the text is neither an address nor a network */
export function parseNetwork(text: string): Network {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** Whether the text is an address within one of the networks. An IPv4 address is the same in either of its spellings. */
export function isWithin(text: string, networks: readonly Network[]): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  return networks.some((network) => network[0].kind() === address.kind() && address.match([network[0], network[1]]));
}
