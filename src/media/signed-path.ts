import { timingSafeEqual } from 'node:crypto';

/** A keyed hash of a text, hex: whoever lacks the key cannot make one. */
export type Sign = (text: string) => string;

const SIGNATURE = /^[0-9a-f]{64}$/;
const EXPIRES = /^\d{1,12}$/;

/** The path under which a file is fetched until `expiresSeconds`; who knows it needs no key. */
export function signPath(name: string, expiresSeconds: number, sign: Sign): string {
  return `/media/${name}?expires=${expiresSeconds}&signature=${sign(signed(name, expiresSeconds))}`;
}

/** Whether an address was signed by this hub and has not run out. */
export function isSigned(
  name: string,
  query: URLSearchParams,
  { sign, nowMs }: { sign: Sign; nowMs: number },
): boolean {
  const expires = query.get('expires') ?? '';
  const signature = query.get('signature') ?? '';
  if (!EXPIRES.test(expires) || !SIGNATURE.test(signature)) return false;
  if (Number(expires) * 1000 <= nowMs) return false;
  return timingSafeEqual(Buffer.from(sign(signed(name, Number(expires)))), Buffer.from(signature));
}

/** The purpose stands first, so that no other keyed hash of the hub is ever a valid signature. */
function signed(name: string, expiresSeconds: number): string {
  return `media address ${name} ${expiresSeconds}`;
}
