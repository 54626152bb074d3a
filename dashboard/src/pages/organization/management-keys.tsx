import { useState } from 'react';
import { useAsk } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import type { ManagementKey } from '../../api/types.ts';
import { usePlace } from '../../app/session.tsx';
import { ago, date } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty, type Tone } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { ManagementKeyActs } from './management-key-acts.tsx';
import { ManagementKeyForm } from './management-key-form.tsx';
import { mayMakeManagementKeys } from './may.ts';
import { nameOf } from './member-state.tsx';

const TONE_OF = { active: 'good', expired: 'warn', revoked: 'bad' } as const satisfies Record<
  ManagementKey['state'],
  Tone
>;

/** Keys for programs that manage the organization. */
export function ManagementKeys() {
  const { t, language } = useWords();
  const place = usePlace();
  const [editing, setEditing] = useState<ManagementKey | 'new'>();
  const list = useRows('listManagementKeys', {});
  const owners = useOwnerNames();
  const make = mayMakeManagementKeys(place) && place.memberId !== undefined && (
    <Button look="primary" icon="plus" onClick={() => setEditing('new')}>
      {t('organization.managementKeys.make')}
    </Button>
  );
  return (
    <Card title={t('organization.tabs.management-keys')} action={make}>
      <List
        list={list}
        label={t('organization.tabs.management-keys')}
        keyOf={({ id }) => id}
        empty={
          <Empty
            icon="keys"
            title={t('organization.managementKeys.emptyTitle')}
            text={t('organization.managementKeys.emptyText')}
          />
        }
        columns={[
          {
            name: 'name',
            head: t('app.name'),
            cell: ({ name, masked }) => (
              <div className="min-w-36">
                <p className="font-medium">{name}</p>
                <p className="font-mono text-xs text-dim">{masked}</p>
              </div>
            ),
          },
          {
            name: 'state',
            head: t('app.state'),
            cell: ({ state }) => (
              <Badge tone={TONE_OF[state]}>{t(`organization.managementKeys.states.${state}`)}</Badge>
            ),
          },
          {
            name: 'owner',
            head: t('organization.managementKeys.owner'),
            isMinor: true,
            cell: ({ member_id, service_account_id }) => owners.get(member_id ?? service_account_id ?? '') ?? '–',
          },
          {
            name: 'scopes',
            head: t('organization.managementKeys.scopes'),
            isMinor: true,
            cell: ({ scopes }) => (
              <span title={scopes.join(', ')}>
                {t('organization.managementKeys.scopeCount', { count: scopes.length })}
              </span>
            ),
          },
          {
            name: 'used',
            head: t('app.lastUsed'),
            isMinor: true,
            cell: ({ last_used_at }) => (last_used_at === undefined ? t('app.never') : ago(last_used_at, language)),
          },
          {
            name: 'expires',
            head: t('organization.managementKeys.expires'),
            isMinor: true,
            cell: ({ expires_at }) => (expires_at === undefined ? '–' : date(expires_at, language)),
          },
          {
            name: 'actions',
            head: <span className="sr-only">{t('app.actions')}</span>,
            isNumber: true,
            cell: (key) =>
              mayMakeManagementKeys(place) && <ManagementKeyActs managementKey={key} onEdit={() => setEditing(key)} />,
          },
        ]}
      />
      {editing !== undefined && (
        <ManagementKeyForm
          managementKey={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      )}
    </Card>
  );
}

/** Members and service accounts by their ids. */
function useOwnerNames(): ReadonlyMap<string, string> {
  const members = useAsk('listMembers', { query: { limit: 200 } });
  const accounts = useAsk('listServiceAccounts', { query: { limit: 200 } });
  return new Map([
    ...(members.data?.data ?? []).map((member) => [member.id, nameOf(member)] as const),
    ...(accounts.data?.data ?? []).map(({ id, name }) => [id, name] as const),
  ]);
}
