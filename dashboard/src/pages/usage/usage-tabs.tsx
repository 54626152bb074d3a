import { Tabs } from '../../ui/tabs.tsx';
import { useWords } from '../../words/index.ts';

export function UsageTabs({ current }: { readonly current: 'explore' | 'savings' }) {
  const { t } = useWords();
  return (
    <Tabs
      label={t('usage.title')}
      tabs={[
        { name: 'explore', word: t('usage.explore') },
        { name: 'savings', word: t('savings.title') },
      ]}
      current={current}
    />
  );
}
