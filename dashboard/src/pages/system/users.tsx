import { useRows } from '../../api/pages.ts';
import type { Account } from '../../api/types.ts';
import { useAddress } from '../../app/address.ts';
import { ago, date } from '../../format/times.ts';
import { SmallSelect } from '../../ui/field.tsx';
import { List, OpenButton } from '../../ui/list.tsx';
import { Badge, Card, Empty } from '../../ui/parts.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { useWords } from '../../words/index.ts';
import { UserPanel } from './user-panel.tsx';
import { UserState } from './user-state.tsx';

const STATES = [
  'awaiting_approval',
  'active',
  'suspended',
  'closed',
  'erased',
] as const satisfies readonly Account['state'][];

/** Everybody who has an account on the hub. */
export function Users() {
  const { t, language } = useWords();
  const {
    said: { search = '', state = '', open },
    say,
  } = useAddress();
  const known = STATES.find((one) => one === state);
  const list = useRows('listUsers', {
    ...(search === '' ? {} : { search }),
    ...(known === undefined ? {} : { state: known }),
  });
  return (
    <Card>
      <div className="mb-3 flex flex-wrap gap-2">
        <SearchField
          label={t('organization.members.search')}
          value={search}
          onSearch={(text) => say({ search: text }, 'replaced')}
        />
        <SmallSelect label={t('app.state')} value={state} onChange={(event) => say({ state: event.target.value })}>
          <option value="">{t('app.all')}</option>
          {STATES.map((one) => (
            <option key={one} value={one}>
              {t(`organization.userStates.${one}`)}
            </option>
          ))}
        </SmallSelect>
      </div>
      <List
        list={list}
        label={t('system.tabs.users')}
        keyOf={({ id }) => id}
        empty={<Empty icon="user" title={t('app.nothingFound')} />}
        columns={[
          {
            name: 'person',
            head: t('system.users.person'),
            cell: (user) => (
              <>
                <OpenButton onOpen={() => say({ open: user.id })}>{user.name ?? user.email ?? user.id}</OpenButton>
                {user.name !== undefined && <p className="text-[13px] wrap-anywhere text-dim">{user.email}</p>}
              </>
            ),
          },
          {
            name: 'state',
            head: t('app.state'),
            cell: (user) => (
              <span className="flex flex-wrap gap-1">
                <UserState user={user} />
                {user.is_operator && <Badge tone="accent">{t('system.users.operator')}</Badge>}
              </span>
            ),
          },
          {
            name: 'seen',
            head: t('system.users.seen'),
            isMinor: true,
            cell: ({ last_seen_at }) => (last_seen_at === undefined ? t('app.never') : ago(last_seen_at, language)),
          },
          {
            name: 'created',
            head: t('app.createdAt'),
            isMinor: true,
            cell: ({ created_at }) => date(created_at, language),
          },
        ]}
      />
      {open !== undefined && <UserPanel id={open} onClose={() => say({ open: undefined })} />}
    </Card>
  );
}
