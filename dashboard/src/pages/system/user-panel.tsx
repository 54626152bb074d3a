import { useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import type { Account } from '../../api/types.ts';
import { useMe } from '../../app/session.tsx';
import { dateTime } from '../../format/times.ts';
import { Act } from '../../ui/act.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { optionalTextOf, textOf } from '../../ui/form-fields.ts';
import { Facts } from '../../ui/list.tsx';
import { Loading, Notice, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { UserSessions } from './user-sessions.tsx';
import { UserState } from './user-state.tsx';

const CHANGES = ['listUsers', 'getUser', 'listSessionsOfUser'] as const;

/** One person: who they are, where they are signed in, and whether they may be. */
export function UserPanel({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { t } = useWords();
  const asked = useAsk('getUser', { params: { user_id: id } });
  const user = asked.data;
  return (
    <Dialog title={user?.name ?? user?.email ?? t('system.users.person')} onClose={onClose} isPanel>
      <Problem error={asked.error} />
      {user === undefined && asked.error === null && <Loading />}
      {user !== undefined && (
        <>
          <UserFacts user={user} />
          <UserSessions userId={id} />
          <UserActs user={user} />
        </>
      )}
    </Dialog>
  );
}

function UserFacts({ user }: { readonly user: Account }) {
  const { t, language } = useWords();
  return (
    <Facts
      facts={[
        [t('organization.email'), user.email],
        [t('system.users.verified'), user.email_verified ? t('app.yes') : t('app.no')],
        [t('app.state'), <UserState key="state" user={user} />],
        [t('system.reason'), user.state_reason],
        [t('system.users.operator'), user.is_operator ? t('app.yes') : t('app.no')],
        [t('system.users.password'), user.has_password ? t('app.yes') : t('app.no')],
        [t('app.createdAt'), dateTime(user.created_at, language)],
        [
          t('system.users.seen'),
          user.last_seen_at === undefined ? t('app.never') : dateTime(user.last_seen_at, language),
        ],
        ['ID', <code key="id">{user.id}</code>],
      ]}
    />
  );
}

/** What can be done with an account, by its state; nobody locks themselves out here. */
function UserActs({ user }: { readonly user: Account }) {
  const { t } = useWords();
  const me = useMe().user;
  const [open, setOpen] = useState<'suspend' | 'erase'>();
  const params = { user_id: user.id };
  const name = user.email ?? user.id;
  const { state, is_operator: isOperator } = user;
  if (user.id === me.id) return <Notice tone="calm">{t('system.users.self')}</Notice>;
  if (state === 'erased') return null;
  return (
    <div className="flex flex-wrap gap-2 border-t border-line pt-4">
      {state === 'awaiting_approval' && (
        <Act operation="approveUser" taken={{ params }} changes={CHANGES} label={t('system.users.approve')} />
      )}
      {state === 'suspended' && (
        <Act operation="reactivateUser" taken={{ params }} changes={CHANGES} label={t('organization.reactivate')} />
      )}
      {(state === 'active' || state === 'awaiting_approval') && (
        <Button onClick={() => setOpen('suspend')}>{t('organization.suspend')}</Button>
      )}
      {state === 'active' && (
        <Act
          key={String(isOperator)}
          operation="setOperator"
          taken={{ params, body: { is_operator: !isOperator } }}
          changes={CHANGES}
          label={isOperator ? t('system.users.noOperator') : t('system.users.makeOperator')}
          confirm={t(isOperator ? 'system.users.noOperatorText' : 'system.users.makeOperatorText', { name })}
        />
      )}
      {state !== 'closed' && (
        <Act
          operation="closeUser"
          taken={{ params }}
          changes={CHANGES}
          label={t('system.users.close')}
          look="danger"
          confirm={t('system.users.closeText', { name })}
        />
      )}
      {(state === 'closed' || state === 'suspended') && (
        <Button look="danger" onClick={() => setOpen('erase')}>
          {t('system.users.erase')}
        </Button>
      )}
      {open === 'suspend' && <Suspend user={user} onClose={() => setOpen(undefined)} />}
      {open === 'erase' && <Erase user={user} onClose={() => setOpen(undefined)} />}
    </div>
  );
}

type FormProps = { readonly user: Account; readonly onClose: () => void };

function Suspend({ user, onClose }: FormProps) {
  const { t } = useWords();
  const suspend = useChange('suspendUser', CHANGES);
  return (
    <FormDialog
      title={t('organization.suspend')}
      action={t('organization.suspend')}
      error={suspend.error}
      isBusy={suspend.isPending}
      onSubmit={(fields) => {
        const reason = optionalTextOf(fields, 'reason');
        const body = reason === undefined ? {} : { reason };
        suspend.mutate({ params: { user_id: user.id }, body }, { onSuccess: onClose });
      }}
      onClose={onClose}
    >
      <p>{t('system.users.suspendText', { name: user.email ?? user.id })}</p>
      <TextField
        label={t('system.reason')}
        name="reason"
        maxLength={500}
        isOptional
        hint={t('system.users.reasonHint')}
      />
    </FormDialog>
  );
}

/** Nothing brings a person back, so that the address has to be typed. */
function Erase({ user, onClose }: FormProps) {
  const { t } = useWords();
  const erase = useChange('eraseUser', CHANGES);
  const [isWrong, setIsWrong] = useState(false);
  const asked = user.email ?? user.id;
  return (
    <FormDialog
      title={t('system.users.erase')}
      action={t('system.users.erase')}
      error={erase.error}
      isBusy={erase.isPending}
      onSubmit={(fields) => {
        const isRight = textOf(fields, 'typed').toLowerCase() === asked.toLowerCase();
        setIsWrong(!isRight);
        if (isRight) erase.mutate({ params: { user_id: user.id } }, { onSuccess: onClose });
      }}
      onClose={onClose}
    >
      <p>{t('system.users.eraseText', { name: asked })}</p>
      <TextField
        label={t('system.users.eraseTyped', { name: asked })}
        name="typed"
        required
        problem={isWrong ? t('system.users.eraseWrong') : undefined}
      />
    </FormDialog>
  );
}
