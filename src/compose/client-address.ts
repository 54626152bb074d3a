import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { isWithin, type Network, networksNamed } from '../kernel/networks.ts';

const FORWARDED_HOPS_MAX = 20;

/**
 * Tells the caller's address: the connection's own, or, where that is a trusted proxy's, the last address in
 * `X-Forwarded-For` that is not. What an untrusted caller writes there counts for nothing.
 */
export function createClientAddress(
  trustedProxies: readonly string[],
): (request: IncomingMessage) => string | undefined {
  const networks = networksOf(trustedProxies);
  if (networks.length === 0) return (request) => request.socket.remoteAddress;
  return (request) => {
    let address = request.socket.remoteAddress;
    const forwarded = request.headers['x-forwarded-for'];
    if (typeof forwarded !== 'string') return address;
    const hops = forwarded.split(',').slice(-FORWARDED_HOPS_MAX);
    while (address !== undefined && isWithin(address, networks)) {
      const hop = hops.pop()?.trim();
      if (hop === undefined || !ipaddr.isValid(hop)) break;
      address = hop;
    }
    return address;
  };
}

/** Whether an address is one of the trusted proxies'. */
export function createTrust(trustedProxies: readonly string[]): (address: string | undefined) => boolean {
  const networks = networksOf(trustedProxies);
  return (address) => address !== undefined && isWithin(address, networks);
}

/** Whether an address lies in one of the networks, which are addresses, CIDR networks, `loopback` or `private`. */
export function isWithinNetworks(address: string | undefined, networks: readonly string[]): boolean {
  return address !== undefined && isWithin(address, networksOf(networks));
}

function networksOf(trustedProxies: readonly string[]): readonly Network[] {
  return trustedProxies.flatMap(networksNamed);
}
