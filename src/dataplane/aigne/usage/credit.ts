import { permissionsOfRole } from '../../../identity/roles.ts';
import { invalid } from '../../../kernel/invalid.ts';
import { lessCredits, NO_CREDITS } from '../../../kernel/money.ts';
import type { AccountId, AccountLevel, Grant } from '../../../protocol/ledger.ts';
import type { UsageRecord } from '../../../protocol/records.ts';
import { pathOf } from '../../call-credit.ts';
import { type Audience, ownAudience, userDidOf } from './audience.ts';
import { chargesOf } from './call-rows.ts';
import { countCalls, readCalls } from './calls.ts';
import { chargedFor, SUMMED_MAX } from './charged.ts';
import {
  type AigneCurrency,
  balanceOf,
  currencyOf,
  inDecimals,
  inSmallestUnits,
  type KeyCredit,
} from './key-credit.ts';
import type { UsageAsked, UsageReads } from './ports.ts';
import { creditRangeOf, type Page, pageOf, type Range } from './query.ts';

/** How much credit a key has, where it came from and what took it. Where nobody is charged there is none, and no currency. */

const PAGE = 20;
const DAY_MS = 86_400_000;
/** What is used a day is the mean of so many, the first of these in which calls are few enough to be summed. */
const AVERAGED_DAYS = [7, 1, 1 / 24] as const;
/** For as long as nothing is used credit lasts; the first hubs say so by this number of days. */
const DAYS_UNUSED = 999;
/** What a key may see of credit whoever it belongs to: what is its own. */
const OWN_LEVELS: ReadonlySet<AccountLevel> = new Set(['key', 'member']);

type Paged<Row> = { readonly count: number; readonly list: readonly Row[]; readonly paging: Page };

/** The answer of `GET /api/user/credit/balance`, in smallest units. */
export async function creditBalance(asked: UsageAsked) {
  const credit = await creditOf(asked);
  return { ...balanceOf(credit?.balance, inSmallestUnits), currency: credit === undefined ? null : currencyOf(credit) };
}

/** The answer of `GET /api/user/credit/payment-link`: a text, or `null` where there is nothing to be bought. */
export async function paymentLink(asked: UsageAsked): Promise<string | null> {
  return (await creditOf(asked))?.purchaseLink ?? null;
}

/** The answer of `GET /api/usage/quota`: amounts as decimals, and how long they last by what the key's calls take. */
export async function creditQuota(asked: UsageAsked, audience: Audience) {
  const { usage, nowMs } = asked;
  const credit = await creditOf(asked);
  const { balance, total, pendingCredit } = balanceOf(credit?.balance, inDecimals);
  const daily = await dailyAverage(usage, audience, nowMs);
  const days = daily === 0 ? DAYS_UNUSED : Math.min(DAYS_UNUSED, Math.floor(Number(balance) / daily));
  return {
    total,
    remaining: balance,
    used: inDecimals(usedOf(credit)),
    pendingCredit,
    estimatedDaysRemaining: days,
    dailyAvgCredits: daily,
    currency: credit === undefined ? null : currencyOf(credit),
  };
}

/** The answer of `GET /api/user/credit/grants`, newest first. */
export async function creditGrants(asked: UsageAsked): Promise<Paged<ReturnType<typeof grantRow>>> {
  const { query, nowMs, principal, usage } = asked;
  const range = creditRangeOf(query, nowMs);
  const paging = pageOf(query, PAGE);
  const credit = await creditOf(asked);
  if (usage.charges === undefined || credit === undefined) return { count: 0, list: [], paging };
  const all = await usage.charges.grants(principal.organizationId, await accountsSeen(asked));
  const grants = all.filter(({ createdAt }) => isWithin(createdAt, range));
  const start = (paging.page - 1) * paging.pageSize;
  const list = grants.slice(start, start + paging.pageSize);
  const currency = currencyOf(credit);
  return { count: grants.length, list: list.map((grant) => grantRow(grant, { currency, nowMs })), paging };
}

/** The answer of `GET /api/user/credit/transactions`: the calls that the key sees, newest first, and what each took. */
export async function creditTransactions(
  asked: UsageAsked,
  audience: Audience,
): Promise<Paged<ReturnType<typeof transactionRow>>> {
  const { query, nowMs, usage } = asked;
  const range = creditRangeOf(query, nowMs);
  const paging = pageOf(query, PAGE);
  const credit = await creditOf(asked);
  if (credit === undefined) return { count: 0, list: [], paging };
  const page = { offset: (paging.page - 1) * paging.pageSize, limit: paging.pageSize };
  const { rows, count } = await readCalls(usage, { ...ALL_CALLS, audience, range }, page);
  const took = await chargesOf(usage, audience, rows);
  const currency = currencyOf(credit);
  return { count, list: rows.map((record) => transactionRow(record, { took: took(record), currency })), paging };
}

const ALL_CALLS = {
  model: undefined,
  providerId: undefined,
  application: undefined,
  type: undefined,
  status: undefined,
  search: undefined,
  minDurationMs: undefined,
} as const;

async function creditOf({ usage, principal }: UsageAsked): Promise<KeyCredit | undefined> {
  return await usage.charges?.seenBy(principal.organizationId, pathOf(principal));
}

/**
 * Accounts of which the key sees what they were given: its own and its person's, its project's where it belongs to nobody,
 * and all on its way for whom the dashboard shows them.
 */
async function accountsSeen({ principal, usage }: UsageAsked): Promise<readonly AccountId[]> {
  const { organizationId, memberId } = principal;
  const role = memberId === undefined ? undefined : await usage.roleOf(organizationId, memberId);
  const path = pathOf(principal);
  if (role !== undefined && permissionsOfRole(role).has('credit.read')) return path;
  const isOfProject = ownAudience(principal).kind === 'project';
  return path.filter((id) => {
    const level = levelOf(id);
    return level !== undefined && (OWN_LEVELS.has(level) || (level === 'project' && isOfProject));
  });
}

function levelOf(id: AccountId): AccountLevel | undefined {
  return (['key', 'member', 'project'] as const).find((level) => id.startsWith(`${level}/`));
}

function usedOf(credit: KeyCredit | undefined) {
  const { balance } = credit ?? {};
  if (balance === undefined) return NO_CREDITS;
  return lessCredits(lessCredits(balance.issuedNano, balance.availableNano), balance.heldNano);
}

/** What calls took a day, as a number; 0 where nobody is charged. */
async function dailyAverage(usage: UsageReads, audience: Audience, nowMs: number): Promise<number> {
  if (usage.charges === undefined) return 0;
  for (const days of AVERAGED_DAYS) {
    const range = { fromMs: nowMs - days * DAY_MS, toMs: nowMs };
    const calls = await countCalls(usage, { ...ALL_CALLS, audience, range });
    if (calls > SUMMED_MAX) continue;
    const charged = await chargedFor(usage, { audience, edges: [range.fromMs, range.toMs], calls });
    return Number((charged({}) / days).toFixed(DECIMALS_SHOWN));
  }
  throw invalid('allUsers', 'there are too many calls to sum what they take.');
}

const DECIMALS_SHOWN = 9;

function isWithin(at: number, { fromMs, toMs }: Range): boolean {
  return at >= fromMs && at < toMs;
}

type Shown = { readonly currency: AigneCurrency };

function grantRow(grant: Grant, { currency, nowMs }: Shown & { readonly nowMs: number }) {
  const { id, name, kind, priority, issuedNano, remainingNano, createdAt, expiresAt } = grant;
  return {
    id,
    object: 'credit_grant',
    name,
    category: kind === 'purchased' ? 'paid' : 'promotional',
    status: statusOf(grant, nowMs),
    priority,
    amount: inSmallestUnits(issuedNano),
    remaining_amount: inSmallestUnits(remainingNano),
    effective_at: seconds(createdAt),
    /** 0: never. */
    expires_at: expiresAt === undefined ? 0 : seconds(expiresAt),
    created_at: new Date(createdAt).toISOString(),
    paymentCurrency: currency,
  };
}

function statusOf({ remainingNano, expiresAt }: Grant, nowMs: number): 'granted' | 'depleted' | 'expired' {
  if (expiresAt !== undefined && expiresAt <= nowMs) return 'expired';
  return remainingNano === NO_CREDITS ? 'depleted' : 'granted';
}

function transactionRow(
  record: UsageRecord,
  { took, currency }: Shown & { readonly took: Parameters<typeof inSmallestUnits>[0] },
) {
  const amount = inSmallestUnits(took);
  return {
    id: record.id,
    object: 'credit_transaction',
    quantity: amount,
    credit_amount: amount,
    customer_id: userDidOf(record),
    source: record.requestId,
    meter_unit: currency.name,
    /** As it was asked for, whoever served it. */
    description: record.requestedModel,
    created_at: new Date(record.startedAt).toISOString(),
    paymentCurrency: currency,
  };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
