import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import type { ServiceAccount } from '../../api/types.ts';
import { mayManage, usePlace } from '../../app/session.tsx';
import { useToast } from '../../app/toasts.tsx';
import { date } from '../../format/times.ts';
import { Act } from '../../ui/act.tsx';
import { Button } from '../../ui/button.tsx';
import { SelectField, Switch, TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { problemOf, textOf } from '../../ui/form-fields.ts';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty, useProblemText } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { mayGive, ROLES, type Role } from './may.ts';

/** Machines that hold keys which belong to no person. */
export function ServiceAccounts() {
  const { t, language } = useWords();
  const place = usePlace();
  const [editing, setEditing] = useState<ServiceAccount | 'new'>();
  const list = useRows('listServiceAccounts', {});
  const make = mayManage(place) && (
    <Button look="primary" icon="plus" onClick={() => setEditing('new')}>
      {t('organization.serviceAccounts.make')}
    </Button>
  );
  return (
    <Card title={t('organization.tabs.service-accounts')} action={make}>
      <List
        list={list}
        label={t('organization.tabs.service-accounts')}
        keyOf={({ id }) => id}
        empty={
          <Empty
            icon="system"
            title={t('organization.serviceAccounts.emptyTitle')}
            text={t('organization.serviceAccounts.emptyText')}
          />
        }
        columns={[
          {
            name: 'name',
            head: t('app.name'),
            cell: ({ name, role }) => (
              <>
                <p className="font-medium wrap-anywhere">{name}</p>
                <p className="text-dim md:hidden">{t(`organization.roles.${role}`)}</p>
              </>
            ),
          },
          {
            name: 'role',
            head: t('organization.role'),
            isMinor: true,
            cell: ({ role }) => t(`organization.roles.${role}`),
          },
          {
            name: 'state',
            head: t('app.state'),
            cell: ({ state }) => (
              <Badge tone={state === 'active' ? 'good' : 'calm'}>
                {state === 'active' ? t('organization.active') : t('organization.disabled')}
              </Badge>
            ),
          },
          {
            name: 'created',
            head: t('app.createdAt'),
            isMinor: true,
            cell: ({ created_at }) => date(created_at, language),
          },
          {
            name: 'actions',
            head: <span className="sr-only">{t('app.actions')}</span>,
            isNumber: true,
            cell: (account) =>
              mayManage(place) &&
              mayGive(place, account.role) && <AccountActs account={account} onEdit={() => setEditing(account)} />,
          },
        ]}
      />
      {editing !== undefined && (
        <AccountForm account={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />
      )}
    </Card>
  );
}

function AccountActs({ account, onEdit }: { readonly account: ServiceAccount; readonly onEdit: () => void }) {
  const { t } = useWords();
  const toast = useToast();
  const problemText = useProblemText();
  const change = useChange('updateServiceAccount', ['listServiceAccounts']);
  const { id, name, state, revision } = account;
  const params = { service_account_id: id };
  return (
    <div className="flex items-center justify-end gap-1">
      <Switch
        label={`${state === 'active' ? t('organization.disable') : t('organization.enable')}: ${name}`}
        isOn={state === 'active'}
        disabled={change.isPending}
        onChange={(isOn) =>
          change.mutate(
            { params, body: { state: isOn ? 'active' : 'disabled' }, revision },
            { onError: (error) => toast(problemText(error), 'bad') },
          )
        }
      />
      <Button look="quiet" icon="start" label={`${t('app.edit')}: ${name}`} onClick={onEdit} />
      <Act
        operation="deleteServiceAccount"
        taken={{ params, revision }}
        changes={['listServiceAccounts', 'listManagementKeys', 'listKeys']}
        label={t('app.remove')}
        of={name}
        icon="trash"
        look="quiet"
        confirm={t('organization.serviceAccounts.removeText', { name })}
      />
    </div>
  );
}

type AccountFormProps = { readonly account: ServiceAccount | undefined; readonly onClose: () => void };

function AccountForm({ account, onClose }: AccountFormProps) {
  const { t } = useWords();
  const place = usePlace();
  const make = useChange('createServiceAccount', ['listServiceAccounts']);
  const change = useChange('updateServiceAccount', ['listServiceAccounts']);
  const [role, setRole] = useState<Role>(account?.role ?? 'developer');
  const error = make.error ?? change.error;
  const submit = (fields: FormData): void => {
    const body = { name: textOf(fields, 'name'), role };
    if (account === undefined) make.mutate({ body }, { onSuccess: onClose });
    else {
      const params = { service_account_id: account.id };
      change.mutate({ params, body, revision: account.revision }, { onSuccess: onClose });
    }
  };
  return (
    <FormDialog
      title={account === undefined ? t('organization.serviceAccounts.make') : `${t('app.edit')}: ${account.name}`}
      action={account === undefined ? t('app.create') : t('app.save')}
      error={error}
      isBusy={make.isPending || change.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={t('app.name')}
        name="name"
        required
        maxLength={100}
        autoFocus
        defaultValue={account?.name}
        problem={problemOf(error, 'name')}
      />
      <SelectField
        label={t('organization.role')}
        value={role}
        hint={t(`organization.rolesMean.${role}`)}
        problem={problemOf(error, 'role')}
        onChange={(event) => setRole(ROLES.find((one) => one === event.target.value) ?? role)}
      >
        {ROLES.filter((one) => mayGive(place, one)).map((one) => (
          <option key={one} value={one}>
            {t(`organization.roles.${one}`)}
          </option>
        ))}
      </SelectField>
    </FormDialog>
  );
}
