import { useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import type { SsoCheck, SsoConnection } from '../../api/types.ts';
import { Act } from '../../ui/act.tsx';
import { Button } from '../../ui/button.tsx';
import { Code } from '../../ui/code.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/list.tsx';
import { Loading, Notice, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { SignOnForm } from './sign-on-form.tsx';
import { kindOf } from './sign-on-input.ts';
import { SIGN_ON_OF, type SignOnOwner } from './sign-on-operations.ts';

type PanelProps = { readonly owner: SignOnOwner; readonly id: string; readonly onClose: () => void };

/** One way to sign in elsewhere: what to enter at the provider, whether it works, and what comes of who comes by it. */
export function SignOnPanel({ owner, id, onClose }: PanelProps) {
  const { t } = useWords();
  const [isEditing, setIsEditing] = useState(false);
  const asked = useAsk(SIGN_ON_OF[owner].get, { params: { sso_connection_id: id } });
  const connection = asked.data;
  if (isEditing && connection !== undefined) {
    const close = (): void => setIsEditing(false);
    return <SignOnForm owner={owner} connection={connection} onDone={close} onClose={close} />;
  }
  return (
    <Dialog title={connection?.name ?? t('organization.tabs.sign-on')} onClose={onClose} isPanel>
      <Problem error={asked.error} />
      {connection === undefined && asked.error === null && <Loading />}
      {connection !== undefined && (
        <>
          <section className="flex flex-col gap-2">
            <h3 className="font-medium">{t('organization.signOn.redirect')}</h3>
            <p className="text-dim">{t('organization.signOn.redirectHint')}</p>
            <Code text={connection.redirect_uri} />
          </section>
          <SignOnFacts connection={connection} />
          <Test owner={owner} id={id} />
          <PanelActs owner={owner} connection={connection} onEdit={() => setIsEditing(true)} onClose={onClose} />
        </>
      )}
    </Dialog>
  );
}

function SignOnFacts({ connection }: { readonly connection: SsoConnection }) {
  const { t } = useWords();
  const groups = Object.entries(connection.group_roles);
  return (
    <Facts
      facts={[
        [t('organization.signOn.kind'), t(`organization.signOn.kinds.${kindOf(connection)}`)],
        [t('app.state'), connection.state === 'active' ? t('organization.active') : t('organization.disabled')],
        [t('organization.signOn.issuer'), connection.issuer],
        [t('organization.signOn.clientId'), connection.client_id],
        [t('organization.signOn.secret'), connection.has_secret ? t('organization.signOn.isSet') : t('app.none')],
        [t('organization.signOn.domains'), connection.domains.join(', ') || t('app.none')],
        [t('organization.signOn.enforce'), connection.is_enforced ? t('app.yes') : t('app.no')],
        [t('organization.signOn.joins'), connection.joins === 'just_in_time' ? t('app.yes') : t('app.no')],
        [
          t('organization.signOn.defaultRole'),
          connection.default_role === undefined ? t('app.none') : t(`organization.roles.${connection.default_role}`),
        ],
        [
          t('organization.signOn.groups'),
          groups.length === 0 ? undefined : (
            <ul key="groups">
              {groups.map(([group, role]) => (
                <li key={group}>
                  <code>{group}</code> → {t(`organization.roles.${role}`)}
                </li>
              ))}
            </ul>
          ),
        ],
      ]}
    />
  );
}

function Test({ owner, id }: Omit<PanelProps, 'onClose'>) {
  const { t } = useWords();
  const test = useChange(SIGN_ON_OF[owner].test, []);
  return (
    <section className="flex flex-col gap-3">
      <div>
        <Button
          icon="refresh"
          isBusy={test.isPending}
          onClick={() => test.mutate({ params: { sso_connection_id: id } })}
        >
          {test.isPending ? t('organization.signOn.testing') : t('organization.signOn.test')}
        </Button>
      </div>
      <Problem error={test.error} />
      {test.data !== undefined && <TestResult check={test.data} />}
    </section>
  );
}

function TestResult({ check }: { readonly check: SsoCheck }) {
  const { t } = useWords();
  return (
    <Notice tone={check.remarks.length === 0 ? 'good' : 'warn'}>
      <p>{t('organization.signOn.answers', { issuer: check.issuer })}</p>
      {check.signing_keys !== undefined && <p>{t('organization.signOn.signingKeys', { count: check.signing_keys })}</p>}
      <ul className="mt-1 list-disc pl-5">
        {check.remarks.map((remark) => (
          <li key={remark}>{t(`organization.signOn.remarks.${remark}`)}</li>
        ))}
      </ul>
    </Notice>
  );
}

function PanelActs({
  owner,
  connection,
  onEdit,
  onClose,
}: {
  readonly owner: SignOnOwner;
  readonly connection: SsoConnection;
  readonly onEdit: () => void;
  readonly onClose: () => void;
}) {
  const { t } = useWords();
  const operations = SIGN_ON_OF[owner];
  const params = { sso_connection_id: connection.id };
  const isActive = connection.state === 'active';
  return (
    <div className="flex flex-wrap gap-2 border-t border-line pt-4">
      <Button icon="start" onClick={onEdit}>
        {t('app.edit')}
      </Button>
      <Act
        key={connection.state}
        operation={operations.update}
        taken={{ params, body: { state: isActive ? 'disabled' : 'active' }, revision: connection.revision }}
        changes={[operations.list, operations.get]}
        label={isActive ? t('organization.disable') : t('organization.enable')}
      />
      <Act
        operation={operations.remove}
        taken={{ params }}
        changes={[operations.list]}
        label={t('app.remove')}
        look="danger"
        confirm={t('organization.signOn.removeText', { name: connection.name })}
        onDone={onClose}
      />
    </div>
  );
}
