import type { Answer, OperationId, Taken } from '../../api/call.ts';

export type CreditAccount = Answer<'listCreditAccounts'>['data'][number];
export type AnyAccount = Answer<'listAllCreditAccounts'>['data'][number];
export type Grant = Answer<'listCreditGrants'>['data'][number];
export type Entry = Answer<'listCreditEntries'>['data'][number];
export type ChargeToReview = Answer<'listChargesToReview'>['data'][number];
export type Level = NonNullable<Taken<'giveCredit'>['body']['level']>;

export const LEVELS = ['organization', 'team', 'project', 'member', 'key'] as const satisfies readonly Level[];

/** `project/proj_1` → its two parts. */
export function partsOf(accountId: string): { readonly level: Level; readonly scopeId: string } {
  const [word = '', scopeId = ''] = accountId.split('/');
  return { level: LEVELS.find((level) => level === word) ?? 'organization', scopeId };
}

/** What is asked again once credit has moved. */
export const MOVED: readonly OperationId[] = [
  'listCreditAccounts',
  'listCreditGrants',
  'listCreditEntries',
  'listCreditHolds',
  'listMyCreditAccounts',
  'listAllCreditAccounts',
  'listAllCreditHolds',
  'listChargesToReview',
  'getUsageOfRequest',
];
