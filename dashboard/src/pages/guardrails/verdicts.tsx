import { Badge } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { knownKind, TONES, type Verdict } from './kinds.ts';

/** What guardrails found: how much of what, and where; never what. */
export function Verdicts({ verdicts }: { readonly verdicts: readonly Verdict[] }) {
  const { t } = useWords();
  const nameOf = (kind: string): string => {
    const known = knownKind(kind);
    return known === undefined ? kind : t(`guardrails.kinds.${known}`);
  };
  return (
    <ul className="flex flex-col gap-2">
      {verdicts.map(({ guardrail_id: id, name, verdict, place, matches, reason }) => (
        <li key={`${place} ${id}`} className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Badge tone={TONES[verdict]}>{t(`guardrails.verdicts.${verdict}`)}</Badge>
          <span className="font-medium wrap-anywhere">{name}</span>
          <span className="text-[13px] text-dim">
            {t(`guardrails.in.${place}`)} ·{' '}
            {Object.entries(matches)
              .map(([kind, count]) => t('guardrails.found', { kind: nameOf(kind), count: String(count) }))
              .join(' · ')}
          </span>
          {reason !== undefined && (
            <span className="w-full text-[13px] wrap-anywhere text-dim">{t('guardrails.reason', { reason })}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
