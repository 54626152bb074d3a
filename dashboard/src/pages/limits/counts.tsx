import clsx from 'clsx';
import type { Limit } from '../../api/types.ts';
import { ago } from '../../format/times.ts';
import { useWords } from '../../words/index.ts';
import { useLimitWords } from './use-limit-words.ts';

const SHOWN_MAX = 3;
/** From here on a bar is one to look at. */
const NEARLY_FULL = 0.8;

type Count = NonNullable<Limit['counts']>[number];

/** What of a limit is left, and when it begins anew; where each has a count of its own, of those who used most. */
export function Counts({ limit }: { readonly limit: Limit }) {
  const { t } = useWords();
  const { counts } = limit;
  if (counts === undefined) return <p className="text-dim">{t('limits.notKnown')}</p>;
  if (counts.length === 0) return <p className="text-dim">{t('limits.nobody')}</p>;
  const more = counts.length - SHOWN_MAX;
  return (
    <div className="flex min-w-40 flex-col gap-2">
      {counts.slice(0, SHOWN_MAX).map((count) => (
        <OneCount key={count.subject ?? ''} limit={limit} count={count} />
      ))}
      {more > 0 && <p className="text-[13px] text-dim">{t('limits.andMore', { count: more })}</p>}
    </div>
  );
}

function OneCount({ limit, count }: { readonly limit: Limit; readonly count: Count }) {
  const { t, language } = useWords();
  const { textOf, nameOf } = useLimitWords();
  const share = Math.min(1, Number(count.used) / Number(limit.amount));
  const isRolling = limit.window?.kind === 'rolling';
  return (
    <div>
      {count.subject !== undefined && <p className="wrap-anywhere">{nameOf(limit.subject.kind, count.subject)}</p>}
      <div className="my-1 h-1.5 max-w-56 overflow-hidden rounded-full bg-ground">
        <div
          className={clsx('h-full', share >= 1 ? 'bg-bad' : share >= NEARLY_FULL ? 'bg-warn' : 'bg-accent')}
          style={{ width: `${share * 100}%` }}
        />
      </div>
      <p className="text-[13px]">
        {t('limits.leftOf', { left: textOf(count.left, limit.measure), amount: textOf(limit.amount, limit.measure) })}
      </p>
      {count.resets_at !== undefined && limit.window !== undefined && (
        <p className="text-[13px] text-dim">
          {t(isRolling ? 'limits.frees' : 'limits.resetsAt', { when: ago(count.resets_at, language) })}
        </p>
      )}
    </div>
  );
}
