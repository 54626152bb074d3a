import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import type { Organization } from '../../api/types.ts';
import { useAddress } from '../../app/address.ts';
import { useToast } from '../../app/toasts.tsx';
import { date } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { SmallSelect, TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { optionalTextOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { List, OpenButton } from '../../ui/list.tsx';
import { Card, Empty } from '../../ui/parts.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { useWords } from '../../words/index.ts';
import { OrganizationPanel, OrganizationState } from './organization-panel.tsx';

const STATES = ['active', 'suspended', 'closed'] as const satisfies readonly Organization['state'][];

/** All organizations of the installation. */
export function Organizations() {
  const { t, language } = useWords();
  const {
    said: { search = '', state = '', open },
    say,
  } = useAddress();
  const [isMaking, setIsMaking] = useState(false);
  const known = STATES.find((one) => one === state);
  const list = useRows('listOrganizations', {
    ...(search === '' ? {} : { search }),
    ...(known === undefined ? {} : { state: known }),
  });
  return (
    <Card>
      <div className="mb-3 flex flex-wrap gap-2">
        <SearchField
          label={t('system.organizations.search')}
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
        <Button look="primary" icon="plus" className="sm:ml-auto" onClick={() => setIsMaking(true)}>
          {t('system.organizations.make')}
        </Button>
      </div>
      <List
        list={list}
        label={t('system.tabs.organizations')}
        keyOf={({ id }) => id}
        empty={<Empty icon="organization" title={t('app.nothingFound')} />}
        columns={[
          {
            name: 'name',
            head: t('app.name'),
            cell: ({ id, name }) => <OpenButton onOpen={() => say({ open: id })}>{name}</OpenButton>,
          },
          {
            name: 'state',
            head: t('app.state'),
            cell: (organization) => <OrganizationState organization={organization} />,
          },
          {
            name: 'kind',
            head: t('organization.settings.kind'),
            isMinor: true,
            cell: ({ kind }) => t(`organization.settings.kinds.${kind}`),
          },
          {
            name: 'created',
            head: t('app.createdAt'),
            isMinor: true,
            cell: ({ created_at }) => date(created_at, language),
          },
          {
            name: 'id',
            head: 'ID',
            isMinor: true,
            cell: ({ id }) => <code className="text-xs text-dim">{id}</code>,
          },
        ]}
      />
      {isMaking && <NewOrganization onClose={() => setIsMaking(false)} onMade={(id) => say({ open: id })} />}
      {open !== undefined && <OrganizationPanel id={open} onClose={() => say({ open: undefined })} />}
    </Card>
  );
}

type NewProps = { readonly onClose: () => void; readonly onMade: (id: string) => void };

function NewOrganization({ onClose, onMade }: NewProps) {
  const { t } = useWords();
  const toast = useToast();
  const make = useChange('createOrganization', ['listOrganizations']);
  const submit = (fields: FormData): void => {
    const owner = optionalTextOf(fields, 'owner');
    make.mutate(
      { body: { name: textOf(fields, 'name'), ...(owner === undefined ? {} : { owner_email: owner }) } },
      {
        onSuccess: ({ organization, owner_invitation: invitation }) => {
          if (invitation !== undefined) toast(t('organization.invitations.invited', { email: invitation.email }));
          onClose();
          onMade(organization.id);
        },
      },
    );
  };
  return (
    <FormDialog
      title={t('system.organizations.make')}
      action={t('app.create')}
      error={make.error}
      isBusy={make.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={t('app.name')}
        name="name"
        required
        maxLength={100}
        autoFocus
        problem={problemOf(make.error, 'name')}
      />
      <TextField
        label={t('system.organizations.owner')}
        name="owner"
        type="email"
        isOptional
        hint={t('system.organizations.ownerHint')}
        problem={problemOf(make.error, 'owner_email')}
      />
    </FormDialog>
  );
}
