import { useState } from 'react';
import { useAsk } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import { count } from '../../format/amounts.ts';
import { Button } from '../../ui/button.tsx';
import { ChoiceTabs } from '../../ui/choice-tabs.tsx';
import { MoreRows } from '../../ui/more-rows.tsx';
import { Card, Empty, Loading, Notice, Problem } from '../../ui/parts.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { useWords } from '../../words/index.ts';
import { Chosen } from './chosen.tsx';
import { OfferTable } from './offer-table.tsx';
import { type ModelOffer, type SellingView, STATES } from './view.ts';

/** Every name that customers could be offered, and the way to publish many at once. */
export function Offers({ view }: { readonly view: SellingView }) {
  const { t, language } = useWords();
  const asked = useAsk('listModelOffers', { query: { ...view.filter, limit: 1 } }, { keepsLast: true });
  const counts = asked.data?.counts;
  return (
    <>
      {asked.data?.in_force === false && (
        <div className="mb-3">
          <Notice tone="calm">{t('selling.offers.notInForce')}</Notice>
        </div>
      )}
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <SearchField
          label={t('selling.offers.search')}
          value={view.search ?? ''}
          onSearch={(text) => view.say({ search: text }, 'replaced')}
        />
      </div>
      <ChoiceTabs
        label={t('selling.offers.statesLabel')}
        tabs={STATES.map((name) => {
          const state = t(`selling.offers.states.${name}`);
          const title =
            counts === undefined
              ? state
              : t('selling.offers.stateCount', { state, count: count(counts[name], language) });
          return { name, title };
        })}
        open={view.state}
        onOpen={(name) => view.say({ state: name === 'all' ? undefined : name })}
      />
      <OfferList key={JSON.stringify(view.query)} view={view} total={counts?.[view.state]} />
    </>
  );
}

function OfferList({ view, total }: { readonly view: SellingView; readonly total: number | undefined }) {
  const list = useRows('listModelOffers', { limit: 100, ...view.query });
  const [chosen, setChosen] = useState<ReadonlyMap<string, ModelOffer>>(new Map());
  const toggle = (offers: readonly ModelOffer[], isOn: boolean): void => {
    const next = new Map(chosen);
    for (const offer of offers) {
      if (isOn) next.set(offer.name, offer);
      else next.delete(offer.name);
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
          <Chosen view={view} chosen={chosen} total={total} onAll={toggle} onNone={() => setChosen(new Map())} />
          <OfferTable rows={rows} view={view} chosen={chosen} onToggle={toggle} />
        </>
      )}
      <MoreRows hasMore={list.hasMore} isBusy={list.isLoadingMore} onMore={list.loadMore} />
    </Card>
  );
}

function Nothing({ view: { state, search, say } }: { readonly view: SellingView }) {
  const { t } = useWords();
  if (search !== undefined) {
    return (
      <Empty icon="filter" title={t('selling.offers.emptyFiltered')}>
        <Button onClick={() => say({ search: undefined, state: undefined })}>{t('selling.offers.clear')}</Button>
      </Empty>
    );
  }
  if (state === 'all') {
    return <Empty icon="models" title={t('selling.offers.emptyTitle')} text={t('selling.offers.emptyText')} />;
  }
  return <Empty icon={state === 'published' ? 'models' : 'check'} title={t(`selling.offers.emptyStates.${state}`)} />;
}
