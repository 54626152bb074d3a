import { SmallSelect } from '../ui/field.tsx';
import { useWords } from '../words/index.ts';
import { RANGE_WORDS, RANGES, type Range, type RangeName, rangeNamed, rangeOf } from './range.ts';

/** Which time a page looks at: one that has a name, or from one day to another. */
export type ChosenTime = {
  readonly rangeName: RangeName | 'custom';
  readonly range: Range;
  /** The days of a time of one's own, as `2026-11-28`. */
  readonly days: { readonly from: string; readonly to: string };
};

type Said = Readonly<Record<string, string | undefined>>;

/** The time as it stands in an address. */
export function chosenTime(said: Said, nowMs: number): ChosenTime {
  const named = rangeNamed(said['range']);
  const asDays = rangeOf(named, nowMs);
  const days = { from: said['from'] ?? dayOf(asDays.from), to: said['to'] ?? dayOf(asDays.to) };
  const isCustom = said['from'] !== undefined && said['to'] !== undefined;
  return { rangeName: isCustom ? 'custom' : named, range: isCustom ? betweenDays(days) : asDays, days };
}

const DAY = 'h-9 rounded-lg border border-edge bg-raised px-2.5 text-sm';

type TimeChoiceProps = {
  readonly chosen: Pick<ChosenTime, 'rangeName' | 'days'>;
  readonly onChange: (changes: Said) => void;
};

export function TimeChoice({ chosen: { rangeName, days }, onChange }: TimeChoiceProps) {
  const { t } = useWords();
  const choose = (name: string): void =>
    onChange(name === 'custom' ? { range: undefined, ...days } : { range: name, from: undefined, to: undefined });
  return (
    <>
      <SmallSelect label={t('overview.range')} value={rangeName} onChange={(event) => choose(event.target.value)}>
        {RANGES.map((one) => (
          <option key={one} value={one}>
            {t(RANGE_WORDS[one])}
          </option>
        ))}
        <option value="custom">{t('usage.custom')}</option>
      </SmallSelect>
      {rangeName === 'custom' && (
        <>
          <input
            type="date"
            className={DAY}
            aria-label={t('usage.from')}
            value={days.from}
            onChange={(event) => onChange({ from: event.target.value || undefined })}
          />
          <input
            type="date"
            className={DAY}
            aria-label={t('usage.to')}
            value={days.to}
            onChange={(event) => onChange({ to: event.target.value || undefined })}
          />
        </>
      )}
    </>
  );
}

/** From the beginning of one day to the end of another, where the viewer is. */
function betweenDays({ from, to }: ChosenTime['days']): Range {
  const start = new Date(`${from}T00:00:00`);
  const last = new Date(`${to < from ? from : to}T00:00:00`);
  const end = new Date(last.getFullYear(), last.getMonth(), last.getDate() + 1);
  return { from: start.toISOString(), to: end.toISOString() };
}

function dayOf(iso: string): string {
  const at = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
