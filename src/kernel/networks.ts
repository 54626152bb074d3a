import ipaddr from 'ipaddr.js';

/** An address with the bits that count. */
export type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** The networks that an address, a network, `loopback` or `private` stands for. @throws Error when the text is none of them */
export function networksNamed(text: string): readonly Network[] {
  return (NAMED[text] ?? [text]).map(parseNetwork);
}

/** @throws Error when the text is neither an address nor a network */
export function parseNetwork(text: string): Network {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

const IPV6_BLOCK_PARTS = 4;

/** Whom an address stands for where people are counted: whoever has an IPv6 address has its /64 network. */
export function addressBlock(text: string): string {
  if (!ipaddr.isValid(text)) return text;
  const address = ipaddr.process(text);
  if (address instanceof ipaddr.IPv4) return address.toString();
  const parts = address.parts.slice(0, IPV6_BLOCK_PARTS).map((part) => part.toString(16));
  return `${parts.join(':')}::/64`;
}

/** Whether the text is an address within one of the networks. An IPv4 address is the same in either of its spellings. */
export function isWithin(text: string, networks: readonly Network[]): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  return networks.some((network) => network[0].kind() === address.kind() && address.match([network[0], network[1]]));
}
