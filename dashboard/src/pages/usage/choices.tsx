import { usePlace } from '../../app/session.tsx';
import { NamedSelect, SmallSelect } from '../../ui/field.tsx';
import { measuresIn } from '../../usage/measures.ts';
import { dimensionsIn } from '../../usage/names.ts';
import { RANGE_WORDS, RANGES } from '../../usage/range.ts';
import { useWords } from '../../words/index.ts';
import { type ChangeView, STEPS, type View } from './view.ts';

const DAY = 'h-9 rounded-lg border border-edge bg-raised px-2.5 text-sm';

/** Which time, cut how, by steps of which length, showing what. */
export function Choices({ view, onChange }: { readonly view: View; readonly onChange: ChangeView }) {
  const { t } = useWords();
  const place = usePlace();
  const chooseRange = (name: string): void =>
    onChange(name === 'custom' ? { range: undefined, ...view.days } : { range: name, from: undefined, to: undefined });
  return (
    <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
      <SmallSelect
        label={t('overview.range')}
        value={view.rangeName}
        onChange={(event) => chooseRange(event.target.value)}
      >
        {RANGES.map((one) => (
          <option key={one} value={one}>
            {t(RANGE_WORDS[one])}
          </option>
        ))}
        <option value="custom">{t('usage.custom')}</option>
      </SmallSelect>
      {view.rangeName === 'custom' && (
        <>
          <input
            type="date"
            className={DAY}
            aria-label={t('usage.from')}
            value={view.days.from}
            onChange={(event) => onChange({ from: event.target.value || undefined })}
          />
          <input
            type="date"
            className={DAY}
            aria-label={t('usage.to')}
            value={view.days.to}
            onChange={(event) => onChange({ to: event.target.value || undefined })}
          />
        </>
      )}
      <NamedSelect
        label={t('usage.groupBy')}
        value={view.dimension}
        onChange={(event) => onChange({ by: event.target.value })}
      >
        {dimensionsIn(place).map((one) => (
          <option key={one} value={one}>
            {t(`usage.dimensions.${one}`)}
          </option>
        ))}
      </NamedSelect>
      <NamedSelect
        label={t('usage.measure')}
        value={view.measure}
        onChange={(event) => onChange({ show: event.target.value })}
      >
        {measuresIn(place).map((one) => (
          <option key={one} value={one}>
            {t(`usage.measures.${one}`)}
          </option>
        ))}
      </NamedSelect>
      <NamedSelect
        label={t('usage.granularity')}
        value={view.step}
        onChange={(event) => onChange({ step: event.target.value })}
      >
        {STEPS.map((one) => (
          <option key={one} value={one}>
            {t(`usage.steps.${one}`)}
          </option>
        ))}
      </NamedSelect>
    </div>
  );
}
