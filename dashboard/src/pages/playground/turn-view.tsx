import { count, dollars, duration } from '../../format/amounts.ts';
import { Spinner } from '../../ui/button.tsx';
import { Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import type { Facts, Turn } from './use-chat.ts';

/** What one side said: a question with its pictures, or an answer with its thinking and what it took. */
export function TurnView({ turn, isWaiting }: { readonly turn: Turn; readonly isWaiting: boolean }) {
  const { t } = useWords();
  if (turn.role === 'user') {
    return (
      <div className="ml-auto max-w-[85%] rounded-xl bg-accent-ground px-3.5 py-2.5">
        {turn.pictures.length > 0 && (
          <div className="mb-2 flex flex-wrap gap-2">
            {turn.pictures.map(({ name, url }) => (
              <img key={url} src={url} alt={name} className="max-h-32 rounded-lg" />
            ))}
          </div>
        )}
        <p className="break-words whitespace-pre-wrap">{turn.text}</p>
      </div>
    );
  }
  return (
    <div className="flex max-w-[95%] flex-col gap-1.5">
      {turn.thinking !== '' && (
        <details
          className="rounded-lg border border-line px-3 py-2 text-[13px] text-dim"
          open={isWaiting && turn.text === ''}
        >
          <summary>{t('playground.thinking')}</summary>
          <p className="pt-1 break-words whitespace-pre-wrap">{turn.thinking}</p>
        </details>
      )}
      {turn.text !== '' && <p className="break-words whitespace-pre-wrap">{turn.text}</p>}
      {isWaiting && <Spinner />}
      {turn.error !== undefined && <Problem error={turn.error} />}
      {turn.facts !== undefined && <FactsLine facts={turn.facts} />}
    </div>
  );
}

function FactsLine({ facts }: { readonly facts: Facts }) {
  const { t, language } = useWords();
  const parts = [
    facts.firstMs === undefined ? undefined : `${t('overview.firstByte')} ${duration(facts.firstMs, language)}`,
    duration(facts.wholeMs, language),
    facts.input === undefined
      ? undefined
      : t('playground.tokens', { input: count(facts.input, language), output: count(facts.output ?? 0, language) }),
    facts.costNano === undefined ? undefined : dollars(facts.costNano, language),
    facts.endReason === undefined || facts.endReason === 'stop' ? undefined : facts.endReason,
  ];
  return <p className="text-xs text-dim tabular-nums">{parts.filter((part) => part !== undefined).join(' · ')}</p>;
}
