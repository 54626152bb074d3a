import { GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import { invalid } from '../kernel/invalid.ts';
import type { KeyedDigest } from '../kernel/keyed-digest.ts';
import type { Grant } from '../protocol/ledger.ts';
import type { CodeBatch, CodeRefusal } from '../protocol/redemption-codes.ts';
import type { OwedGrants } from './owed-grants.ts';
import type { RedemptionCodeStore } from './ports.ts';

const DAY_MS = 86_400_000;
/** Crockford's base 32: no letter that reads like a digit. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Of five random bits each: 80 bits, which nobody guesses. */
const CODE_CHARS = 16;
const GROUP_CHARS = 4;

export type NewCodeBatch = Pick<
  CodeBatch,
  | 'name'
  | 'kind'
  | 'amountNano'
  | 'count'
  | 'usesMax'
  | 'validUntil'
  | 'creditExpiresAt'
  | 'creditLastsDays'
  | 'actorId'
>;

/** Who gives a code, and from where. */
export type Redeemer = {
  readonly organizationId: string;
  readonly actorId: string | undefined;
  readonly address: string | undefined;
};

/** Codes that give credit to whoever redeems them. */
export type RedemptionCodes = Pick<RedemptionCodeStore, 'list' | 'codes' | 'redemptions'> & {
  /** @throws resource.not_found */
  readonly get: (id: string) => Promise<NonNullable<Awaited<ReturnType<RedemptionCodeStore['get']>>>>;
  /** Makes a batch; its codes are known at this moment alone, in the order of their numbers. @throws request.invalid */
  readonly create: (wanted: NewCodeBatch) => Promise<{ readonly batch: CodeBatch; readonly codes: readonly string[] }>;
  /** From now on no code of it is redeemed; what was given stays. @throws resource.not_found */
  readonly withdraw: (id: string) => Promise<void>;
  /**
   * Gives an organization the credit of a code, once: whoever gives it again finds what it was given.
   * @throws credit.code_unknown, credit.code_unusable, auth.throttled
   */
  readonly redeem: (code: string, by: Redeemer) => Promise<{ readonly grant: Grant; readonly isNew: boolean }>;
};

export type RedemptionCodeDeps = {
  readonly store: RedemptionCodeStore;
  readonly digest: KeyedDigest;
  readonly grants: Pick<OwedGrants, 'draft' | 'giveNow' | 'grantOf'>;
  /** Counts one more try. @throws auth.throttled */
  readonly countTry: (by: Redeemer) => Promise<void>;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

export function createRedemptionCodes(deps: RedemptionCodeDeps): RedemptionCodes {
  const { store, digest, randomBytes, newId, now } = deps;
  return {
    list: store.list,
    codes: store.codes,
    redemptions: store.redemptions,
    get: async (id) => {
      const batch = await store.get(id);
      if (batch === undefined) throw new GatewayError('resource.not_found');
      return batch;
    },
    create: async (wanted) => {
      const at = now();
      assertAhead(wanted, at);
      const batch: CodeBatch = { ...wanted, id: newId('cb'), withdrawnAt: undefined, createdAt: at };
      const codes = Array.from({ length: wanted.count }, () => writeCode(randomBytes));
      await store.insert(
        batch,
        codes.map((code) => digest([plainCode(code)])),
      );
      return { batch, codes };
    },
    withdraw: async (id) => {
      if (!(await store.withdraw(id, now()))) throw new GatewayError('resource.not_found');
    },
    redeem: (code, by) => redeem(deps, code, by),
  };
}

async function redeem(
  { store, digest, grants, countTry, now }: RedemptionCodeDeps,
  code: string,
  by: Redeemer,
): ReturnType<RedemptionCodes['redeem']> {
  await countTry(by);
  const { organizationId, actorId } = by;
  const at = now();
  const outcome = await store.redeem({
    digest: digest([plainCode(code)]),
    organizationId,
    actorId,
    now: at,
    draft: ({ id, name, kind, amountNano, creditExpiresAt, creditLastsDays }, number) =>
      grants.draft({
        organizationId,
        reference: `code/${id}/${number}/${organizationId}`,
        kind,
        name,
        amountNano,
        expiresAt: creditLastsDays === undefined ? creditExpiresAt : at + creditLastsDays * DAY_MS,
        actorId,
        reason: `code ${number} of ${id}`,
      }),
  });
  if (outcome.kind === 'unknown') throw new GatewayError('credit.code_unknown', { param: 'code' });
  if (outcome.kind === 'refused') throw unusable(outcome.why);
  await grants.giveNow([outcome.owed]);
  return { grant: await grants.grantOf(outcome.owed), isNew: outcome.isNew };
}

const WHYS: Readonly<Record<CodeRefusal, string>> = {
  expired: 'This code has expired.',
  withdrawn: 'This code was withdrawn.',
  used_up: 'This code was redeemed by others already.',
};

function unusable(why: CodeRefusal): GatewayError {
  return new GatewayError('credit.code_unusable', { param: 'code', message: WHYS[why], details: { why } });
}

/** @throws request.invalid */
function assertAhead({ validUntil, creditExpiresAt }: NewCodeBatch, nowMs: number): void {
  const isPast = (time: number | undefined): boolean => time !== undefined && time <= nowMs;
  if (isPast(validUntil)) {
    throw invalid('valid_until', 'is not in the future.');
  }
  if (isPast(creditExpiresAt)) {
    throw invalid('credit_expires_at', 'is not in the future.');
  }
}

/** A new code as people read it: `7K3M-9QXA-…`. */
function writeCode(randomBytes: RedemptionCodeDeps['randomBytes']): string {
  const letters = Array.from(randomBytes(CODE_CHARS), (byte) => ALPHABET.charAt(byte & 31));
  const groups = Array.from({ length: CODE_CHARS / GROUP_CHARS }, (_, group) =>
    letters.slice(group * GROUP_CHARS, (group + 1) * GROUP_CHARS).join(''),
  );
  return groups.join('-');
}

/** A code as it counts, however somebody has typed it. */
function plainCode(code: string): string {
  return code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
}
