import { seesCosts, usePlace } from '../../app/session.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useWords } from '../../words/index.ts';

export function UsageTabs({ current }: { readonly current: 'explore' | 'savings' | 'chargeback' }) {
  const { t } = useWords();
  // What calls will have cost, and what could have cost less, is for who sees costs.
  if (!seesCosts(usePlace())) return null;
  return (
    <Tabs
      label={t('usage.title')}
      tabs={[
        { name: 'explore', word: t('usage.explore') },
        { name: 'savings', word: t('savings.title') },
        { name: 'chargeback', word: t('usage.chargeback.title') },
      ]}
      current={current}
    />
  );
}
