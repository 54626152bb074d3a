import { describe, expect, it } from 'vitest';
import type { PersonalKind, SecretKind } from '../protocol/guardrails.ts';
import { isTaiwanId } from './checksums.ts';
import type { Finder } from './finding.ts';
import { personalFinder } from './personal.ts';
import { secretFinder } from './secrets.ts';
import { patternFault, patternFinder, wordFinder } from './words.ts';

/** Written so that nobody's scanner takes them for keys that were lost. */
const LETTERS = 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0';
const PEM_BODY = `\n${`${LETTERS}${LETTERS}\n`.repeat(24)}`;
const PEM = `-----BEGIN ${'RSA'} PRIVATE KEY-----${PEM_BODY}-----END ${'RSA'} PRIVATE KEY-----`;
const JWT = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0', LETTERS].join('.');

function found({ find }: Finder, text: string): readonly string[] {
  return find(text, 0)
    .filter(({ kind }) => kind !== undefined)
    .map(({ start, end }) => text.slice(start, end));
}

describe('secrets', () => {
  it.each<[SecretKind, string]>([
    ['openai_key', `sk-${LETTERS}`],
    ['openai_key', `sk-proj-${LETTERS}_${LETTERS}`],
    ['anthropic_key', `sk-ant-api03-${LETTERS}`],
    ['aws_key', `AKIA${'IOSFODNN7EXAMPLE'}`],
    ['aws_key', `ASIA${'IOSFODNN7EXAMPLE'}`],
    ['github_token', `ghp_${LETTERS}`],
    ['github_token', `github_pat_${LETTERS}${LETTERS}`],
    ['google_key', `AIza${LETTERS.slice(0, 35)}`],
    ['slack_token', `xoxb-${LETTERS}`],
    ['stripe_key', `sk_live_${LETTERS}`],
    ['private_key', PEM],
    ['jwt', JWT],
    ['hub_key', `sk-hub-${LETTERS}`],
    ['hub_key', `hubadm_${LETTERS.slice(0, 32)}`],
  ])('%s is found in words around it: %s', (kind, secret) => {
    expect(found(secretFinder(kind), `Here: "${secret}", please.`)).toEqual([secret]);
  });

  it.each<[SecretKind, string]>([
    ['openai_key', 'sk-short'],
    ['openai_key', `task-${LETTERS}`],
    ['openai_key', `sk-ant-api03-${LETTERS}`],
    ['openai_key', `sk-hub-${LETTERS}`],
    ['anthropic_key', `sk-${LETTERS}`],
    ['aws_key', 'AKIA1234'],
    ['aws_key', `AKIA${'IOSFODNN7EXAMPLES'}`],
    ['github_token', 'ghp_short'],
    ['google_key', `AIza${LETTERS.slice(0, 20)}`],
    ['slack_token', 'xoxb-1'],
    ['stripe_key', `sk_test_${LETTERS}`],
    ['private_key', `-----BEGIN PUBLIC KEY-----${PEM_BODY}-----END PUBLIC KEY-----`],
    ['jwt', 'eyJhbGciOiJIUzI1NiJ9.nothing'],
    ['hub_key', 'sk-hub-'],
  ])('%s is not %s', (kind, text) => {
    expect(found(secretFinder(kind), text)).toEqual([]);
  });
});

describe('what says who somebody is', () => {
  it.each<[PersonalKind, string]>([
    ['email', 'ann.lee+work@mail.example.com'],
    ['phone', '+886 912 345 678'],
    ['phone', '+1 (415) 555-2671'],
    ['phone', '0912-345-678'],
    ['phone', '0912345678'],
    ['phone', '02-2345-6789'],
    ['phone', '(02) 2345-6789'],
    ['phone', '13812345678'],
    ['phone', '138 1234 5678'],
    ['card', '4111 1111 1111 1111'],
    ['card', '378282246310005'],
    ['taiwan_id', 'A123456789'],
    ['taiwan_id', 'A800000014'],
    ['china_id', '11010519491231002X'],
    ['us_ssn', '123-45-6789'],
  ])('%s is found among other words: %s', (kind, text) => {
    expect(found(personalFinder(kind), `我的資料 ${text}，謝謝`)).toEqual([text]);
  });

  it.each<[PersonalKind, string]>([
    ['email', 'ann@localhost'],
    ['email', '@example.com'],
    ['phone', '2026-11-29'],
    ['phone', '12345678901234'],
    ['phone', '10.0.0.1'],
    ['card', '4111 1111 1111 1112'],
    ['card', '0000 0000 0000 0000'],
    ['card', '41111111111111111111111'],
    ['taiwan_id', 'A123456788'],
    ['taiwan_id', 'A323456789'],
    ['china_id', '110105194912310021'],
    ['china_id', '11010519491331002X'],
    ['us_ssn', '000-12-3456'],
    ['us_ssn', '123-45 6789'],
  ])('%s is not %s', (kind, text) => {
    expect(found(personalFinder(kind), text)).toEqual([]);
  });

  it('numbers of Taiwan are judged by their letter, too', () => {
    expect(['F131104093', 'B123456780', 'Z299999995', 'a123456789'].map(isTaiwanId)).toEqual([true, true, false, true]);
  });
});

describe('words and patterns', () => {
  it('a word may hold any sign', () => {
    for (const word of [
      'un-heard',
      'a.b',
      'c++',
      '(x)',
      '[y]',
      '{z}',
      'a|b',
      '^',
      '$5',
      'q?',
      'back\\slash',
      'a/b',
      '#',
      '&',
    ])
      expect([word, wordFinder([word]).find(`say ${word} now`, 0).length]).toEqual([word, 1]);
  });

  it('a word is found in any case of letters, whole where its script parts words', () => {
    const finder = wordFinder(['falcon', '獵鷹計畫', 'c++']);
    expect(found(finder, 'FALCON, falcons, 這是獵鷹計畫嗎, C++ and c++x')).toEqual([
      'FALCON',
      '獵鷹計畫',
      'C++',
      'c++',
    ]);
  });

  it('a pattern is one of RE2, counted in the units of strings', () => {
    expect(found(patternFinder(String.raw`\bPRJ-\d{4}\b`), '🦅 PRJ-1234 PRJ-12345')).toEqual(['PRJ-1234']);
    expect(found(patternFinder('(a+)+$'), `${'a'.repeat(50_000)}b`)).toEqual([]);
  });

  it.each([['('], ['(?=a)'], ['a*'], [String.raw`(a)\1`], ['((a{1000}){1000}){1000}']])(
    '%s is no pattern',
    (pattern) => {
      expect(patternFault(pattern)).toBeDefined();
    },
  );
});
