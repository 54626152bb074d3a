import { usePlace } from '../../app/session.tsx';
import { NamedSelect } from '../../ui/field.tsx';
import { measuresIn } from '../../usage/measures.ts';
import { dimensionsIn } from '../../usage/names.ts';
import { TimeChoice } from '../../usage/time-choice.tsx';
import { useWords } from '../../words/index.ts';
import { type ChangeView, STEPS, type View } from './view.ts';

/** Which time, cut how, by steps of which length, showing what. */
export function Choices({ view, onChange }: { readonly view: View; readonly onChange: ChangeView }) {
  const { t } = useWords();
  const place = usePlace();
  return (
    <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
      <TimeChoice chosen={view} onChange={onChange} />
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
