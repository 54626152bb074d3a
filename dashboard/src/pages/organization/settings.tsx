import { BASE } from '../../api/call.ts';
import { useAsk, useChange } from '../../api/hooks.ts';
import type { Organization } from '../../api/types.ts';
import { mayManage, usePlace } from '../../app/session.tsx';
import { useToast } from '../../app/toasts.tsx';
import { dateTime } from '../../format/times.ts';
import { Act } from '../../ui/act.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Facts } from '../../ui/list.tsx';
import { Card, Loading, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { Branding } from './branding.tsx';
import { ContentPolicyCard } from './content-policy.tsx';
import { Rename } from './rename.tsx';

/** The organization itself: its name, whose credentials it uses, and the ways out of it. */
export function Settings() {
  const place = usePlace();
  const asked = useAsk('getOwnOrganization', {});
  if (asked.data === undefined) {
    return <Card>{asked.error === null ? <Loading /> : <Problem error={asked.error} />}</Card>;
  }
  return (
    <div className="flex flex-col gap-4">
      <About organization={asked.data} />
      {mayManage(place) && <Branding organization={asked.data} />}
      <ContentPolicyCard />
      <Credentials organization={asked.data} />
      <WaysOut organization={asked.data} />
    </div>
  );
}

function About({ organization }: { readonly organization: Organization }) {
  const { t, language } = useWords();
  const place = usePlace();
  const change = useChange('updateOwnOrganization', ['getOwnOrganization', 'getMe']);
  const { id, name, kind, created_at, revision } = organization;
  return (
    <Card title={t('app.organization')}>
      <div className="flex max-w-xl flex-col gap-4">
        {mayManage(place) && (
          <Rename
            key={revision}
            name={name}
            isBusy={change.isPending}
            error={change.error}
            onRename={(typed) => change.mutate({ body: { name: typed }, revision })}
          />
        )}
        <Facts
          facts={[
            [t('app.name'), mayManage(place) ? undefined : name],
            ['ID', <code key="id">{id}</code>],
            [t('organization.settings.kind'), t(`organization.settings.kinds.${kind}`)],
            [t('app.createdAt'), dateTime(created_at, language)],
          ]}
        />
      </div>
    </Card>
  );
}

function Credentials({ organization }: { readonly organization: Organization }) {
  const { t } = useWords();
  const place = usePlace();
  const toast = useToast();
  const change = useChange('updateOwnOrganization', ['getOwnOrganization']);
  const { own_credentials_allowed: allowed, own_credentials_use: use, revision } = organization;
  const word = allowed === undefined ? 'asInstallation' : allowed ? 'allowed' : 'notAllowed';
  return (
    <Card title={t('organization.settings.credentials')}>
      <div className="flex max-w-xl flex-col gap-3">
        <p className="text-dim">{t(`organization.settings.${word}`)}</p>
        <SelectField
          label={t('organization.settings.use')}
          value={use}
          disabled={!mayManage(place) || change.isPending}
          hint={t('organization.settings.useHint')}
          onChange={(event) =>
            change.mutate(
              { body: { own_credentials_use: event.target.value === 'only' ? 'only' : 'first' }, revision },
              { onSuccess: () => toast(t('organization.saved')) },
            )
          }
        >
          <option value="first">{t('organization.settings.first')}</option>
          <option value="only">{t('organization.settings.only')}</option>
        </SelectField>
        <Problem error={change.error} />
      </div>
    </Card>
  );
}

function WaysOut({ organization: { name, revision } }: { readonly organization: Organization }) {
  const { t } = useWords();
  const place = usePlace();
  if (place.memberId === undefined) return null;
  // What was known here is known no longer: the dashboard begins anew where the person still belongs.
  const goHome = (): void => {
    localStorage.removeItem('hub-organization');
    location.assign(`${BASE}/dashboard`);
  };
  return (
    <Card title={t('organization.settings.waysOut')}>
      <div className="flex flex-col divide-y divide-line">
        <div className="flex flex-wrap items-center justify-between gap-3 py-3">
          <p className="max-w-prose text-dim">{t('organization.settings.leaveHint')}</p>
          <Act
            operation="leaveOwnOrganization"
            taken={{}}
            changes={[]}
            label={t('organization.settings.leave')}
            look="danger"
            confirm={t('organization.settings.leaveText', { name })}
            onDone={goHome}
          />
        </div>
        {place.role === 'owner' && (
          <div className="flex flex-wrap items-center justify-between gap-3 py-3">
            <p className="max-w-prose text-dim">{t('organization.settings.closeHint')}</p>
            <Act
              operation="closeOwnOrganization"
              taken={{ revision }}
              changes={[]}
              label={t('organization.settings.close')}
              look="danger"
              confirm={t('organization.settings.closeText', { name })}
              onDone={goHome}
            />
          </div>
        )}
      </div>
    </Card>
  );
}
