import { useEffect, useState } from 'react';
import { count } from '../../format/amounts.ts';
import { Button } from '../../ui/button.tsx';
import { SmallSelect } from '../../ui/field.tsx';
import { useWords } from '../../words/index.ts';
import type { Connections } from './use-connections.ts';
import { type ChangeView, CONTEXTS, MODALITIES, STATES, type View } from './view.ts';

const TYPED_MS = 300;

type ModelFiltersProps = {
  readonly view: View;
  readonly connections: Connections;
  readonly onChange: ChangeView;
  readonly onClear: () => void;
};

export function ModelFilters({ view, connections, onChange, onClear }: ModelFiltersProps) {
  const { t, language } = useWords();
  const { filters } = view;
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <Search key={String(filters.search === undefined)} value={filters.search ?? ''} onChange={onChange} />
      <SmallSelect
        label={t('models.connection')}
        value={filters.connection ?? ''}
        onChange={(event) => onChange({ connection: event.target.value })}
      >
        <option value="">{t('models.anyConnection')}</option>
        {connections.all.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SmallSelect>
      <SmallSelect
        label={t('app.state')}
        value={filters.state ?? ''}
        onChange={(event) => onChange({ state: event.target.value })}
      >
        <option value="">{t('models.anyState')}</option>
        {STATES.map((one) => (
          <option key={one} value={one}>
            {t(`models.states.${one}`)}
          </option>
        ))}
      </SmallSelect>
      {(['input', 'output'] as const).map((way) => (
        <SmallSelect
          key={way}
          label={t(`models.${way}`)}
          value={filters[way] ?? ''}
          onChange={(event) => onChange({ [way]: event.target.value })}
        >
          <option value="">{t(way === 'input' ? 'models.anyInput' : 'models.anyOutput')}</option>
          {MODALITIES.map((one) => (
            <option key={one} value={one}>
              {t(way === 'input' ? 'models.takes' : 'models.gives', { name: t(`models.modality.${one}`) })}
            </option>
          ))}
        </SmallSelect>
      ))}
      <SmallSelect
        label={t('models.context')}
        value={filters.context ?? ''}
        onChange={(event) => onChange({ context: event.target.value })}
      >
        <option value="">{t('models.anyContext')}</option>
        {CONTEXTS.map((tokens) => (
          <option key={tokens} value={tokens}>
            {t('models.contextAtLeast', { count: count(tokens, language) })}
          </option>
        ))}
      </SmallSelect>
      {view.isFiltered && (
        <Button look="quiet" icon="close" onClick={onClear}>
          {t('models.clear')}
        </Button>
      )}
    </div>
  );
}

/** Searches a moment after the last letter. */
function Search({ value, onChange }: { readonly value: string; readonly onChange: ChangeView }) {
  const { t } = useWords();
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => onChange({ search: typed.trim() }), TYPED_MS);
    return () => clearTimeout(timer);
  });
  return (
    <input
      type="search"
      aria-label={t('models.search')}
      placeholder={t('models.search')}
      value={typed}
      maxLength={200}
      onChange={(event) => setTyped(event.target.value)}
      className="h-9 w-full rounded-lg border border-edge bg-raised px-3 text-sm placeholder:text-dim sm:w-56"
    />
  );
}
