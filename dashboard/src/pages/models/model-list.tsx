import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useRows } from '../../api/pages.ts';
import type { Model } from '../../api/types.ts';
import { usePlace } from '../../app/session.tsx';
import { Button } from '../../ui/button.tsx';
import { MoreRows } from '../../ui/more-rows.tsx';
import { Card, Empty, Loading, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { ModelTable } from './model-table.tsx';
import { Selected } from './selected.tsx';
import type { Connections } from './use-connections.ts';
import type { CardOf } from './use-prices.ts';
import type { View } from './view.ts';

type ModelListProps = {
  readonly view: View;
  readonly connections: Connections;
  readonly cardOf: CardOf;
  readonly search: Readonly<Record<string, string | undefined>>;
  readonly onClear: () => void;
};

export function ModelList({ view, connections, cardOf, search, onClear }: ModelListProps) {
  const list = useRows('listModels', { limit: 100, ...view.query }, { keepsLast: true });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { rows } = list;
  const selected = rows?.filter(({ id }) => chosen.has(id)) ?? [];
  const toggle = (models: readonly Model[], isOn: boolean): void => {
    const next = new Set(chosen);
    for (const { id } of models) {
      if (isOn) next.add(id);
      else next.delete(id);
    }
    setChosen(next);
  };
  return (
    <Card>
      <Problem error={list.error} onRetry={list.reload} />
      {rows === undefined && list.error === null && <Loading rows={10} />}
      {rows?.length === 0 && <Nothing isFiltered={view.isFiltered} onClear={onClear} />}
      {rows !== undefined && rows.length > 0 && (
        <>
          <Selected models={selected} onDone={() => setChosen(new Set())} />
          <ModelTable
            rows={rows}
            connections={connections}
            cardOf={cardOf}
            search={search}
            chosen={chosen}
            onToggle={toggle}
          />
        </>
      )}
      <MoreRows hasMore={list.hasMore} isBusy={list.isLoadingMore} onMore={list.loadMore} />
    </Card>
  );
}

function Nothing({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  const { t } = useWords();
  const { organizationId } = usePlace();
  if (isFiltered) {
    return (
      <Empty icon="filter" title={t('models.emptyFiltered')}>
        <Button onClick={onClear}>{t('models.clear')}</Button>
      </Empty>
    );
  }
  return (
    <Empty icon="models" title={t('models.emptyTitle')} text={t('models.emptyText')}>
      <Link to="/$organizationId/start" params={{ organizationId }} className="text-accent underline">
        {t('app.pages.start')}
      </Link>
    </Empty>
  );
}
