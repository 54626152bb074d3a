import ipaddr from 'ipaddr.js';

/**
 * Public addresses that nevertheless lead into the machine's own cloud: Azure's virtual machines reach their host's
 * agent at this one. https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16
 */
const CLOUD_HOST_ADDRESSES: ReadonlySet<string> = new Set(['168.63.129.16']);

/** Of IPv6 only 2000::/3 is handed out for global unicast: https://www.iana.org/assignments/ipv6-address-space */
const IPV6_GLOBAL_UNICAST = { firstBits: 0x2000, mask: 0xe000 };

/**
 * Says why an address must not be dialled (`loopback`, `private`, …), or `undefined` when it is global unicast.
 * Everything that is not clearly global unicast is refused, an address with a zone or an unreadable one included.
 */
export function refusedRange(address: string): string | undefined {
  if (address.includes('%')) return 'zoned';
  if (!ipaddr.isValid(address)) return 'unreadable';
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv4) {
    // `isValid` also takes the short, octal and hexadecimal spellings, which no resolver answers with.
    if (!ipaddr.IPv4.isValidFourPartDecimal(address)) return 'unreadable';
    if (CLOUD_HOST_ADDRESSES.has(parsed.toString())) return 'cloudHost';
    const range = parsed.range();
    return range === 'unicast' ? undefined : range;
  }
  const range = parsed.range();
  if (range !== 'unicast') return range;
  const [firstPart = 0] = parsed.parts;
  return (firstPart & IPV6_GLOBAL_UNICAST.mask) === IPV6_GLOBAL_UNICAST.firstBits ? undefined : 'notGlobal';
}
