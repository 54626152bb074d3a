import type { PersonalKind } from '../protocol/guardrails.ts';
import { isChinaId, isLuhn, isTaiwanId, isUsSsn } from './checksums.ts';
import { type Finder, finderOf } from './finding.ts';

const NOT_DIGITS = /\D/g;

/** Numbers of phones: international, of Taiwan (mobile and landline), of mainland China. */
const PHONES = [
  String.raw`\+\d{1,3}(?:[ ().-]{0,2}\d){6,13}`,
  String.raw`09\d{2}[ -]?\d{3}[ -]?\d{3}`,
  String.raw`\(0\d{1,3}\)[ -]?\d{3,4}[ -]?\d{4}`,
  String.raw`0[2-8]\d{0,2}-\d{3,4}[ -]?\d{3,4}`,
  String.raw`1[3-9]\d[ -]?\d{4}[ -]?\d{4}`,
];

/** The numbers of payment cards begin with these. */
const CARD = /(?<!\d)(?<!\d[ -])[2-6](?:[ -]?\d){12,18}(?![ -]?\d)/g;
const EMAIL =
  /(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,5}[A-Za-z]{2,24}(?![A-Za-z0-9])/g;

type Shape = { readonly pattern: RegExp; readonly isMeant?: (match: string) => boolean };

const SHAPES: Readonly<Record<PersonalKind, Shape>> = {
  email: { pattern: EMAIL },
  phone: { pattern: new RegExp(`(?<![\\w.+-])(?:${PHONES.join('|')})(?!\\w)`, 'g') },
  card: { pattern: CARD, isMeant: (match) => isCard(match.replace(NOT_DIGITS, '')) },
  taiwan_id: { pattern: /(?<![A-Za-z0-9])[A-Za-z][1289]\d{8}(?![A-Za-z0-9])/g, isMeant: isTaiwanId },
  china_id: { pattern: /(?<![A-Za-z0-9])[1-9]\d{5}(?:19|20)\d{9}[\dXx](?![A-Za-z0-9])/g, isMeant: isChinaId },
  us_ssn: {
    pattern: /(?<![\w-])\d{3}([ -])\d{2}\1\d{4}(?![\w-])/g,
    isMeant: (match) => isUsSsn(match.replace(NOT_DIGITS, '')),
  },
};

/** Looks for one kind of what says who somebody is. */
export function personalFinder(kind: PersonalKind): Finder {
  const { pattern, isMeant } = SHAPES[kind];
  return finderOf(new RegExp(pattern), (match) => (isMeant?.(match) === false ? undefined : kind));
}

function isCard(digits: string): boolean {
  return isLuhn(digits) && new Set(digits).size > 1;
}
