import type { ReactNode } from 'react';
import { usePlace } from '../../app/session.tsx';
import { PageHeader } from '../../ui/parts.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useWords } from '../../words/index.ts';

const OF_OPERATOR = [
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

/** The head of each part of the page: those of one organization, and below them those of all, for who runs the hub. */
export function CreditHeader({
  current,
  children,
}: {
  readonly current: (typeof OF_OPERATOR)[number] | 'organization' | 'buy' | 'statements';
  readonly children?: ReactNode;
}) {
  const { t } = useWords();
  const { isOperator, name } = usePlace();
  const ofAll = OF_OPERATOR.find((tab) => tab === current);
  return (
    <>
      <PageHeader title={t('credit.title')} intro={t('credit.intro')}>
        {children}
      </PageHeader>
      <Tabs
        label={t('credit.title')}
        current={ofAll === undefined ? current : OF_OPERATOR[0]}
        tabs={[
          { name: 'organization', word: name },
          { name: 'statements', word: t('credit.statements.tab') },
          { name: 'buy', word: t('credit.buy.tab') },
          ...(isOperator ? [{ name: OF_OPERATOR[0], word: t('credit.ofAll') }] : []),
        ]}
      />
      {isOperator && ofAll !== undefined && (
        <Tabs
          label={t('credit.ofAll')}
          current={ofAll}
          isBelow
          tabs={OF_OPERATOR.map((tab) => ({ name: tab, word: t(`credit.tabs.${tab}`) }))}
        />
      )}
    </>
  );
}
