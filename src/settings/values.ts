import { isIP } from 'node:net';

/** How the text or number given for one setting becomes a value. `undefined` from `read` means that it does not. */
export type ValueKind<T> = {
  /** Completes the sentence "must be …". */
  readonly accepts: string;
  /** A secret's value never stands in a message. */
  readonly isSecret: boolean;
  /** A relative path is resolved against the folder of the file that holds it, else the working directory. */
  readonly isPath: boolean;
  readonly read: (value: unknown) => T | undefined;
};

const TRUE_WORDS = ['true', '1', 'yes'];
const FALSE_WORDS = ['false', '0', 'no'];
const BYTE_UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3 };
const TIME_UNITS_MS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const TEXT_LENGTH_MAX = 4096;
const PORT_MAX = 65_535;
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function kind<T>(accepts: string, read: (value: unknown) => T | undefined): ValueKind<T> {
  return { accepts, isSecret: false, isPath: false, read };
}

/** A whole number in a range, both ends included. */
export function wholeNumber(range: { readonly min: number; readonly max: number }): ValueKind<number> {
  return kind(`a whole number from ${range.min} to ${range.max}`, (value) => {
    const number = typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : value;
    return typeof number === 'number' && Number.isInteger(number) && number >= range.min && number <= range.max
      ? number
      : undefined;
  });
}

/** A number that is not negative, as text: it is money or a share of it, and must not go through floating point. */
export function decimal({ places, max }: { readonly places: number; readonly max: number }): ValueKind<string> {
  const form = new RegExp(`^\\d{1,12}(?:\\.\\d{1,${places}})?$`);
  return kind(`a number from 0 to ${max} with ${places} places at most`, (value) => {
    const given = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
    return form.test(given) && Number(given) <= max ? given : undefined;
  });
}

/** A number of bytes: `67108864` or `64MiB`. */
export function byteCount(range: { readonly min: number; readonly max: number }): ValueKind<number> {
  const accepts = `a number of bytes from ${range.min} to ${range.max}, such as 1048576, 512KiB or 64MiB`;
  return kind(accepts, (value) => measured(value, { units: BYTE_UNITS, ...range }));
}

/** A duration in milliseconds: `10000`, `10s`, `30m`, `1h`. */
export function durationMs(range: { readonly min: number; readonly max: number }): ValueKind<number> {
  const accepts = `a duration from ${range.min} ms to ${range.max} ms, such as 500ms, 10s, 30m or 1h (a bare number is milliseconds)`;
  return kind(accepts, (value) => measured(value, { units: TIME_UNITS_MS, ...range }));
}

function measured(
  value: unknown,
  rule: { readonly units: Readonly<Record<string, number>>; readonly min: number; readonly max: number },
): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const match = /^(\d{1,15})\s*([a-z]{0,3})$/i.exec(String(value).trim());
  if (match === null) return undefined;
  const factor = rule.units[(match[2] ?? '').toLowerCase()];
  const amount = factor === undefined ? Number.NaN : Number(match[1]) * factor;
  return amount >= rule.min && amount <= rule.max ? amount : undefined;
}

/** `true`, `1`, `yes`, `false`, `0` or `no`. */
export const yesOrNo: ValueKind<boolean> = kind('true, 1, yes, false, 0 or no', (value) => {
  const word = String(value).toLowerCase();
  if (TRUE_WORDS.includes(word)) return true;
  return FALSE_WORDS.includes(word) ? false : undefined;
});

/** One of a closed list of words. YAML's own `on` and `off` may arrive as booleans and mean the words. */
export function oneOf<const Word extends string>(words: readonly Word[]): ValueKind<Word> {
  return kind(`one of ${words.join(', ')}`, (value) => {
    const text = value === true ? 'on' : value === false ? 'off' : value;
    return words.find((word) => word === text);
  });
}

/** Any text that is not empty. */
export const text: ValueKind<string> = kind('a text that is not empty', readText);

/** A few characters to be shown: no line break, nothing that turns the text around it. */
export function label({ max }: { readonly max: number }): ValueKind<string> {
  return kind(`a text of 1 to ${max} characters`, (value) => {
    const given = readText(value)?.trim();
    return given !== undefined && given.length <= max && !UNSHOWN.test(given) ? given : undefined;
  });
}

/** A path of a file or folder. */
export const path: ValueKind<string> = { ...kind('a path', readText), isPath: true };

/** A text that no message repeats. */
export const secretText: ValueKind<string> = { ...kind('a text that is not empty', readText), isSecret: true };

/** A mail server's address, which may hold a user and a password. */
export const smtpAddress: ValueKind<string> = secretAddress('an smtp:// or smtps:// address', ['smtp:', 'smtps:']);

/** May hold the name and password of a user. */
export const redisAddress: ValueKind<string> = secretAddress('a redis:// or rediss:// address', ['redis:', 'rediss:']);

function secretAddress(accepts: string, protocols: readonly string[]): ValueKind<string> {
  const one = kind(accepts, (value) => {
    const url = URL.parse(readText(value) ?? '');
    return url !== null && protocols.includes(url.protocol) && url.hostname !== '' ? url.href : undefined;
  });
  return { ...one, isSecret: true };
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' && value.length <= TEXT_LENGTH_MAX ? value : undefined;
}

/** A host name or an IP address, without a port. */
export const hostName: ValueKind<string> = kind('a host name or an IP address, without a port', (value) => {
  const host = readText(value)?.replace(/^\[(.*)\]$/, '$1');
  return host !== undefined && isHost(host) ? host : undefined;
});

/** `http://…` or `https://…`, without query, fragment or credentials; a trailing slash is dropped. */
export const webAddress: ValueKind<string> = kind('an http:// or https:// address without query', (value) => {
  const url = parseUrl(value);
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') return undefined;
  return url.href.replace(/\/+$/, '');
});

/** A proxy's address, which may carry a user and a password. */
export const proxyAddress: ValueKind<string> = {
  ...kind('a proxy address such as http://proxy.example:3128', (value) => {
    const url = parseUrl(value);
    return url?.protocol === 'http:' || url?.protocol === 'https:' ? url.href : undefined;
  }),
  isSecret: true,
};

/** Where the store lies: `sqlite:<path>`, or a PostgreSQL address, which may carry a password. */
export const storeAddress: ValueKind<string> = {
  ...kind('sqlite:<path>, or a postgres:// address', (value) => {
    if (typeof value !== 'string') return undefined;
    if (/^sqlite:.+/.test(value)) return value;
    const url = parseUrl(value);
    return url?.protocol === 'postgres:' || url?.protocol === 'postgresql:' ? value : undefined;
  }),
  isSecret: true,
};

/** `host:port` targets, as a list or one text with commas. */
export const hostPortList: ValueKind<readonly string[]> = listOf('host:port', (item) => {
  const match = /^(.+):(\d{1,5})$/.exec(item);
  const host = match?.[1]?.replace(/^\[(.*)\]$/, '$1');
  const port = Number(match?.[2]);
  return host !== undefined && isHost(host) && port >= 1 && port <= PORT_MAX;
});

/** Proxies whose forwarding headers count: `loopback`, `private`, addresses and networks in CIDR notation. */
export const proxyNetworkList: ValueKind<readonly string[]> = listOf(
  'loopback, private, an IP address or a network such as 10.0.0.0/8',
  (item) => item === 'loopback' || item === 'private' || isNetwork(item),
);

/** What `NO_PROXY` holds: hosts, domain suffixes, `host:port`, or `*`. */
export const noProxyList: ValueKind<readonly string[]> = listOf('host names', (item) => /^[\w.*:/[\]-]+$/.test(item));

function listOf(each: string, accepts: (item: string) => boolean): ValueKind<readonly string[]> {
  return kind(`a list of: ${each}`, (value) => {
    const items = typeof value === 'string' ? value.split(',') : value;
    if (!Array.isArray(items)) return undefined;
    const found: string[] = [];
    for (const item of items) {
      if (typeof item !== 'string') return undefined;
      const trimmed = item.trim();
      if (trimmed === '') continue;
      if (!accepts(trimmed)) return undefined;
      found.push(trimmed);
    }
    return found;
  });
}

function isHost(host: string): boolean {
  return (
    isIP(host) !== 0 || /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?$/i.test(host)
  );
}

function isNetwork(item: string): boolean {
  const [address = '', bits, ...rest] = item.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function parseUrl(value: unknown): URL | undefined {
  return typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
}
