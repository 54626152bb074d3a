import { maySetPrices, usePlace } from '../../app/session.tsx';
import { Empty, PageHeader } from '../../ui/parts.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useWords } from '../../words/index.ts';
import { Drift } from './drift.tsx';
import { Groups } from './groups.tsx';
import { ModelPanel } from './model-panel.tsx';
import { Models } from './models.tsx';
import { useRulesInForce } from './use-rules.ts';
import { TABS, usePricesView } from './view.ts';

/** What calls cost whoever pays for them with credit, for who sets it. */
export function Page() {
  const { t } = useWords();
  const place = usePlace();
  // Where nobody is charged there is no such page.
  if (!maySetPrices(place)) return <Empty icon="search" title={t('app.notFound')} />;
  return <Prices />;
}

function Prices() {
  const { t } = useWords();
  const view = usePricesView();
  const rules = useRulesInForce();
  return (
    <>
      <PageHeader title={t('prices.title')} intro={t('prices.intro')} />
      <Tabs
        label={t('prices.title')}
        tabs={TABS.map((name) => ({ name, word: t(`prices.tabs.${name}`) }))}
        current={view.tab}
      />
      {view.tab === 'models' && <Models view={view} rules={rules} />}
      {view.tab === 'groups' && <Groups />}
      {view.tab === 'drift' && <Drift />}
      {view.model !== undefined && (
        <ModelPanel
          key={view.model}
          name={view.model}
          groupId={view.groupId}
          rules={rules}
          onClose={() => view.say({ model: undefined })}
        />
      )}
    </>
  );
}
