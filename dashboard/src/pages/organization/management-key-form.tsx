import { useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import type { ManagementKey } from '../../api/types.ts';
import { mayManage, usePlace } from '../../app/session.tsx';
import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import { FormDialog, SecretDialog } from '../../ui/form-dialog.tsx';
import { endOfDay, linesOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { useWords } from '../../words/index.ts';
import { type Scope } from './may.ts';
import { isScope, ScopeChoice } from './scope-choice.tsx';

type FormProps = { readonly managementKey: ManagementKey | undefined; readonly onClose: () => void };

/** Makes a management key and shows its secret once, or changes what one may do. */
export function ManagementKeyForm({ managementKey: key, onClose }: FormProps) {
  const { t } = useWords();
  const make = useChange('createManagementKey', ['listManagementKeys']);
  const change = useChange('updateManagementKey', ['listManagementKeys']);
  const [scopes, setScopes] = useState<ReadonlySet<Scope>>(new Set((key?.scopes ?? []).filter(isScope)));
  const error = make.error ?? change.error;
  const submit = (fields: FormData): void => {
    const name = textOf(fields, 'name');
    const addresses = linesOf(fields, 'addresses');
    const expires = textOf(fields, 'expires');
    const owner = textOf(fields, 'owner');
    if (key === undefined) {
      make.mutate({
        body: {
          name,
          scopes: [...scopes],
          ...(owner === '' ? {} : { service_account_id: owner }),
          ...(addresses.length === 0 ? {} : { allowed_addresses: addresses }),
          ...(expires === '' ? {} : { expires_at: endOfDay(expires) }),
        },
      });
      return;
    }
    const body = {
      name,
      scopes: [...scopes],
      allowed_addresses: addresses.length === 0 ? null : addresses,
      ...(expires === dayOf(key.expires_at) ? {} : { expires_at: expires === '' ? null : endOfDay(expires) }),
    };
    change.mutate({ params: { management_key_id: key.id }, body, revision: key.revision }, { onSuccess: onClose });
  };
  if (make.data !== undefined) {
    const { secret } = make.data;
    return <SecretDialog title={t('keys.secretTitle')} text={t('keys.secretOnce')} secret={secret} onClose={onClose} />;
  }
  return (
    <FormDialog
      title={key === undefined ? t('organization.managementKeys.make') : `${t('app.edit')}: ${key.name}`}
      action={key === undefined ? t('app.create') : t('app.save')}
      error={error}
      isBusy={make.isPending || change.isPending}
      onSubmit={submit}
      onClose={onClose}
      isPanel
    >
      <TextField
        label={t('app.name')}
        name="name"
        required
        maxLength={100}
        autoFocus
        defaultValue={key?.name}
        problem={problemOf(error, 'name')}
      />
      {key === undefined && <OwnerChoice />}
      <ScopeChoice chosen={scopes} problem={problemOf(error, 'scopes')} onChoose={setScopes} />
      <AreaField
        label={t('keys.addresses')}
        name="addresses"
        isOptional
        hint={t('keys.addressesHint')}
        defaultValue={key?.allowed_addresses?.join('\n')}
        problem={problemOf(error, 'allowed_addresses')}
      />
      <TextField
        label={t('keys.expires')}
        name="expires"
        type="date"
        isOptional
        defaultValue={dayOf(key?.expires_at)}
        problem={problemOf(error, 'expires_at')}
      />
    </FormDialog>
  );
}

/** Whose the key is: who makes it, or a service account. */
function OwnerChoice() {
  const { t } = useWords();
  const place = usePlace();
  const accounts = useAsk('listServiceAccounts', { query: { limit: 200 } }, { enabled: mayManage(place) });
  const active = accounts.data?.data.filter(({ state }) => state === 'active') ?? [];
  if (active.length === 0) return null;
  return (
    <SelectField label={t('organization.managementKeys.owner')} name="owner" defaultValue="">
      <option value="">{t('keys.ownerMe')}</option>
      {active.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}

/** `2026-11-28` of a moment, where the viewer is. */
function dayOf(iso: string | undefined): string {
  if (iso === undefined) return '';
  const at = new Date(iso);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
