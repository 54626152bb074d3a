import { useCredits } from '../../app/credits.ts';
import { useWords } from '../../words/index.ts';
import type { CreditAccount } from './types.ts';

/** What of an account may be spent, what is set aside, and what was not spent yet. */
export function Balance({ account }: { readonly account: Omit<CreditAccount, 'id' | 'name'> }) {
  const { t } = useWords();
  const { amount } = useCredits();
  return (
    <dl className="grid grid-cols-1 gap-px overflow-hidden rounded-xl border border-line bg-line sm:grid-cols-3">
      {(['available', 'held', 'remaining'] as const).map((name) => (
        <div key={name} className="flex min-w-0 flex-col bg-paper p-4">
          <dt className="text-[13px] text-dim">{t(`credit.${name}`)}</dt>
          <dd
            className={`text-xl font-semibold tracking-tight tabular-nums sm:text-2xl ${name === 'available' && account.available === '0' ? 'text-bad' : ''}`}
          >
            {amount(account[name])}
          </dd>
          <dd className="text-[13px] text-dim">{t(`credit.${name}Text`)}</dd>
        </div>
      ))}
    </dl>
  );
}
