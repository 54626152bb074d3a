import { GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import { invalid } from '../kernel/invalid.ts';
import { formatCredits, type NanoCredits } from '../kernel/money.ts';
import type { AccountId, AccountLevel, Grant, GrantKind, GrantScope, LedgerCharge } from '../protocol/ledger.ts';
import type { Ledger } from './ledger.ts';
import type { ChargeReview, LedgerReader, ReviewStore } from './ports.ts';

/** Credit that is used before what was paid for. */
export const PROMOTIONAL_PRIORITY = 50;
export const PAID_PRIORITY = 100;

/** The order of use of credit of that kind where nobody says another. */
export function priorityOf(kind: GrantKind): number {
  return kind === 'promotional' ? PROMOTIONAL_PRIORITY : PAID_PRIORITY;
}

/** Whose account it is: the organization itself, or what of it. */
export type AccountPlace = {
  readonly organizationId: string;
  readonly level: AccountLevel;
  /** The organization's own where it is missing. */
  readonly scopeId: string | undefined;
};

type ByWhom = { readonly actorId: string | undefined; readonly reason: string | undefined };

export type NewGrant = AccountPlace &
  GrantScope &
  ByWhom & {
    readonly kind: GrantKind;
    readonly name: string;
    readonly amountNano: NanoCredits;
    readonly priority: number | undefined;
    readonly expiresAt: number | undefined;
  };

export type Withdrawal = { readonly id: string; readonly organizationId: string; readonly accountId: AccountId };
export type Refund = { readonly id: string; readonly charge: LedgerCharge };

/** What an operator does with credit. Every function throws `resource.not_found` for what is not the organization's. */
export type CreditService = {
  /** Gives an account credit; one that has none yet is made. */
  readonly give: (wanted: NewGrant) => Promise<Grant>;
  /** @throws resource.conflict where less than that is free */
  readonly withdraw: (wanted: AccountPlace & ByWhom & { readonly amountNano: NanoCredits }) => Promise<Withdrawal>;
  /** Gives every account back what a charge took of it, or a part. @throws resource.conflict where less than that is left */
  readonly refund: (
    wanted: ByWhom & { readonly chargeId: string; readonly amountNano: NanoCredits },
  ) => Promise<Refund>;
  /** Notes that somebody has looked at a charge. @throws resource.conflict where somebody has already */
  readonly review: (wanted: Pick<ChargeReview, 'chargeId' | 'actorId' | 'note'>) => Promise<ChargeReview>;
};

export type CreditDeps = {
  readonly ledger: Pick<Ledger, 'do'>;
  readonly reader: Pick<LedgerReader, 'accounts' | 'grant' | 'anyCharge'>;
  readonly reviews: ReviewStore;
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether the organization is there, and has that. */
  readonly isThere: (
    place: { readonly [Field in keyof AccountPlace]: NonNullable<AccountPlace[Field]> },
  ) => Promise<boolean>;
};

export function createCreditService(deps: CreditDeps): CreditService {
  return {
    give: (wanted) => give(deps, wanted),
    withdraw: (wanted) => withdraw(deps, wanted),
    refund: refundOf(deps),
    review: (wanted) => review(deps, wanted),
  };
}

async function give({ ledger, reader, newId, isThere, now }: CreditDeps, wanted: NewGrant): Promise<Grant> {
  const { organizationId, level, kind, models, projectIds, expiresAt, amountNano, name, actorId, reason } = wanted;
  const scopeId = scopeOf(wanted);
  // Credit whose time is over already could never be used.
  if (expiresAt !== undefined && expiresAt <= now()) {
    throw invalid('expires_at', 'is not in the future.');
  }
  if (!(await isThere({ organizationId, level, scopeId }))) throw missing('scope_id');
  for (const projectId of projectIds ?? []) {
    if (!(await isThere({ organizationId, level: 'project', scopeId: projectId }))) throw missing('project_ids');
  }
  const id = newId('gr');
  await ledger.do({
    kind: 'give',
    id,
    organizationId,
    accountId: `${level}/${scopeId}`,
    grantKind: kind,
    name,
    amountNano,
    priority: wanted.priority ?? priorityOf(kind),
    expiresAt,
    models,
    projectIds,
    actorId,
    reason,
  });
  const grant = await reader.grant({ organizationId }, id);
  if (grant === undefined) throw new Error(`the grant ${id} was given and is not there`);
  return grant;
}

async function withdraw(
  { ledger, reader, newId }: CreditDeps,
  wanted: Parameters<CreditService['withdraw']>[0],
): Promise<Withdrawal> {
  const { organizationId, amountNano, actorId, reason } = wanted;
  const accountId: AccountId = `${wanted.level}/${scopeOf(wanted)}`;
  // What somebody had who is gone may be taken, too: the account stays.
  const [account] = await reader.accounts({ organizationId }, { accountId }, { limit: 1, afterId: undefined });
  if (account === undefined) throw missing('scope_id');
  const id = newId('wd');
  const outcome = await ledger.do({ kind: 'withdraw', id, accountId, amountNano, actorId, reason });
  if (outcome.kind !== 'short') return { id, organizationId, accountId };
  const available = formatCredits(outcome.availableNano);
  throw new GatewayError('resource.conflict', {
    message: `The account has ${available} credits that can be taken; what calls hold is not among them.`,
    param: 'amount',
    details: { available },
  });
}

function refundOf({ ledger, reader, newId }: CreditDeps): CreditService['refund'] {
  return async ({ chargeId, amountNano, actorId, reason }) => {
    const found = await reader.anyCharge(chargeId);
    if (found === undefined) throw missing('charge_id');
    const { charge } = found;
    const id = newId('rf');
    const path = charge.accountIds;
    const outcome = await ledger.do({ kind: 'refund', id, chargeId, path, amountNano, actorId, reason });
    if (outcome.kind === 'unknown') throw missing('charge_id');
    if (outcome.kind !== 'too_much') return { id, charge };
    const left = formatCredits(outcome.chargedNano);
    throw new GatewayError('resource.conflict', {
      message: `Of the charge ${left} credits are left that were not given back.`,
      param: 'amount',
      details: { left },
    });
  };
}

async function review(
  { reader, reviews, now }: CreditDeps,
  wanted: Parameters<CreditService['review']>[0],
): Promise<ChargeReview> {
  const found = await reader.anyCharge(wanted.chargeId);
  if (found === undefined) throw missing('charge_id');
  const made = { ...wanted, organizationId: found.charge.organizationId, at: now() };
  if (await reviews.add(made)) return made;
  throw new GatewayError('resource.conflict', {
    message: 'Somebody has reviewed this charge already.',
    param: 'charge_id',
  });
}

function scopeOf({ organizationId, level, scopeId }: AccountPlace): string {
  if (scopeId !== undefined) return scopeId;
  if (level === 'organization') return organizationId;
  throw invalid('scope_id', `has to say which ${level}.`);
}

function missing(param: string): GatewayError {
  return new GatewayError('resource.not_found', { param });
}
