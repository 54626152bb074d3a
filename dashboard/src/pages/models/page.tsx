import { useState } from 'react';
import { mayManage, seesCosts, usePlace } from '../../app/session.tsx';
import { Button } from '../../ui/button.tsx';
import { PageHeader } from '../../ui/parts.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useWords } from '../../words/index.ts';
import { AddModel } from './add-model.tsx';
import { Aliases } from './aliases.tsx';
import { CallableList, CallablePage } from './callable-list.tsx';
import { Identities } from './identities.tsx';
import { ModelFilters } from './model-filters.tsx';
import { ModelList } from './model-list.tsx';
import { ModelPanel } from './model-panel.tsx';
import { useConnections } from './use-connections.ts';
import { usePrices } from './use-prices.ts';
import { useView } from './view.ts';

/** The models: all that connections offer for who manages them, and what may be called for others. */
export function Page() {
  return mayManage(usePlace()) ? <ManagedModels /> : <CallablePage />;
}

/** What the connections offer, who may call it under which name, and what it costs. */
function ManagedModels() {
  const { t } = useWords();
  const connections = useConnections();
  const cardOf = usePrices();
  const { view, tabs, change, clear, search } = useView({ isPaying: !seesCosts(usePlace()) });
  const [isAdding, setIsAdding] = useState(false);
  return (
    <>
      <PageHeader
        title={t('models.title')}
        intro={t(view.tab === 'callable' ? 'models.callableIntro' : 'models.intro')}
      >
        {view.tab === 'models' && connections.all.length > 0 && (
          <Button look="primary" icon="plus" onClick={() => setIsAdding(true)}>
            {t('models.add')}
          </Button>
        )}
      </PageHeader>
      <Tabs
        label={t('models.title')}
        tabs={tabs.map((name) => ({ name, word: t(`models.tabs.${name}`) }))}
        current={view.tab}
      />
      {view.tab === 'models' && (
        <>
          <ModelFilters view={view} connections={connections} onChange={change} onClear={clear} />
          <ModelList view={view} connections={connections} cardOf={cardOf} search={search} onClear={clear} />
        </>
      )}
      {view.tab === 'callable' && <CallableList />}
      {view.tab === 'aliases' && <Aliases />}
      {view.tab === 'identities' && <Identities />}
      {view.model !== undefined && (
        <ModelPanel
          modelId={view.model}
          connections={connections}
          cardOf={cardOf}
          onClose={() => change({ model: undefined })}
        />
      )}
      {isAdding && (
        <AddModel
          connections={connections}
          onAdded={(model) => {
            setIsAdding(false);
            change({ model });
          }}
          onClose={() => setIsAdding(false)}
        />
      )}
    </>
  );
}
