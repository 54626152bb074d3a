import { useState } from 'react';
import type { CallError } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import type { SsoConnection } from '../../api/types.ts';
import { CheckField } from '../../ui/check-field.tsx';
import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { problemOf } from '../../ui/form-fields.ts';
import { useWords } from '../../words/index.ts';
import { ClaimFields } from './sign-on-claims.tsx';
import { defaultRoleOf, type GroupRole, KINDS, type Kind, kindOf, needsOf, sharedInput } from './sign-on-input.ts';
import { JoinFields } from './sign-on-joining.tsx';
import { SIGN_ON_OF, type SignOnOwner } from './sign-on-operations.ts';

type FormProps = {
  readonly owner: SignOnOwner;
  /** The one to change; `undefined` for a new one. */
  readonly connection: SsoConnection | undefined;
  readonly onDone: (id: string) => void;
  readonly onClose: () => void;
};

/** Enters a provider that people sign in by, or changes what is known of one. */
export function SignOnForm({ owner, connection, onDone, onClose }: FormProps) {
  const { t } = useWords();
  const operations = SIGN_ON_OF[owner];
  const make = useChange(operations.create, [operations.list]);
  const change = useChange(operations.update, [operations.list, operations.get]);
  const [kind, setKind] = useState<Kind>(connection === undefined ? 'google' : kindOf(connection));
  const [groups, setGroups] = useState<readonly GroupRole[]>(
    Object.entries(connection?.group_roles ?? {}).map(([group, role]) => ({ group, role })),
  );
  const error = make.error ?? change.error;
  const done = ({ id }: SsoConnection): void => {
    onClose();
    onDone(id);
  };
  const submit = (fields: FormData): void => {
    const shared = sharedInput(fields, kind, groups);
    const defaultRole = defaultRoleOf(fields);
    if (connection === undefined) {
      const what = kind === 'oidc' || kind === 'oauth2' ? { kind } : { preset: kind };
      const joining = defaultRole === undefined ? {} : { default_role: defaultRole };
      make.mutate({ body: { ...shared, ...what, ...joining } }, { onSuccess: done });
      return;
    }
    change.mutate(
      {
        params: { sso_connection_id: connection.id },
        body: { ...shared, default_role: defaultRole ?? null },
        revision: connection.revision,
      },
      { onSuccess: done },
    );
  };
  return (
    <FormDialog
      title={connection === undefined ? t('organization.signOn.make') : `${t('app.edit')}: ${connection.name}`}
      action={connection === undefined ? t('app.create') : t('app.save')}
      error={error}
      isBusy={make.isPending || change.isPending}
      onSubmit={submit}
      onClose={onClose}
      isPanel
    >
      {connection === undefined && (
        <SelectField
          label={t('organization.signOn.kind')}
          value={kind}
          onChange={(event) => setKind(KINDS.find((one) => one === event.target.value) ?? kind)}
        >
          {KINDS.map((one) => (
            <option key={one} value={one}>
              {t(`organization.signOn.kinds.${one}`)}
            </option>
          ))}
        </SelectField>
      )}
      <TextField
        key={kind}
        label={t('app.name')}
        name="name"
        required
        maxLength={100}
        hint={t('organization.signOn.nameHint')}
        defaultValue={connection?.name ?? (needsOf(kind) === 'nothing' ? t(`organization.signOn.kinds.${kind}`) : '')}
        problem={problemOf(error, 'name')}
      />
      <ClientFields kind={kind} connection={connection} error={error} />
      <AreaField
        label={t('organization.signOn.domains')}
        name="domains"
        rows={2}
        isOptional
        placeholder="example.com"
        hint={t('organization.signOn.domainsHint')}
        defaultValue={connection?.domains.join('\n')}
        problem={problemOf(error, 'domains')}
      />
      <CheckField
        label={t('organization.signOn.enforce')}
        hint={t('organization.signOn.enforceHint')}
        name="is_enforced"
        defaultChecked={connection?.is_enforced}
      />
      {owner === 'organization' && <JoinFields connection={connection} groups={groups} onGroups={setGroups} />}
      <ClaimFields connection={connection} />
    </FormDialog>
  );
}

function ClientFields({
  kind,
  connection,
  error,
}: {
  readonly kind: Kind;
  readonly connection: SsoConnection | undefined;
  readonly error: CallError | null;
}) {
  const { t } = useWords();
  const needs = needsOf(kind);
  return (
    <>
      {needs === 'issuer' && (
        <TextField
          label={t('organization.signOn.issuer')}
          name="issuer"
          type="url"
          required={kind === 'oidc'}
          isOptional={kind !== 'oidc'}
          placeholder="https://id.example.com"
          hint={kind === 'microsoft' ? t('organization.signOn.tenantHint') : t('organization.signOn.issuerHint')}
          defaultValue={connection?.issuer}
          problem={problemOf(error, 'issuer')}
        />
      )}
      {needs === 'endpoints' &&
        (['authorization', 'token', 'user_info', 'end_session'] as const).map((name) => (
          <TextField
            key={name}
            label={t(`organization.signOn.endpoints.${name}`)}
            name={`endpoint.${name}`}
            type="url"
            required={name !== 'end_session'}
            isOptional={name === 'end_session'}
            defaultValue={connection?.endpoints?.[name]}
            problem={error?.param === `endpoints.${name}` ? error.message : undefined}
          />
        ))}
      <TextField
        label={t('organization.signOn.clientId')}
        name="client_id"
        required
        defaultValue={connection?.client_id}
        problem={problemOf(error, 'client_id')}
      />
      <TextField
        label={t('organization.signOn.secret')}
        name="client_secret"
        type="password"
        autoComplete="new-password"
        isOptional
        hint={
          connection?.has_secret === true ? t('organization.signOn.secretKept') : t('organization.signOn.secretHint')
        }
        problem={problemOf(error, 'client_secret')}
      />
    </>
  );
}
