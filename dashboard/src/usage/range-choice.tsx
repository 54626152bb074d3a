import { SmallSelect } from '../ui/field.tsx';
import { useWords } from '../words/index.ts';
import { RANGE_WORDS, RANGES, type RangeName } from './range.ts';

export function RangeChoice({
  value,
  onChange,
}: {
  readonly value: RangeName;
  readonly onChange: (range: RangeName) => void;
}) {
  const { t } = useWords();
  return (
    <SmallSelect
      label={t('overview.range')}
      value={value}
      onChange={(event) => onChange(RANGES.find((one) => one === event.target.value) ?? value)}
    >
      {RANGES.map((one) => (
        <option key={one} value={one}>
          {t(RANGE_WORDS[one])}
        </option>
      ))}
    </SmallSelect>
  );
}
