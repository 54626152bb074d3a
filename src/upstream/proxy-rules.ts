import ipaddr from 'ipaddr.js';
import { refusedRange } from './address-ranges.ts';
import type { EgressTarget } from './egress-guard.ts';

/** The machine's proxy settings, as `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` give them. */
export type ProxySettings = {
  readonly httpsProxy: string | undefined;
  readonly httpProxy: string | undefined;
  /** Comma- or space-separated: `*`, host, `.suffix`, `host:port`, address or CIDR block. */
  readonly noProxy: string | undefined;
};

/**
 * Chooses the proxy for a target, or `undefined` to dial it directly. A server on this machine or on a private literal
 * address is always dialled directly: no proxy could reach it in our name.
 */
export type ChooseProxy = (target: EgressTarget) => URL | undefined;

/** Reads the proxy settings once. @throws Error naming a setting that is not an http or https URL */
export function createProxyRules(settings: ProxySettings): ChooseProxy {
  const proxies = new Map<string, URL | undefined>([
    ['https:', readProxy('HTTPS_PROXY', settings.httpsProxy)],
    ['http:', readProxy('HTTP_PROXY', settings.httpProxy)],
  ]);
  const exceptions = (settings.noProxy ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
  return (target) => {
    const proxy = proxies.get(target.url.protocol);
    if (proxy === undefined || isLocal(target.hostname)) return undefined;
    return exceptions.some((entry) => excepts(entry, target)) ? undefined : proxy;
  };
}

function readProxy(name: string, value: string | undefined): URL | undefined {
  if (value === undefined || value === '') return undefined;
  const url = URL.parse(value);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Error(`${name} is not an http or https URL`);
  }
  return url;
}

function isLocal(hostname: string): boolean {
  if (/(?:^|\.)localhost\.?$/.test(hostname)) return true;
  return ipaddr.isValid(hostname) && refusedRange(hostname) !== undefined;
}

function excepts(entry: string, target: EgressTarget): boolean {
  if (entry === '*') return true;
  if (ipaddr.isValidCIDR(entry)) return isInBlock(target.hostname, entry);
  const { host, port } = splitPort(entry);
  if (port !== undefined && port !== target.port) return false;
  const suffix = host.replace(/^\*?\./, '');
  return target.hostname === suffix || target.hostname.endsWith(`.${suffix}`);
}

function splitPort(entry: string): { host: string; port: number | undefined } {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(entry);
  const plain = bracketed ?? /^([^:]+):(\d+)$/.exec(entry);
  if (plain === null) return { host: entry, port: undefined };
  const [, host = entry, port] = plain;
  return { host, port: port === undefined ? undefined : Number(port) };
}

function isInBlock(hostname: string, block: string): boolean {
  if (!ipaddr.isValid(hostname)) return false;
  const address = ipaddr.parse(hostname);
  const range = ipaddr.parseCIDR(block);
  return address.kind() === range[0].kind() && address.match(range);
}
