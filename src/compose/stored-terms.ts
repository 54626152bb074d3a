import type { CallTerms } from '../metering/settle-call.ts';
import type { Store } from '../storage/open-store.ts';
import { readTerms, versionsIn } from './price-terms.ts';

/** The terms that a hold or a charge names, with their prices as they are kept; `undefined` where those are gone. */
export async function storedTerms(
  { rateCards, priceRules }: Pick<Store, 'rateCards' | 'priceRules'>,
  text: string,
): Promise<CallTerms | undefined> {
  const { cardId, ruleId } = versionsIn(text);
  const [card, rule] = await Promise.all([
    cardId === undefined ? undefined : rateCards.get(cardId),
    ruleId === undefined ? undefined : priceRules.get(ruleId),
  ]);
  return readTerms(text, { cards: card ? [card] : [], rules: rule ? [rule] : [] });
}
