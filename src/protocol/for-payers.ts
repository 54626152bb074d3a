import { ERRORS, type ErrorCode } from '../kernel/errors.ts';
import type { Loss } from './records.ts';

/**
 * What whoever pays the hub, and not its providers, may read of what went wrong. The hub's own sentences about providers
 * name them, or tell of the operator's account there.
 */

const ABOUT_PROVIDERS = /^(?:provider|upstream)\.|^request\.not_expressible$/;
const CREDIT_PAYS = 'the credit pays for';
const BUDGET_PAYS = 'the budget pays for';

/** The sentence of an error: the catalogue's, where the hub's own is about a provider. */
export function messageForPayers(code: string | undefined, message: string | undefined): string | undefined {
  if (code !== undefined && !ABOUT_PROVIDERS.test(code)) return message;
  return isKnown(code) ? ERRORS[code].message : undefined;
}

/** What was lost, each once, with its reason only where that is the credit or a budget: others are what a provider's format lacks. */
export function lossesForPayers(losses: readonly Loss[]): readonly (Pick<Loss, 'field'> & Partial<Loss>)[] {
  const shown = new Map<string, Pick<Loss, 'field'> & Partial<Loss>>();
  for (const { field, reason } of losses) {
    if (reason.startsWith(CREDIT_PAYS) || reason.startsWith(BUDGET_PAYS)) shown.set(field, { field, reason });
    else if (!shown.has(field)) shown.set(field, { field });
  }
  return [...shown.values()];
}

/** That an answer is shorter, since no more is paid for. */
export function lossOfCredit(maxTokens: number): Loss {
  return { field: 'maxOutputTokens', reason: `${CREDIT_PAYS} ${maxTokens} tokens of answer` };
}

/** The same of a budget. */
export function lossOfBudget(maxTokens: number): Loss {
  return { field: 'maxOutputTokens', reason: `${BUDGET_PAYS} ${maxTokens} tokens of answer` };
}

/** A record may be older than the catalogue, so its code need not be one of today's. */
function isKnown(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(ERRORS, code);
}
