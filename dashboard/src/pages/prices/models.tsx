import { useState } from 'react';
import { useAsk } from '../../api/hooks.ts';
import { everyRow, useRows } from '../../api/pages.ts';
import type { ChargedPrice } from '../../api/types.ts';
import { useToast } from '../../app/toasts.tsx';
import { count } from '../../format/amounts.ts';
import { Button } from '../../ui/button.tsx';
import { ChoiceTabs } from '../../ui/choice-tabs.tsx';
import { NamedSelect, SmallSelect } from '../../ui/field.tsx';
import { MoreRows } from '../../ui/more-rows.tsx';
import { Card, Empty, Loading, Problem } from '../../ui/parts.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { useWords } from '../../words/index.ts';
import { BulkDialog } from './bulk-dialog.tsx';
import type { RulesInForce } from './marks.tsx';
import { PriceTable } from './price-table.tsx';
import { type ModelAt, nameOf } from './types.ts';
import { useRuleWords } from './use-rules.ts';
import { KINDS, type PricesView } from './view.ts';

/** Every model with what it costs and what is charged, and the way to change it for many at once. */
export function Models({ view, rules }: { readonly view: PricesView; readonly rules: RulesInForce }) {
  const { query, filter } = view;
  const counted = useAsk('listChargedPrices', { query: { ...filter, limit: 1 } }, { keepsLast: true });
  return (
    <>
      <Filters view={view} providers={counted.data?.providers ?? []} />
      <Kinds view={view} counts={counted.data?.counts} />
      <ModelList key={JSON.stringify(query)} view={view} rules={rules} total={counted.data?.counts[view.kind]} />
    </>
  );
}

function Filters({ view, providers }: { readonly view: PricesView; readonly providers: readonly string[] }) {
  const { t } = useWords();
  const { groups, providerName } = useRuleWords();
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <SearchField
        label={t('prices.search')}
        value={view.search ?? ''}
        onSearch={(text) => view.say({ search: text }, 'replaced')}
      />
      <SmallSelect
        label={t('prices.provider')}
        value={view.provider ?? ''}
        onChange={(event) => view.say({ provider: event.target.value || undefined })}
      >
        <option value="">{t('prices.anyProvider')}</option>
        {providers.map((id) => (
          <option key={id} value={id}>
            {providerName(id)}
          </option>
        ))}
      </SmallSelect>
      <NamedSelect
        label={t('prices.asPaidBy')}
        value={view.groupId ?? ''}
        onChange={(event) => view.say({ group: event.target.value || undefined })}
      >
        <option value="">{t('prices.everybody')}</option>
        {groups.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </NamedSelect>
    </div>
  );
}

type KindsProps = {
  readonly view: PricesView;
  readonly counts: Readonly<Record<(typeof KINDS)[number], number>> | undefined;
};

function Kinds({ view, counts }: KindsProps) {
  const { t, language } = useWords();
  return (
    <ChoiceTabs
      label={t('prices.kindsLabel')}
      tabs={KINDS.map((name) => ({
        name,
        title:
          counts === undefined
            ? t(`prices.kinds.${name}`)
            : t('prices.kindCount', { kind: t(`prices.kinds.${name}`), count: count(counts[name], language) }),
      }))}
      open={view.kind}
      onOpen={(name) => view.say({ only: name === 'all' ? undefined : name })}
    />
  );
}

type ModelListProps = {
  readonly view: PricesView;
  readonly rules: RulesInForce;
  readonly total: number | undefined;
};

function ModelList({ view, rules, total }: ModelListProps) {
  const list = useRows('listChargedPrices', { limit: 100, ...view.query });
  const [chosen, setChosen] = useState<ReadonlyMap<string, ModelAt>>(new Map());
  const [isChanging, setIsChanging] = useState(false);
  const toggle = (models: readonly ModelAt[], isOn: boolean): void => {
    const next = new Map(chosen);
    for (const model of models) {
      if (isOn) next.set(nameOf(model), { provider_id: model.provider_id, model: model.model });
      else next.delete(nameOf(model));
    }
    setChosen(next);
  };
  const { rows } = list;
  return (
    <Card>
      <Problem error={list.error} onRetry={list.reload} />
      {rows === undefined && list.error === null && <Loading rows={10} />}
      {rows?.length === 0 && <Nothing view={view} />}
      {rows !== undefined && rows.length > 0 && (
        <>
          <Chosen
            view={view}
            chosen={chosen}
            total={total}
            onAll={toggle}
            onNone={() => setChosen(new Map())}
            onChange={() => setIsChanging(true)}
          />
          <PriceTable rows={rows} rules={rules} said={view.said} chosen={chosen} onToggle={toggle} />
        </>
      )}
      <MoreRows hasMore={list.hasMore} isBusy={list.isLoadingMore} onMore={list.loadMore} />
      {isChanging && (
        <BulkDialog
          models={[...chosen.values()]}
          rules={rules}
          groupId={view.groupId}
          provider={view.provider}
          onDone={() => setChosen(new Map())}
          onClose={() => setIsChanging(false)}
        />
      )}
    </Card>
  );
}

type ChosenProps = {
  readonly view: PricesView;
  readonly chosen: ReadonlyMap<string, ModelAt>;
  readonly total: number | undefined;
  readonly onAll: (models: readonly ModelAt[], isOn: true) => void;
  readonly onNone: () => void;
  readonly onChange: () => void;
};

/** What is chosen, the way to all that the filter shows, and what can be done with it. */
function Chosen({ view, chosen, total, onAll, onNone, onChange }: ChosenProps) {
  const { t, language } = useWords();
  const all = useAll(view);
  const isSome = chosen.size > 0;
  return (
    <div
      className={`mb-3 flex flex-wrap items-center gap-2 rounded-lg px-3.5 py-2 ${isSome ? 'bg-accent-ground' : 'bg-ground'}`}
    >
      <span role="status" className={`mr-auto ${isSome ? 'font-medium text-accent' : 'text-dim'}`}>
        {isSome
          ? t('prices.selected', { count: chosen.size, text: count(chosen.size, language) })
          : t('prices.noneSelected')}
      </span>
      {isSome && total !== undefined && chosen.size < total && (
        <Button isBusy={all.isBusy} onClick={() => void all.load((models) => onAll(models, true))}>
          {t('prices.selectAll', { count: total, text: count(total, language) })}
        </Button>
      )}
      {isSome && (
        <Button look="quiet" onClick={onNone}>
          {t('prices.selectNone')}
        </Button>
      )}
      <Button look={isSome ? 'primary' : 'plain'} onClick={onChange}>
        {t(isSome ? 'prices.changeSelected' : 'prices.changeMany')}
      </Button>
    </div>
  );
}

/** Reads every page of what the filter shows. */
function useAll({ query }: PricesView) {
  const toast = useToast();
  const { t } = useWords();
  const [isBusy, setIsBusy] = useState(false);
  const load = async (use: (models: readonly ChargedPrice[]) => void): Promise<void> => {
    setIsBusy(true);
    try {
      use(await everyRow('listChargedPrices', query));
    } catch {
      toast(t('errors.unavailable'), 'bad');
    } finally {
      setIsBusy(false);
    }
  };
  return { isBusy, load };
}

function Nothing({ view: { kind, provider, search, say } }: { readonly view: PricesView }) {
  const { t } = useWords();
  if (provider === undefined && search === undefined) {
    return kind === 'all' ? (
      <Empty icon="prices" title={t('prices.emptyTitle')} text={t('prices.emptyText')} />
    ) : (
      <Empty icon="check" title={t(`prices.emptyKinds.${kind}`)} />
    );
  }
  return (
    <Empty icon="filter" title={t('prices.emptyFiltered')}>
      <Button onClick={() => say({ provider: undefined, search: undefined, only: undefined })}>
        {t('prices.clear')}
      </Button>
    </Empty>
  );
}
