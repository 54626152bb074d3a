import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import type { VirtualKeyRow } from '../protocol/configuration.ts';
import { createAuthenticator, type KeySurroundings, keyFromHeaders } from './authenticate.ts';
import { virtualKeyRow } from './testing/virtual-key-row.ts';
import { createKeyHasher, createVirtualKey } from './virtual-key.ts';

const NOW_MS = 1_000_000;
const hashKey = createKeyHasher(randomBytes(32));
const check = createAuthenticator(hashKey);
const ACTIVE: KeySurroundings = { standing: 'active', teamId: undefined };

function authenticate(input: Omit<Parameters<typeof check>[0], 'surroundingsOf'>, surroundings = ACTIVE) {
  return check({ ...input, surroundingsOf: () => surroundings }).principal;
}

function keysOf(...rows: readonly VirtualKeyRow[]): ReadonlyMap<string, VirtualKeyRow> {
  return new Map(rows.map((row) => [row.hash, row]));
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof GatewayError ? error.code : String(error);
  }
  return 'accepted';
}

describe('a presented key', () => {
  const secret = createVirtualKey(randomBytes);
  const hash = hashKey(secret);
  const mistyped = `${secret.slice(0, -1)}${secret.endsWith('x') ? 'y' : 'x'}`;

  it.each<[string, Partial<VirtualKeyRow>, string]>([
    ['that is known', {}, 'accepted'],
    ['that expires later', { expiresAt: NOW_MS + 1 }, 'accepted'],
    ['that expires now', { expiresAt: NOW_MS }, 'auth.key_expired'],
    ['that was revoked', { revokedAt: 5 }, 'auth.key_revoked'],
    ['that was revoked and has expired', { revokedAt: 5, expiresAt: 6 }, 'auth.key_revoked'],
    ['that is switched off', { enabled: false }, 'auth.key_disabled'],
  ])('%s', (_what, row, code) => {
    const keys = keysOf(virtualKeyRow({ hash, ...row }));
    expect(codeOf(() => authenticate({ secret, keys, nowMs: NOW_MS }))).toBe(code);
  });

  it.each<[string, string | undefined, string]>([
    ['nothing', undefined, 'auth.key_missing'],
    ['an empty text', '', 'auth.key_missing'],
    ['another key', createVirtualKey(randomBytes), 'auth.key_unknown'],
    ['a mistyped key', mistyped, 'auth.key_unknown'],
    ["the key's hash", hash, 'auth.key_unknown'],
    ['a text that is far too long', 'x'.repeat(100_000), 'auth.key_unknown'],
    ['the key with a blank', `${secret} `, 'auth.key_unknown'],
  ])('is refused when it is %s', (_what, presented, code) => {
    const keys = keysOf(virtualKeyRow({ hash }));
    expect(codeOf(() => authenticate({ secret: presented, keys, nowMs: NOW_MS }))).toBe(code);
  });

  it('that is mistyped is told so', () => {
    expect(() => authenticate({ secret: mistyped, keys: new Map(), nowMs: NOW_MS })).toThrow('mistyped');
  });

  it.each<[KeySurroundings['standing'], string]>([
    ['active', 'accepted'],
    ['organization_inactive', 'auth.organization_suspended'],
    ['project_archived', 'auth.project_archived'],
    ['owner_inactive', 'auth.owner_suspended'],
  ])('of which the surroundings are %s', (standing, code) => {
    const keys = keysOf(virtualKeyRow({ hash }));
    const input = { secret, keys, nowMs: NOW_MS };
    expect(codeOf(() => authenticate(input, { standing, teamId: undefined }))).toBe(code);
  });

  it.each<[string, Partial<VirtualKeyRow>, string]>([
    ['until the overlap is over', { previousUntil: NOW_MS + 1 }, 'accepted'],
    ['no longer from then on', { previousUntil: NOW_MS }, 'auth.key_revoked'],
    ['never without an overlap', { previousUntil: undefined }, 'auth.key_revoked'],
    ['not once the key is revoked', { previousUntil: NOW_MS + 1, revokedAt: 5 }, 'auth.key_revoked'],
    ['not for another hash', { previousUntil: NOW_MS + 1, previousHash: '0'.repeat(64) }, 'auth.key_unknown'],
  ])('counts by the secret before its rotation %s', (_what, fields, code) => {
    const row = virtualKeyRow({ hash: hashKey('another'), previousHash: hash, ...fields });
    const keys = new Map([[hash, row]]);
    expect(codeOf(() => authenticate({ secret, keys, nowMs: NOW_MS }))).toBe(code);
  });

  it('says who calls', () => {
    const row = virtualKeyRow({ hash, id: 'vk_9', name: 'ci', memberId: 'mem_1' });
    const surroundings = { standing: 'active', teamId: 'team_1' } as const;
    expect(authenticate({ secret, keys: keysOf(row), nowMs: NOW_MS }, surroundings)).toEqual({
      organizationId: 'org_1',
      projectId: 'proj_1',
      keyId: 'vk_9',
      keyName: 'ci',
      memberId: 'mem_1',
      serviceAccountId: undefined,
      teamId: 'team_1',
      refusesLosses: false,
    });
  });

  it.each(['0'.repeat(64), '', 'ab'])('is refused when the row found is of another hash: %j', (other) => {
    const keys = new Map([[hash, virtualKeyRow({ hash: other })]]);
    expect(codeOf(() => authenticate({ secret, keys, nowMs: NOW_MS }))).toBe('auth.key_unknown');
  });
});

describe('the time of a refusal', () => {
  /** Welch's t of two samples, each cut to the faster 80 % since pauses of the machine are not ours. */
  function welch(a: readonly number[], b: readonly number[]): number {
    const [one, two] = [a, b].map((sample) => {
      const kept = [...sample].sort((x, y) => x - y).slice(0, Math.floor(sample.length * 0.8));
      const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
      const variance = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (kept.length - 1);
      return { mean, error: variance / kept.length };
    });
    if (one === undefined || two === undefined) return Number.NaN;
    return (one.mean - two.mean) / Math.sqrt(one.error + two.error);
  }

  /** Times two kinds of texts in turn, each sample a run of calls, and gives the median of some rounds' t. */
  function compare(check: (text: string) => unknown, texts: readonly [readonly string[], readonly string[]]): number {
    const rounds = Array.from({ length: 5 }, () => {
      const samples: [number[], number[]] = [[], []];
      for (let index = 0; index < 1_200; index += 1) {
        // Whichever goes first alternates, so that a warm cache favours neither.
        for (const kind of index % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
          const text = texts[kind][index % texts[kind].length] ?? '';
          const start = process.hrtime.bigint();
          for (let call = 0; call < 8; call += 1) check(text);
          samples[kind].push(Number(process.hrtime.bigint() - start));
        }
      }
      return Math.abs(welch(...samples));
    });
    return rounds.sort((a, b) => a - b)[2] ?? Number.NaN;
  }

  const known = Array.from({ length: 50 }, () => createVirtualKey(randomBytes));
  const keys = keysOf(...known.map((secret) => virtualKeyRow({ hash: hashKey(secret) })));
  // All but the last six characters right, against all wrong: both are unknown keys of the same length.
  const nearly = known.map((secret) => `${secret.slice(0, -6)}AAAAAA`);
  const random = known.map(() => `sk-hub-${createVirtualKey(randomBytes).slice(7, -6)}AAAAAA`);

  it('says nothing about how much of a key was right', () => {
    const refuse = (secret: string) => codeOf(() => authenticate({ secret, keys, nowMs: NOW_MS }));
    expect(refuse(nearly[0] ?? '')).toBe('auth.key_unknown');
    expect(compare(refuse, [nearly, random])).toBeLessThan(4.5);
  });

  it('would, if keys were compared letter by letter (the measurement can fail)', () => {
    const naive = (text: string) =>
      known.some((secret) => {
        for (let index = 0; index < secret.length; index += 1) if (text[index] !== secret[index]) return false;
        return true;
      });
    expect(compare(naive, [nearly, random])).toBeGreaterThan(4.5);
  });
});

describe('keyFromHeaders', () => {
  it.each<[string, Record<string, string | string[]>, string | undefined]>([
    ['nothing', {}, undefined],
    ['a bearer', { authorization: 'Bearer abc' }, 'abc'],
    ['a bearer in other letters and spaces', { authorization: 'bearer   abc ' }, 'abc'],
    ['another scheme', { authorization: 'Basic abc' }, undefined],
    ['a bearer without a key', { authorization: 'Bearer ' }, undefined],
    ['x-api-key', { 'x-api-key': ' abc' }, 'abc'],
    ['api-key', { 'api-key': 'abc' }, 'abc'],
    ['x-goog-api-key', { 'x-goog-api-key': 'abc' }, 'abc'],
    ['an empty bearer beside x-api-key', { authorization: 'Bearer ', 'x-api-key': 'abc' }, 'abc'],
    ['both', { authorization: 'Bearer abc', 'x-api-key': 'def' }, 'abc'],
    ['a header that came twice', { 'x-api-key': ['abc', 'def'] }, undefined],
  ])('%s', (_what, headers, secret) => {
    expect(keyFromHeaders(headers)).toBe(secret);
  });
});
