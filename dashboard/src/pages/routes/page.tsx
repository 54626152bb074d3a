import { useState } from 'react';
import type { Route } from '../../api/types.ts';
import { useAddress } from '../../app/address.ts';
import { Button } from '../../ui/button.tsx';
import { PageHeader } from '../../ui/parts.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useWords } from '../../words/index.ts';
import { Explain } from './explain.tsx';
import { Health } from './health.tsx';
import { RouteForm } from './route-form.tsx';
import { RouteList } from './route-list.tsx';

const TABS = ['routes', 'health', 'explain'] as const;

/** How names are served, how their deployments stand, and what would happen to a request. */
export function Page() {
  const { t } = useWords();
  const { said } = useAddress();
  const tab = TABS.find((name) => name === said['tab']) ?? 'routes';
  const [edited, setEdited] = useState<Route | 'new'>();
  return (
    <>
      <PageHeader title={t('routes.title')} intro={t('routes.intro')}>
        {tab === 'routes' && (
          <Button look="primary" icon="plus" onClick={() => setEdited('new')}>
            {t('routes.add')}
          </Button>
        )}
      </PageHeader>
      <Tabs
        label={t('routes.title')}
        tabs={TABS.map((name) => ({ name, word: t(`routes.tabs.${name}`) }))}
        current={tab}
      />
      {tab === 'routes' && <RouteList onEdit={setEdited} />}
      {tab === 'health' && <Health />}
      {tab === 'explain' && <Explain />}
      {edited !== undefined && (
        <RouteForm route={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />
      )}
    </>
  );
}
