import type { ReactNode } from 'react';
import { usePlace } from '../../app/session.tsx';
import { PageHeader } from '../../ui/parts.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useWords } from '../../words/index.ts';

const TABS = [
  'accounts',
  'revenue',
  'sale',
  'purchases',
  'customers',
  'lists',
  'codes',
  'starters',
  'review',
  'ledger',
] as const;

/** The head of each part of the page. */
export function CreditHeader({
  current,
  children,
}: {
  readonly current: (typeof TABS)[number] | 'organization' | 'buy';
  readonly children?: ReactNode;
}) {
  const { t } = useWords();
  const { isOperator, name } = usePlace();
  return (
    <>
      <PageHeader title={t('credit.title')} intro={t('credit.intro')}>
        {children}
      </PageHeader>
      <Tabs
        label={t('credit.title')}
        current={current}
        tabs={[
          { name: 'organization', word: name },
          { name: 'buy', word: t('credit.buy.tab') },
          ...(isOperator ? TABS : []).map((tab) => ({ name: tab, word: t(`credit.tabs.${tab}`) })),
        ]}
      />
    </>
  );
}
