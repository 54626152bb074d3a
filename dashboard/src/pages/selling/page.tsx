import { usePlace } from '../../app/session.tsx';
import { Empty, PageHeader } from '../../ui/parts.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useWords } from '../../words/index.ts';
import { OfferPanel } from './offer-panel.tsx';
import { Offers } from './offers.tsx';
import { Setup } from './setup.tsx';
import { TABS, useSellingView } from './view.ts';

/** What customers are offered, for who runs the hub. */
export function Page() {
  const { t } = useWords();
  const { isOperator } = usePlace();
  if (!isOperator) return <Empty icon="search" title={t('app.notFound')} />;
  return <Selling />;
}

function Selling() {
  const { t } = useWords();
  const view = useSellingView();
  return (
    <>
      <PageHeader title={t('selling.title')} intro={t('selling.intro')} />
      <Tabs
        label={t('selling.title')}
        tabs={TABS.map((name) => ({ name, word: t(`selling.tabs.${name}`) }))}
        current={view.tab}
      />
      {view.tab === 'setup' && <Setup />}
      {view.tab === 'offers' && <Offers view={view} />}
      {view.model !== undefined && (
        <OfferPanel key={view.model} name={view.model} onClose={() => view.say({ model: undefined })} />
      )}
    </>
  );
}
