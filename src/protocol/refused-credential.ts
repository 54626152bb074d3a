const NO_MONEY = 402;
const NO_RIGHT = 403;
/** A 403 that is about one model, the content, the place or the moment: the credential is good for other calls. */
const NOT_ABOUT_IT =
  /\bmodel\b|content|usage guidelines|safety|failed check|moderat|flagged|region|country|geographic|temporar|try again later/i;

/** Whether a provider's refusal is of the account behind a credential as a whole: it has no money, or no right to anything. */
export function isOfAccount(status: number | undefined, message: string): boolean {
  return status === NO_MONEY || (status === NO_RIGHT && !NOT_ABOUT_IT.test(message));
}

/** Why a credential is set aside, as people read it. */
export function refusedBy(status: number | undefined): string {
  return `refused by the provider (${status})`;
}

/** Whether it was set aside for something that only a call for an answer can tell: lists are given to who may not pay, too. */
export function takesChatToTell(reason: string | undefined): boolean {
  return reason === refusedBy(NO_MONEY) || reason === refusedBy(NO_RIGHT);
}
