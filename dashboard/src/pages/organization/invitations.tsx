import { useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import type { Invitation } from '../../api/types.ts';
import { mayManage, usePlace } from '../../app/session.tsx';
import { useToast } from '../../app/toasts.tsx';
import { ago, dateTime } from '../../format/times.ts';
import { Act } from '../../ui/act.tsx';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { chosenOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty, Notice, type Tone } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { mayGive, ROLES, type Role } from './may.ts';

const TONE_OF = { open: 'accent', accepted: 'good', expired: 'warn', revoked: 'calm' } as const satisfies Record<
  Invitation['state'],
  Tone
>;

/** Who was asked to join, and whether they did. */
export function Invitations() {
  const { t, language } = useWords();
  const place = usePlace();
  const [isInviting, setIsInviting] = useState(false);
  const list = useRows('listInvitations', {});
  const invite = mayManage(place) && (
    <Button look="primary" icon="plus" onClick={() => setIsInviting(true)}>
      {t('organization.invitations.invite')}
    </Button>
  );
  return (
    <Card title={t('organization.tabs.invitations')} action={invite}>
      <MailNotice />
      <List
        list={list}
        label={t('organization.tabs.invitations')}
        keyOf={({ id }) => id}
        empty={
          <Empty
            icon="send"
            title={t('organization.invitations.emptyTitle')}
            text={t('organization.invitations.emptyText')}
          />
        }
        columns={[
          {
            name: 'email',
            head: t('organization.email'),
            cell: ({ email, role }) => (
              <>
                <p className="font-medium wrap-anywhere">{email ?? '–'}</p>
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
            cell: ({ state }) => <Badge tone={TONE_OF[state]}>{t(`organization.invitations.states.${state}`)}</Badge>,
          },
          {
            name: 'sent',
            head: t('organization.invitations.sent'),
            isMinor: true,
            cell: ({ created_at }) => ago(created_at, language),
          },
          {
            name: 'until',
            head: t('organization.invitations.until'),
            isMinor: true,
            cell: ({ state, expires_at }) => (state === 'open' ? dateTime(expires_at, language) : '–'),
          },
          {
            name: 'actions',
            head: <span className="sr-only">{t('app.actions')}</span>,
            isNumber: true,
            cell: (invitation) =>
              mayManage(place) && mayGive(place, invitation.role) && <InvitationActs invitation={invitation} />,
          },
        ]}
      />
      {isInviting && <Invite onClose={() => setIsInviting(false)} />}
    </Card>
  );
}

function MailNotice() {
  const { t } = useWords();
  const options = useAsk('getSignInOptions', {});
  if (options.data?.mail !== 'console') return null;
  return (
    <div className="mb-3">
      <Notice tone="warn">{t('organization.invitations.console')}</Notice>
    </div>
  );
}

function InvitationActs({ invitation }: { readonly invitation: Invitation }) {
  const { t } = useWords();
  const { id, state, email = id } = invitation;
  if (state !== 'open' && state !== 'expired') return null;
  const params = { invitation_id: id };
  return (
    <div className="flex justify-end gap-1">
      <Act
        operation="resendInvitation"
        taken={{ params }}
        changes={['listInvitations']}
        label={t('organization.invitations.resend')}
        of={email}
        icon="send"
        look="quiet"
        done={t('organization.invitations.resent')}
      />
      <Act
        operation="revokeInvitation"
        taken={{ params }}
        changes={['listInvitations']}
        label={t('organization.invitations.revoke')}
        of={email}
        icon="trash"
        look="quiet"
        confirm={t('organization.invitations.revokeText', { email })}
      />
    </div>
  );
}

function Invite({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWords();
  const place = usePlace();
  const toast = useToast();
  const make = useChange('createInvitation', ['listInvitations']);
  const teams = useAsk('listTeams', { query: { limit: 200 } });
  const [role, setRole] = useState<Role>('developer');
  const submit = (fields: FormData): void =>
    make.mutate(
      { body: { email: textOf(fields, 'email'), role, team_ids: chosenOf(fields, 'team') } },
      {
        onSuccess: ({ email }) => {
          toast(t('organization.invitations.invited', { email }));
          onClose();
        },
      },
    );
  return (
    <FormDialog
      title={t('organization.invitations.invite')}
      action={t('organization.invitations.send')}
      error={make.error}
      isBusy={make.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={t('organization.email')}
        name="email"
        type="email"
        required
        autoFocus
        hint={t('organization.invitations.emailHint')}
        problem={problemOf(make.error, 'email')}
      />
      <SelectField
        label={t('organization.role')}
        value={role}
        hint={t(`organization.rolesMean.${role}`)}
        problem={problemOf(make.error, 'role')}
        onChange={(event) => setRole(ROLES.find((one) => one === event.target.value) ?? role)}
      >
        {ROLES.filter((one) => mayGive(place, one)).map((one) => (
          <option key={one} value={one}>
            {t(`organization.roles.${one}`)}
          </option>
        ))}
      </SelectField>
      {(teams.data?.data.length ?? 0) > 0 && (
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-2 text-sm font-medium">{t('organization.tabs.teams')}</legend>
          {teams.data?.data.map(({ id, name }) => (
            <CheckField key={id} label={name} name="team" value={id} />
          ))}
        </fieldset>
      )}
    </FormDialog>
  );
}
