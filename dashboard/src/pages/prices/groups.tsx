import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import { useAddress } from '../../app/address.ts';
import { count } from '../../format/amounts.ts';
import { date } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { problemOf, textOf } from '../../ui/form-fields.ts';
import { List, OpenButton } from '../../ui/list.tsx';
import { Card, Empty } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { GroupPanel } from './group-panel.tsx';

/** The organizations that pay alike. */
export function Groups() {
  const { t, language } = useWords();
  const {
    said: { open },
    say,
  } = useAddress();
  const list = useRows('listCustomerGroups', { limit: 500 });
  const [isMaking, setIsMaking] = useState(false);
  const group = list.rows?.find(({ id }) => id === open);
  return (
    <Card
      title={<span className="font-normal text-dim">{t('prices.groupsIntro')}</span>}
      action={
        <Button look="primary" icon="plus" onClick={() => setIsMaking(true)}>
          {t('prices.newGroup')}
        </Button>
      }
    >
      <List
        list={list}
        label={t('prices.tabs.groups')}
        keyOf={({ id }) => id}
        empty={<Empty icon="organization" title={t('prices.noGroups')} text={t('prices.noGroupsText')} />}
        columns={[
          {
            name: 'name',
            head: t('app.name'),
            cell: ({ id, name }) => <OpenButton onOpen={() => say({ open: id })}>{name}</OpenButton>,
          },
          {
            name: 'organizations',
            head: t('prices.organizations'),
            isNumber: true,
            cell: ({ organization_ids }) => count(organization_ids.length, language),
          },
          {
            name: 'created',
            head: t('app.createdAt'),
            isMinor: true,
            cell: ({ created_at }) => date(created_at, language),
          },
        ]}
      />
      {isMaking && <NewGroup onMade={(id) => say({ open: id })} onClose={() => setIsMaking(false)} />}
      {group !== undefined && (
        <GroupPanel group={group} groups={list.rows ?? []} onClose={() => say({ open: undefined })} />
      )}
    </Card>
  );
}

type NewGroupProps = { readonly onMade: (id: string) => void; readonly onClose: () => void };

function NewGroup({ onMade, onClose }: NewGroupProps) {
  const { t } = useWords();
  const make = useChange('createCustomerGroup', ['listCustomerGroups']);
  const problem = problemOf(make.error, 'name');
  return (
    <FormDialog
      title={t('prices.newGroup')}
      action={t('app.create')}
      error={problem === undefined ? make.error : null}
      isBusy={make.isPending}
      onSubmit={(fields) =>
        make.mutate(
          { body: { name: textOf(fields, 'name') } },
          {
            onSuccess: ({ id }) => {
              onClose();
              onMade(id);
            },
          },
        )
      }
      onClose={onClose}
    >
      <TextField label={t('app.name')} name="name" required maxLength={100} autoFocus problem={problem} />
    </FormDialog>
  );
}
