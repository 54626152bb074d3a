import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import type { Organization } from '../../api/types.ts';
import { useToast } from '../../app/toasts.tsx';
import { dateTime } from '../../format/times.ts';
import { Act } from '../../ui/act.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { problemOf, textOf } from '../../ui/form-fields.ts';
import { Facts } from '../../ui/list.tsx';
import { Badge, Loading, Problem, type Tone } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { Rename } from '../organization/rename.tsx';

const CHANGES = ['listOrganizations', 'getOrganization', 'getOwnOrganization', 'getMe'] as const;
const TONE_OF = { active: 'good', suspended: 'warn', closed: 'calm' } as const satisfies Record<
  Organization['state'],
  Tone
>;

export function OrganizationState({ organization: { state } }: { readonly organization: Organization }) {
  const { t } = useWords();
  return <Badge tone={TONE_OF[state]}>{t(`organization.userStates.${state}`)}</Badge>;
}

/** One organization, as who runs the hub sees it. */
export function OrganizationPanel({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { t } = useWords();
  const asked = useAsk('getOrganization', { params: { organization_id: id } });
  const organization = asked.data;
  return (
    <Dialog title={organization?.name ?? t('app.organization')} onClose={onClose} isPanel>
      <Problem error={asked.error} />
      {organization === undefined && asked.error === null && <Loading />}
      {organization !== undefined && <OneOrganization organization={organization} />}
    </Dialog>
  );
}

function OneOrganization({ organization }: { readonly organization: Organization }) {
  const { t, language } = useWords();
  const change = useChange('updateOrganization', CHANGES);
  const { id, revision } = organization;
  return (
    <>
      {organization.state !== 'closed' && (
        <Rename
          key={revision}
          name={organization.name}
          isBusy={change.isPending}
          error={change.error}
          onRename={(name) => change.mutate({ params: { organization_id: id }, body: { name }, revision })}
        />
      )}
      <Facts
        facts={[
          [t('app.state'), <OrganizationState key="state" organization={organization} />],
          [t('system.reason'), organization.state_reason],
          [t('organization.settings.kind'), t(`organization.settings.kinds.${organization.kind}`)],
          [t('app.createdAt'), dateTime(organization.created_at, language)],
          ['ID', <code key="id">{id}</code>],
        ]}
      />
      <p>
        <Link to="/$organizationId/organization" params={{ organizationId: id }} className="text-accent underline">
          {t('system.organizations.look')}
        </Link>
      </p>
      {organization.state !== 'closed' && (
        <>
          <OwnCredentials organization={organization} />
          <OrganizationActs organization={organization} />
        </>
      )}
    </>
  );
}

function OwnCredentials({ organization }: { readonly organization: Organization }) {
  const { t } = useWords();
  const toast = useToast();
  const change = useChange('updateOrganization', CHANGES);
  const { id, own_credentials_allowed: allowed, revision } = organization;
  const choose = (value: string): void =>
    change.mutate(
      {
        params: { organization_id: id },
        body: { own_credentials_allowed: value === '' ? null : value === 'yes' },
        revision,
      },
      { onSuccess: () => toast(t('organization.saved')) },
    );
  return (
    <>
      <SelectField
        label={t('organization.settings.credentials')}
        value={allowed === undefined ? '' : allowed ? 'yes' : 'no'}
        disabled={change.isPending}
        onChange={(event) => choose(event.target.value)}
      >
        <option value="">{t('system.organizations.asInstallation')}</option>
        <option value="yes">{t('system.organizations.allowed')}</option>
        <option value="no">{t('system.organizations.notAllowed')}</option>
      </SelectField>
      <Problem error={change.error} />
    </>
  );
}

function OrganizationActs({ organization }: { readonly organization: Organization }) {
  const { t } = useWords();
  const [open, setOpen] = useState<'suspend' | 'close' | 'invite'>();
  const { id, state, revision } = organization;
  const close = (): void => setOpen(undefined);
  return (
    <div className="flex flex-wrap gap-2 border-t border-line pt-4">
      <Button icon="send" onClick={() => setOpen('invite')}>
        {t('system.organizations.invite')}
      </Button>
      {state === 'active' ? (
        <Button onClick={() => setOpen('suspend')}>{t('organization.suspend')}</Button>
      ) : (
        <Act
          operation="reactivateOrganization"
          taken={{ params: { organization_id: id }, revision }}
          changes={CHANGES}
          label={t('organization.reactivate')}
        />
      )}
      <Button look="danger" onClick={() => setOpen('close')}>
        {t('organization.settings.close')}
      </Button>
      {open === 'invite' && <InviteOwner id={id} onClose={close} />}
      {(open === 'suspend' || open === 'close') && <End organization={organization} how={open} onClose={close} />}
    </div>
  );
}

function InviteOwner({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { t } = useWords();
  const toast = useToast();
  const invite = useChange('inviteOrganizationOwner', []);
  return (
    <FormDialog
      title={t('system.organizations.invite')}
      action={t('organization.invitations.send')}
      error={invite.error}
      isBusy={invite.isPending}
      onSubmit={(fields) =>
        invite.mutate(
          { params: { organization_id: id }, body: { email: textOf(fields, 'email') } },
          {
            onSuccess: ({ email }) => {
              toast(t('organization.invitations.invited', { email }));
              onClose();
            },
          },
        )
      }
      onClose={onClose}
    >
      <TextField
        label={t('organization.email')}
        name="email"
        type="email"
        required
        autoFocus
        hint={t('system.organizations.inviteHint')}
        problem={problemOf(invite.error, 'email')}
      />
    </FormDialog>
  );
}

type EndProps = {
  readonly organization: Organization;
  readonly how: 'suspend' | 'close';
  readonly onClose: () => void;
};

/** Suspends or closes it; the reason stays on record. */
function End({ organization: { id, name, revision }, how, onClose }: EndProps) {
  const { t } = useWords();
  const end = useChange(how === 'suspend' ? 'suspendOrganization' : 'closeOrganization', CHANGES);
  const word = how === 'suspend' ? t('organization.suspend') : t('organization.settings.close');
  return (
    <FormDialog
      title={word}
      action={word}
      error={end.error}
      isBusy={end.isPending}
      onSubmit={(fields) =>
        end.mutate(
          { params: { organization_id: id }, body: { reason: textOf(fields, 'reason') }, revision },
          { onSuccess: onClose },
        )
      }
      onClose={onClose}
    >
      <p>
        {how === 'suspend'
          ? t('system.organizations.suspendText', { name })
          : t('organization.settings.closeText', { name })}
      </p>
      <TextField
        label={t('system.reason')}
        name="reason"
        required
        maxLength={500}
        problem={problemOf(end.error, 'reason')}
      />
    </FormDialog>
  );
}
