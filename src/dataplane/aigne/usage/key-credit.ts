import { encodePrefix } from '../../../dialects/aigne-charge.ts';
import { formatCredits, type NanoCredits, NO_CREDITS } from '../../../kernel/money.ts';

/** What an account has, as far as a key may spend it. */
export type KeyBalance = {
  readonly availableNano: NanoCredits;
  readonly heldNano: NanoCredits;
  readonly issuedNano: NanoCredits;
  readonly grants: number;
};

/** Credit as a key sees it: `balance` is that of the account on its way that has the least. */
export type KeyCredit = {
  readonly balance: KeyBalance | undefined;
  readonly name: string | undefined;
  readonly prefix: string | undefined;
  readonly purchaseLink: string | undefined;
};

/** Credits as a currency of the payment service that the first hubs stand on: `decimal` places make the smallest unit. */
export type AigneCurrency = {
  readonly name: string;
  readonly symbol: string;
  readonly decimal: number;
  readonly type: 'credit';
};

/** A billionth of a credit is the least that there is. */
const DECIMAL = 9;
const NAME = 'credits';
const NOTHING: KeyBalance = { availableNano: NO_CREDITS, heldNano: NO_CREDITS, issuedNano: NO_CREDITS, grants: 0 };

export function currencyOf({ name = NAME, prefix }: Pick<KeyCredit, 'name' | 'prefix'>): AigneCurrency {
  return { name, symbol: prefix ?? name, decimal: DECIMAL, type: 'credit' };
}

/** How amounts are written: as decimals for people, or as whole numbers of the smallest unit. Both are texts. */
export type WriteAmount = (amount: NanoCredits) => string;
export const inDecimals: WriteAmount = formatCredits;
export const inSmallestUnits: WriteAmount = String;

/** `pendingCredit` is what calls hold that are under way, of which `balance` is free. */
export function balanceOf(balance: KeyBalance | undefined, write: WriteAmount) {
  const { availableNano, heldNano, issuedNano, grants } = balance ?? NOTHING;
  return {
    balance: write(availableNano),
    total: write(issuedNano),
    grantCount: grants,
    pendingCredit: write(heldNano),
  };
}

/**
 * The answer of `GET /api/user/info`, which `aigne hub status` shows. A key stands for who calls: its id and name take the place of the person's. Texts
 * that nobody said are empty, since clients show them as they are. `credit` is missing where nobody is charged.
 */
export function answerUserInfo(
  { keyId, keyName }: { readonly keyId: string; readonly keyName: string },
  { credit, profileLink }: { readonly credit: KeyCredit | undefined; readonly profileLink: string },
) {
  return {
    user: { did: keyId, fullName: keyName, email: '', avatar: '' },
    creditBalance: credit === undefined ? null : balanceOf(credit.balance, inDecimals),
    paymentLink: credit?.purchaseLink ?? null,
    currency: credit === undefined ? null : currencyOf(credit),
    enableCredit: credit !== undefined,
    profileLink,
    ...encodePrefix(credit?.prefix),
  };
}
