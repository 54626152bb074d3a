import { inspect } from 'node:util';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import { createWeightedTurns } from '../kernel/weighted-turns.ts';
import type { SealedCredential } from '../protocol/deployment.ts';
import { type AwsSigner, createAwsSigner } from './auth/aws-signer.ts';
import { type CredentialPool, createCredentialPool } from './credential-pool.ts';

const NONE: ReadonlySet<string> = new Set();

let nowMs: number;
let opened: string[];
let setAside: string[];
/** Resolves when what was set aside is written down. */
let written: Promise<void>;
let pool: CredentialPool;

beforeEach(() => {
  nowMs = 1000;
  opened = [];
  setAside = [];
  written = Promise.resolve();
  pool = createCredentialPool({
    open: ({ id, sealed }) => {
      opened.push(id);
      return sealed.replace('sealed:', '');
    },
    onSetAside: async (id, reason) => {
      setAside.push(`${id} ${reason}`);
      await written;
    },
    awsOf: offlineAws,
    clock: { now: () => nowMs, monotonic: () => nowMs },
  });
});

const TENANT = { organizationId: 'org_1', projectId: 'proj_1' };

/** Signs with keys of one's own; asks nobody for others. */
function offlineAws(): AwsSigner {
  const nobody = (): Promise<never> => Promise.reject(new Error('nobody is asked in these tests'));
  return createAwsSigner({
    clock: { now: () => nowMs, monotonic: () => nowMs },
    environment: {},
    request: nobody,
    requestMetadata: nobody,
    readFile: nobody,
    sources: 'all',
  });
}

function credential(id: string, weight = 1, secret = `secret-${id}`): SealedCredential {
  return { id, sealed: `sealed:${secret}`, weight, ...TENANT, baseUrl: 'https://api.example.com/v1' };
}

function connection(...credentials: SealedCredential[]) {
  return { id: 'conn_1', auth: { scheme: 'bearer' } as const, credentials };
}

function rejected(status = 401): GatewayError {
  return new GatewayError('upstream.credential_rejected', { upstream: { status, message: 'no' } });
}

function turnsOf(count: number, target: ReturnType<typeof connection>, tried = NONE): string[] {
  return Array.from({ length: count }, () => pool.next(target, tried)?.id ?? '-');
}

describe('a connection’s credentials', () => {
  it('go in turn by their weights, the heavy ones spread out', () => {
    const target = connection(credential('a', 5), credential('b', 1), credential('c', 1));
    expect(turnsOf(7, target)).toEqual(['a', 'a', 'b', 'a', 'c', 'a', 'a']);
  });

  it('go as often as they weigh, whatever the weights', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }), (weights) => {
        const turns = createWeightedTurns();
        const candidates = weights.map((weight, index) => ({ id: String(index), weight }));
        const sum = weights.reduce((left, right) => left + right, 0);
        const counts = weights.map(() => 0);
        for (let turn = 0; turn < sum * 3; turn += 1) {
          const index = Number(turns.next('group', candidates)?.id);
          counts[index] = (counts[index] ?? 0) + 1;
        }
        expect(counts).toEqual(weights.map((weight) => weight * 3));
      }),
    );
  });

  it('keep their turn while candidates come and go', () => {
    expect(turnsOf(1, connection(credential('a'), credential('b')))).toEqual(['a']);
    expect(turnsOf(1, connection(credential('a'), credential('b', 1, 'renewed')))).toEqual(['b']);
  });

  it('are not offered twice to one request', () => {
    const target = connection(credential('a'), credential('b'));
    expect(turnsOf(2, target, new Set(['a']))).toEqual(['b', 'b']);
    expect(pool.next(target, new Set(['a', 'b']))).toBeUndefined();
  });

  it('are set aside after a 401, told once, and taken up again when the configuration has dropped them between', () => {
    const target = connection(credential('a'), credential('b'));
    pool.noteFault('a', rejected());
    pool.noteFault('a', rejected());
    expect(setAside).toEqual(['a refused by the provider (401)']);
    expect(turnsOf(2, target)).toEqual(['b', 'b']);
    pool.retain([target]);
    expect(turnsOf(1, target)).toEqual(['b']);
    pool.retain([connection(credential('b'))]);
    pool.retain([target]);
    expect(turnsOf(2, target)).toContain('a');
  });

  it('are taken up again by a configuration that holds them after it was written down that they are set aside', async () => {
    const target = connection(credential('a'), credential('b'));
    const write = Promise.withResolvers<void>();
    written = write.promise;
    pool.noteFault('a', rejected());
    pool.retain([target]);
    expect(turnsOf(2, target)).toEqual(['b', 'b']);
    write.resolve();
    await write.promise;
    // The pool hears of it a turn later.
    await Promise.resolve();
    await Promise.resolve();
    expect(turnsOf(2, target)).toEqual(['b', 'b']);
    pool.retain([target]);
    expect(turnsOf(2, target)).toContain('a');
  });

  it('are set aside after a 400 that names the key, as Google answers', () => {
    const upstream = { status: 400, message: 'API key not valid.', code: 'API_KEY_INVALID' };
    pool.noteFault('a', new GatewayError('upstream.credential_rejected', { upstream }));
    expect(setAside).toEqual(['a refused by the provider (400)']);
  });

  it('are set aside where their account has no money, or may do nothing', () => {
    const refused = (status: number, message: string): GatewayError =>
      new GatewayError('upstream.credential_rejected', { upstream: { status, message, code: undefined } });
    pool.noteFault('a', refused(402, 'Insufficient balance'));
    pool.noteFault('b', refused(403, 'This account is not active.'));
    expect(setAside).toEqual(['a refused by the provider (402)', 'b refused by the provider (403)']);
  });

  it('are not set aside for a 403 about one model, the content or the place, or a 400 about the account', () => {
    for (const message of [
      'Project `p` does not have access to model `m`',
      'Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO',
      'Not available in your region',
      'Temporarily blocked. Please try again later.',
    ]) {
      pool.noteFault(
        'a',
        new GatewayError('upstream.credential_rejected', { upstream: { status: 403, message, code: undefined } }),
      );
    }
    pool.noteFault('b', rejected(400));
    expect(setAside).toEqual([]);
    expect(turnsOf(2, connection(credential('a'), credential('b')))).toEqual(['a', 'b']);
  });

  it('cool down after a rate limit, at most a minute, and are used early only when no other is left', () => {
    const target = connection(credential('a'), credential('b'));
    pool.noteFault('a', new GatewayError('upstream.rate_limited', { retryAfterSeconds: 3600 }));
    expect(turnsOf(3, target)).toEqual(['b', 'b', 'b']);
    pool.noteFault('b', new GatewayError('upstream.rate_limited'));
    expect(turnsOf(1, target)).toEqual(['b']);
    nowMs += 60_000;
    expect(turnsOf(2, target)).toContain('a');
  });

  it('count their uses and last errors until they are drained', () => {
    pool.noteUse('a');
    nowMs = 2000;
    pool.noteUse('a');
    pool.noteFault('a', new GatewayError('upstream.timeout'));
    expect(pool.drainUses()).toEqual([
      { credentialId: 'a', uses: 2, lastUsedAt: 2000, lastError: 'upstream.timeout', lastErrorAt: 2000 },
    ]);
    expect(pool.drainUses()).toEqual([]);
  });
});

describe('a secret that cannot be opened', () => {
  const undecryptable = (...ids: string[]): CredentialPool =>
    createCredentialPool({
      open: ({ id }) => {
        if (ids.includes(id)) throw new GatewayError('vault.undecryptable');
        return 'secret';
      },
      onSetAside: async () => undefined,
      awsOf: offlineAws,
      clock: { now: () => nowMs, monotonic: () => nowMs },
    });
  const target = connection(credential('a'), credential('b'));

  it('is passed over for one that can, and the error is counted', () => {
    const some = undecryptable('a');
    expect([1, 2, 3].map(() => some.next(target, NONE)?.id)).toEqual(['b', 'b', 'b']);
    expect(some.drainUses()).toMatchObject([{ credentialId: 'a', uses: 0, lastError: 'vault.undecryptable' }]);
  });

  it('is told when there is no other', () => {
    expect(() => undecryptable('a', 'b').next(target, NONE)).toThrow(new GatewayError('vault.undecryptable'));
    expect(() => undecryptable('b').next(target, new Set(['a']))).toThrow(new GatewayError('vault.undecryptable'));
  });
});

describe('opened secrets', () => {
  it('are opened once and sent as the scheme says', () => {
    const target = connection(credential('a'));
    expect(pool.next(target, NONE)?.headers).toEqual({ authorization: 'Bearer secret-a' });
    pool.next(target, NONE);
    expect(opened).toEqual(['a']);
  });

  it('are opened once for a provider that is asked in two dialects, which sign differently', () => {
    const bearer = connection(credential('a'));
    const header = { ...bearer, auth: { scheme: 'header', header: 'x-goog-api-key' } as const };
    for (const target of [bearer, header, bearer, header]) pool.next(target, NONE);
    expect(pool.next(header, NONE)?.headers).toEqual({ 'x-goog-api-key': 'secret-a' });
    expect(opened).toEqual(['a']);
  });

  it('are opened anew when the seal or the address it binds changes', () => {
    pool.next(connection(credential('a')), NONE);
    pool.next(connection(credential('a', 1, 'other')), NONE);
    pool.next(connection({ ...credential('a', 1, 'other'), baseUrl: 'https://evil.example.com' }), NONE);
    expect(opened).toEqual(['a', 'a', 'a']);
  });

  it('are not asked for where the connection needs none', () => {
    const target = { ...connection(credential('a')), auth: { scheme: 'none' } as const };
    expect(pool.next(target, NONE)).toEqual({ id: undefined, headers: {} });
    expect(opened).toEqual([]);
  });

  it('show in neither JSON nor inspection of the pool', () => {
    pool.next(connection(credential('a', 1, 'sk-canary')), NONE);
    expect(JSON.stringify(pool) + inspect(pool, { depth: 9, showHidden: true })).not.toContain('canary');
  });

  it('are taken out of foreign text in every spelling', () => {
    const target = connection(credential('a', 1, 'sk/canary+1'));
    pool.next(target, NONE);
    const encoded = [encodeURIComponent('sk/canary+1'), Buffer.from('sk/canary+1').toString('base64')];
    const text = `key sk/canary+1, ${encoded.join(', ')} is wrong`;
    expect(pool.scrub(target, text)).toBe('key [credential], [credential], [credential] is wrong');
  });

  it('are forgotten when their credential leaves the configuration', () => {
    const target = connection(credential('a'));
    pool.next(target, NONE);
    pool.retain([]);
    pool.next(target, NONE);
    expect(opened).toEqual(['a', 'a']);
  });
});

describe('secrets of AWS', () => {
  const call = {
    method: 'POST',
    origin: 'https://bedrock-runtime.eu-west-1.amazonaws.com',
    path: '/model/m/converse',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from('{}'),
  };
  const connectionTo = (secret: string) => ({
    ...connection(credential('a', 1, secret)),
    auth: { scheme: 'aws-sigv4', service: 'bedrock' } as const,
  });

  it('sign each call by itself', async () => {
    const turn = pool.next(connectionTo('AKIDEXAMPLEEXAMPLE01:key'), NONE);
    expect(turn?.headers).toEqual({});
    expect(await turn?.sign?.(call)).toMatchObject({
      'x-amz-date': '19700101T000001Z',
      authorization: expect.stringContaining('Credential=AKIDEXAMPLEEXAMPLE01/19700101/eu-west-1/bedrock/aws4_request'),
    });
  });

  it('are sent as they are where they are a Bedrock API key', () => {
    const turn = pool.next(connectionTo('ABSKexample'), NONE);
    expect(turn).toEqual({ id: 'a', headers: { authorization: 'Bearer ABSKexample' } });
  });

  it('that are none are passed over like those that cannot be opened', () => {
    expect(() => pool.next(connectionTo('sk-canary:x'), NONE)).toThrow(
      expect.objectContaining({ code: 'provider.no_credential', message: expect.not.stringContaining('canary') }),
    );
  });

  it('are taken out of foreign text part by part: AWS repeats what was signed', async () => {
    const target = connectionTo('AKIDEXAMPLEEXAMPLE01:can/ary:session-canary');
    await pool.next(target, NONE)?.sign?.(call);
    const text = 'AKIDEXAMPLEEXAMPLE01 can/ary can%2Fary session-canary';
    expect(pool.scrub(target, text)).toBe('[credential] [credential] [credential] [credential]');
  });

  it('are set aside where AWS knows no such key, which it says with a 403', () => {
    pool.noteFault(
      'a',
      new GatewayError('upstream.credential_rejected', {
        upstream: { status: 403, message: 'invalid token', code: 'UnrecognizedClientException' },
      }),
    );
    expect(setAside).toEqual(['a refused by the provider (403)']);
  });

  it('that AWS calls expired are had anew for the next call', () => {
    const forgotten: string[] = [];
    const watched = createCredentialPool({
      open: ({ sealed }) => sealed.replace('sealed:', ''),
      onSetAside: async () => undefined,
      awsOf: () => ({ ...offlineAws(), forget: (secret) => forgotten.push(secret) }),
      clock: { now: () => nowMs, monotonic: () => nowMs },
    });
    watched.next(connectionTo('{"source":"instance"}'), NONE);
    for (const code of ['AccessDeniedException', 'ExpiredTokenException']) {
      const upstream = { status: 403, message: 'no', code };
      watched.noteFault('a', new GatewayError('upstream.credential_rejected', { upstream }));
    }
    expect(forgotten).toEqual(['{"source":"instance"}']);
  });
});
