import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { OperationId } from '../../api/call.ts';
import { useAsk, useChange } from '../../api/hooks.ts';
import type { CustomerGroup } from '../../api/types.ts';
import { Act } from '../../ui/act.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Problem } from '../../ui/parts.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Section } from '../../ui/section.tsx';
import { useWords } from '../../words/index.ts';
import { Rename } from '../organization/rename.tsx';

const CHANGES: readonly OperationId[] = ['listCustomerGroups', 'listChargedPrices'];
/** Organizations that a search shows. */
const FOUND_MAX = 10;

type GroupPanelProps = {
  readonly group: CustomerGroup;
  /** All of them, to say out of which an organization is taken. */
  readonly groups: readonly CustomerGroup[];
  readonly onClose: () => void;
};

/** One group: its name, and which organizations are in it. */
export function GroupPanel({ group, groups, onClose }: GroupPanelProps) {
  const { t } = useWords();
  const rename = useChange('updateCustomerGroup', CHANGES);
  const isEmpty = group.organization_ids.length === 0;
  return (
    <Dialog title={group.name} onClose={onClose} isPanel>
      <Link to="." search={{ group: group.id }} className="text-accent underline">
        {t('prices.seeGroupPrices')}
      </Link>
      <Rename
        key={group.name}
        name={group.name}
        isBusy={rename.isPending}
        error={rename.error}
        onRename={(name) => rename.mutate({ params: { customer_group_id: group.id }, body: { name } })}
      />
      <Section title={t('prices.organizations')}>
        <Members group={group} />
        <PutIn group={group} groups={groups} />
      </Section>
      <Section title={t('prices.removeGroup')}>
        <p className="text-dim">{t(isEmpty ? 'prices.removeGroupText' : 'prices.groupInUse')}</p>
        {isEmpty && (
          <div>
            <Act
              operation="deleteCustomerGroup"
              taken={{ params: { customer_group_id: group.id } }}
              changes={CHANGES}
              label={t('prices.removeGroup')}
              look="danger"
              confirm={t('prices.removeGroupConfirm', { name: group.name })}
              onDone={onClose}
            />
          </div>
        )}
      </Section>
    </Dialog>
  );
}

function Members({ group }: { readonly group: CustomerGroup }) {
  const { t } = useWords();
  const asked = useAsk('listOrganizations', { query: { limit: 500 } });
  const names = new Map(asked.data?.data.map(({ id, name }) => [id, name]));
  if (group.organization_ids.length === 0) return <p className="text-dim">{t('prices.nobodyInGroup')}</p>;
  return (
    <ul className="divide-y divide-line">
      {group.organization_ids.map((id) => (
        <li key={id} className="flex items-center justify-between gap-2 py-1.5">
          <span className="min-w-0 wrap-anywhere">{names.get(id) ?? id}</span>
          <Act
            operation="removeFromCustomerGroup"
            taken={{ params: { customer_group_id: group.id, organization_id: id } }}
            changes={CHANGES}
            label={t('prices.takeOut')}
            of={names.get(id) ?? id}
            icon="close"
            look="quiet"
          />
        </li>
      ))}
    </ul>
  );
}

/** Finds an organization and puts it into the group, and so out of any other. */
function PutIn({ group, groups }: Omit<GroupPanelProps, 'onClose'>) {
  const { t } = useWords();
  const [text, setText] = useState('');
  const found = useAsk(
    'listOrganizations',
    { query: { search: text, limit: FOUND_MAX } },
    { enabled: text !== '', keepsLast: true },
  );
  const shown = text === '' ? [] : (found.data?.data ?? []);
  const groupOf = (id: string): CustomerGroup | undefined =>
    groups.find(({ organization_ids }) => organization_ids.includes(id));
  return (
    <>
      <SearchField label={t('prices.searchOrganizations')} value={text} onSearch={(typed) => setText(typed ?? '')} />
      <Problem error={found.error} />
      {text !== '' && found.data !== undefined && shown.length === 0 && (
        <p className="text-dim">{t('app.nothingFound')}</p>
      )}
      <ul className="divide-y divide-line">
        {shown.map(({ id, name }) => (
          <li key={id} className="flex items-center justify-between gap-2 py-1.5">
            <span className="min-w-0 wrap-anywhere">
              {name}
              {groupOf(id)?.id !== group.id && groupOf(id) !== undefined && (
                <span className="block text-xs text-dim">{t('prices.leavesGroup', { name: groupOf(id)?.name })}</span>
              )}
            </span>
            {group.organization_ids.includes(id) ? (
              <span className="text-[13px] text-dim">{t('prices.isInGroup')}</span>
            ) : (
              <Act
                operation="addToCustomerGroup"
                taken={{ params: { customer_group_id: group.id, organization_id: id } }}
                changes={CHANGES}
                label={t('prices.putIn')}
                of={name}
              />
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
