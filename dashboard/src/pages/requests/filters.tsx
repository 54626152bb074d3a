import { type ReactNode, useId, useState } from 'react';
import { useAsk } from '../../api/hooks.ts';
import { mayManage, seesCosts, usePlace } from '../../app/session.tsx';
import { Button } from '../../ui/button.tsx';
import { SmallSelect, TextField } from '../../ui/field.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { RANGE_WORDS, RANGES } from '../../usage/range.ts';
import { useWords } from '../../words/index.ts';
import { type ChangeView, type FilterName, STATUSES, type View } from './view.ts';

const MANY = { query: { limit: 500 } };
const MORE = ['model', 'provider', 'connection', 'application', 'end_user'] as const;
const OF_PROVIDERS: readonly FilterName[] = ['provider', 'connection'];

type FiltersProps = { readonly view: View; readonly onChange: ChangeView; readonly onClear: () => void };

/** What the list is narrowed to. */
export function Filters({ view, onChange, onClear }: FiltersProps) {
  const { t } = useWords();
  const projects = useAsk('listProjects', MANY);
  const keys = useAsk('listKeys', MANY);
  return (
    <div className="mb-3 flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <SearchField
          key={view.filters.text ?? ''}
          label={t('requests.search')}
          value={view.filters.text ?? ''}
          onSearch={(text) => onChange({ text })}
        />
        <TimeChoice view={view} onChange={onChange} />
        <SmallSelect
          label={t('usage.dimensions.status')}
          value={view.status ?? ''}
          onChange={(event) => onChange({ status: event.target.value })}
        >
          <option value="">{t('requests.anyOf', { name: t('usage.dimensions.status') })}</option>
          {STATUSES.map((status) => (
            <option key={status} value={status}>
              {t(`usage.statuses.${status}`)}
            </option>
          ))}
        </SmallSelect>
        <Choice name="project" rows={projects.data?.data} view={view} onChange={onChange} />
        <Choice name="key" rows={keys.data?.data} view={view} onChange={onChange} />
        {view.isFiltered && (
          <Button look="quiet" icon="close" onClick={onClear}>
            {t('requests.clear')}
          </Button>
        )}
      </div>
      <MoreFilters view={view} onChange={onChange} />
    </div>
  );
}

function MoreFilters({ view, onChange }: Omit<FiltersProps, 'onClear'>) {
  const { t } = useWords();
  const place = usePlace();
  const hasCosts = seesCosts(place);
  const manages = mayManage(place) && hasCosts;
  const connections = useAsk('listConnections', MANY, { enabled: manages });
  const set = MORE.filter(
    (name) => view.filters[name] !== undefined && (hasCosts || !OF_PROVIDERS.includes(name)),
  ).length;
  const providerIds = new Set(connections.data?.data.map(({ provider_id }) => provider_id));
  const providers = [...providerIds].toSorted().map((id) => ({ id, name: id }));
  const text = (name: Exclude<FilterName, 'text'>, hint?: string): ReactNode => (
    <TextFilter
      key={`${name} ${view.filters[name] ?? ''}`}
      label={t(`usage.dimensions.${name}`)}
      hint={hint}
      value={view.filters[name] ?? ''}
      onChange={(value) => onChange({ [name]: value })}
    />
  );
  return (
    <details open={set > 0 || undefined}>
      <summary className="w-fit rounded-md py-1 text-[13px] font-medium text-accent">
        {set === 0 ? t('requests.moreFilters') : t('requests.moreFiltersSet', { count: set })}
      </summary>
      <div className="grid gap-3 pt-2 sm:grid-cols-2 lg:grid-cols-5">
        {text('model', t('requests.modelHint'))}
        {text('application')}
        {text('end_user')}
        {manages ? (
          <>
            <LabelledChoice name="provider" rows={providers} view={view} onChange={onChange} />
            <LabelledChoice name="connection" rows={connections.data?.data} view={view} onChange={onChange} />
          </>
        ) : (
          hasCosts && text('provider')
        )}
      </div>
    </details>
  );
}

function TimeChoice({ view, onChange }: Omit<FiltersProps, 'onClear'>) {
  const { t } = useWords();
  const choose = (name: string): void =>
    onChange(
      name === 'custom'
        ? { range: undefined, from: view.from ?? new Date(Date.now() - 86_400_000).toISOString(), to: view.to }
        : { range: name === 'any' ? undefined : name, from: undefined, to: undefined },
    );
  return (
    <>
      <SmallSelect label={t('overview.range')} value={view.preset} onChange={(event) => choose(event.target.value)}>
        <option value="any">{t('requests.anyTime')}</option>
        <option value="1h">{t('requests.range1h')}</option>
        {RANGES.map((one) => (
          <option key={one} value={one}>
            {t(RANGE_WORDS[one])}
          </option>
        ))}
        <option value="custom">{t('requests.custom')}</option>
      </SmallSelect>
      {view.preset === 'custom' &&
        (['from', 'to'] as const).map((end) => (
          <input
            key={end}
            type="datetime-local"
            aria-label={t(`usage.${end}`)}
            className="h-9 max-w-full rounded-lg border border-edge bg-raised px-2.5 text-sm"
            value={localOf(view[end])}
            onChange={({ target: { value } }) =>
              onChange({ [end]: value === '' ? undefined : new Date(value).toISOString() })
            }
          />
        ))}
    </>
  );
}

type ChoiceProps = {
  readonly name: Exclude<FilterName, 'text'>;
  readonly rows: readonly { readonly id: string; readonly name: string }[] | undefined;
  readonly view: View;
  readonly onChange: ChangeView;
};

function Choice({ name, rows, view, onChange }: ChoiceProps) {
  const { t } = useWords();
  const word = t(`usage.dimensions.${name}`);
  return (
    <SmallSelect
      label={word}
      value={view.filters[name] ?? ''}
      onChange={(event) => onChange({ [name]: event.target.value })}
    >
      <option value="">{t('requests.anyOf', { name: word })}</option>
      <Options rows={rows} value={view.filters[name]} />
    </SmallSelect>
  );
}

function LabelledChoice({ name, rows, view, onChange }: ChoiceProps) {
  const { t } = useWords();
  const id = useId();
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {t(`usage.dimensions.${name}`)}
      </label>
      <select
        id={id}
        value={view.filters[name] ?? ''}
        onChange={(event) => onChange({ [name]: event.target.value })}
        className="h-9 w-full rounded-lg border border-edge bg-raised px-2.5 text-sm"
      >
        <option value="">{t('app.all')}</option>
        <Options rows={rows} value={view.filters[name]} />
      </select>
    </div>
  );
}

/** What an address names stays chosen, whether or not it is among the rows. */
function Options({ rows = [], value }: { readonly rows: ChoiceProps['rows']; readonly value: string | undefined }) {
  const isKnown = value === undefined || rows.some(({ id }) => id === value);
  return (
    <>
      {rows.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
      {!isKnown && <option value={value}>{value}</option>}
    </>
  );
}

/** Applies when it is left or by Enter, not by every letter. */
function TextFilter({
  label,
  hint,
  value,
  onChange,
}: {
  readonly label: string;
  readonly hint: string | undefined;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const [typed, setTyped] = useState(value);
  const apply = (): void => {
    if (typed.trim() !== value) onChange(typed.trim());
  };
  return (
    <TextField
      label={label}
      placeholder={hint}
      value={typed}
      maxLength={256}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={apply}
      onKeyDown={(event) => {
        if (event.key === 'Enter') apply();
      }}
    />
  );
}

/** A time as the browser's own field writes it: in the viewer's zone, to the minute. */
function localOf(iso: string | undefined): string {
  if (iso === undefined) return '';
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
