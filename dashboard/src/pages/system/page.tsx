import type { ReactNode } from 'react';
import { useAddress } from '../../app/address.ts';
import { usePlace } from '../../app/session.tsx';
import { Empty, PageHeader } from '../../ui/parts.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useWords } from '../../words/index.ts';
import { SignOnList } from '../organization/sign-on.tsx';
import { Installation } from './installation.tsx';
import { Organizations } from './organizations.tsx';
import { Safety } from './safety.tsx';
import { Settings } from './settings.tsx';
import { Status } from './status.tsx';
import { Users } from './users.tsx';

const TABS = ['status', 'users', 'organizations', 'installation', 'sign-on', 'safety', 'settings'] as const;
type Tab = (typeof TABS)[number];

const PARTS: Readonly<Record<Tab, () => ReactNode>> = {
  status: Status,
  users: Users,
  organizations: Organizations,
  installation: Installation,
  'sign-on': () => <SignOnList owner="installation" />,
  safety: Safety,
  settings: Settings,
};

/** The installation, for who runs it. */
export function Page() {
  const { t } = useWords();
  const { isOperator } = usePlace();
  const {
    said: { tab },
  } = useAddress();
  const current = TABS.find((name) => name === tab) ?? 'status';
  const Part = PARTS[current];
  if (!isOperator) return <Empty icon="system" title={t('system.onlyOperators')} />;
  return (
    <>
      <PageHeader title={t('app.pages.system')} intro={t('system.intro')} />
      <Tabs
        label={t('app.pages.system')}
        tabs={TABS.map((name) => ({ name, word: t(`system.tabs.${name}`) }))}
        current={current}
      />
      <Part key={current} />
    </>
  );
}
