import type { ReactNode } from 'react';
import { useAsk } from '../../api/hooks.ts';
import { useAddress } from '../../app/address.ts';
import { usePlace } from '../../app/session.tsx';
import { PageHeader } from '../../ui/parts.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useWords } from '../../words/index.ts';
import { Invitations } from './invitations.tsx';
import { ManagementKeys } from './management-keys.tsx';
import { type Tab, tabsOf } from './may.ts';
import { Members } from './members.tsx';
import { Projects } from './projects.tsx';
import { Rules } from './rules.tsx';
import { ServiceAccounts } from './service-accounts.tsx';
import { Settings } from './settings.tsx';
import { SignOn } from './sign-on.tsx';
import { Teams } from './teams.tsx';
import { Webhooks } from './webhooks.tsx';

const PARTS: Readonly<Record<Tab, () => ReactNode>> = {
  members: Members,
  invitations: Invitations,
  teams: Teams,
  projects: Projects,
  'service-accounts': ServiceAccounts,
  'management-keys': ManagementKeys,
  rules: Rules,
  'sign-on': SignOn,
  webhooks: Webhooks,
  settings: Settings,
};

/** Who is in the organization, what belongs to it, and what holds there. */
export function Page() {
  const { t } = useWords();
  const place = usePlace();
  const {
    said: { tab },
  } = useAddress();
  // Who runs the hub and is no member knows the organization by its id alone.
  const asked = useAsk('getOwnOrganization', {}, { enabled: place.role === undefined });
  const tabs = tabsOf(place);
  const current = tabs.find((name) => name === tab) ?? tabs[0] ?? 'settings';
  const Part = PARTS[current];
  return (
    <>
      <PageHeader title={asked.data?.name ?? place.name} intro={t('organization.intro')} />
      <Tabs
        label={t('app.pages.organization')}
        tabs={tabs.map((name) => ({ name, word: t(`organization.tabs.${name}`) }))}
        current={current}
      />
      <Part key={current} />
    </>
  );
}
