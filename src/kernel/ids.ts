import { randomFillSync } from 'node:crypto';

/** Crockford's base 32: no letter that reads like a digit, and it sorts as its value does. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const POOL_BYTES = 4096;
const RANDOM_BYTES_PER_ID = 10;

/** Prefixes of the ids that the hub makes; see docs/glossary.md. */
export type IdPrefix =
  | 'org'
  | 'team'
  | 'proj'
  | 'usr'
  | 'mem'
  | 'svc'
  | 'inv'
  | 'sess'
  | 'once'
  | 'sso'
  | 'ident'
  | 'vk'
  | 'mk'
  | 'aud'
  | 'act'
  | 'cred'
  | 'conn'
  | 'mdl'
  | 'alias'
  | 'rc'
  | 'ur'
  | 'req'
  | 'att'
  | 'adm'
  | 'inst'
  | 'over'
  | 'gr'
  | 'le'
  | 'wd'
  | 'rf'
  | 'pr'
  | 'grp'
  | 'pp'
  | 'pu'
  | 'pev'
  | 'cb';

/** Makes an id: prefix, 48 bits of time and 80 random bits, so that ids sort by the time they were made. */
export type NewId = (prefix: IdPrefix) => string;

/** As {@link NewId}, with the prefixes of wire formats: `chatcmpl`, `msg`, `resp`. */
export type NewWireId = (prefix: string) => string;

/** Builds the id maker of one process. `now` gives milliseconds since the epoch. */
export function createIdMaker(now: () => number): NewWireId {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  let timeMs = -1;
  let timeText = '';
  return (prefix) => {
    if (used + RANDOM_BYTES_PER_ID > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const nowMs = now();
    if (nowMs !== timeMs) {
      timeMs = nowMs;
      timeText = encodeTime(nowMs);
    }
    let text = `${prefix}_${timeText}`;
    // Ten bytes are sixteen characters of five bits; each pair of five bytes gives eight of them.
    for (let offset = used; offset < used + RANDOM_BYTES_PER_ID; offset += 5) text += encodeFiveBytes(pool, offset);
    used += RANDOM_BYTES_PER_ID;
    return text;
  };
}

function encodeTime(timeMs: number): string {
  let text = '';
  let rest = timeMs;
  for (let index = 0; index < 10; index += 1) {
    text = letter(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function encodeFiveBytes(bytes: Buffer, offset: number): string {
  const high = bytes.readUInt16BE(offset);
  const low = bytes.readUIntBE(offset + 2, 3);
  return (
    letter(high >>> 11) +
    letter((high >>> 6) & 31) +
    letter((high >>> 1) & 31) +
    letter(((high & 1) << 4) | (low >>> 20)) +
    letter((low >>> 15) & 31) +
    letter((low >>> 10) & 31) +
    letter((low >>> 5) & 31) +
    letter(low & 31)
  );
}

function letter(value: number): string {
  return ALPHABET.charAt(value);
}
