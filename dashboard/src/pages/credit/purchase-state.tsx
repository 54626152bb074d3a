import type { Answer } from '../../api/call.ts';
import { useCredits } from '../../app/credits.ts';
import { moneyText } from '../../format/money.ts';
import { Badge } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

type Purchase = Answer<'listPurchases'>['data'][number];

const TONES = { open: 'calm', paid: 'good', expired: 'calm', failed: 'warn' } as const;

/** How a purchase stands, and what went back of it. */
export function PurchaseState({ purchase }: { readonly purchase: Purchase }) {
  const { t, language } = useWords();
  const { amount: amountOf } = useCredits();
  const { state, cause, mode, returned, reversed, currency } = purchase;
  const isReturned = Number(returned) > 0;
  return (
    <div className="flex flex-col items-start gap-1 break-normal">
      <span className="flex flex-wrap gap-1">
        <Badge tone={TONES[state]}>{t(`credit.buy.states.${state}`)}</Badge>
        {cause === 'top_up' && <Badge>{t('credit.buy.byItself')}</Badge>}
        {mode === 'test' && <Badge tone="warn">{t('credit.buy.testMode')}</Badge>}
      </span>
      {isReturned && (
        <p className="text-[13px] text-dim">
          {t('credit.buy.returned', {
            money: moneyText(returned, currency, language),
            credits: amountOf(reversed),
          })}
        </p>
      )}
    </div>
  );
}
