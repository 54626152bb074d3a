import { useAsk, useChange } from '../../api/hooks.ts';
import type { Member } from '../../api/types.ts';
import { mayManage, usePlace } from '../../app/session.tsx';
import { useToast } from '../../app/toasts.tsx';
import { dateTime } from '../../format/times.ts';
import { Act } from '../../ui/act.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Facts } from '../../ui/list.tsx';
import { Loading, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { mayGive, ROLES, type Role } from './may.ts';
import { MemberState, nameOf } from './member-state.tsx';

const CHANGES = ['listMembers', 'getMember'] as const;

/** One member: role, teams, and whether they may act. */
export function MemberPanel({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { t } = useWords();
  const asked = useAsk('getMember', { params: { member_id: id } });
  const member = asked.data;
  return (
    <Dialog title={member === undefined ? t('organization.members.person') : nameOf(member)} onClose={onClose} isPanel>
      <Problem error={asked.error} />
      {member === undefined ? asked.error === null && <Loading /> : <OneMember member={member} onClose={onClose} />}
    </Dialog>
  );
}

function OneMember({ member, onClose }: { readonly member: Member; readonly onClose: () => void }) {
  const { t, language } = useWords();
  const place = usePlace();
  const reaches = mayManage(place) && mayGive(place, member.role);
  const params = { member_id: member.id };
  const name = nameOf(member);
  return (
    <>
      <Facts
        facts={[
          [t('organization.email'), member.email],
          [t('app.state'), <MemberState key="state" member={member} />],
          [t('organization.role'), reaches ? undefined : t(`organization.roles.${member.role}`)],
          [t('organization.members.since'), dateTime(member.created_at, language)],
          ['ID', <code key="id">{member.id}</code>],
        ]}
      />
      {reaches && <RoleChoice member={member} />}
      <TeamsOf member={member} mayChange={mayManage(place)} />
      {reaches && (
        <div className="flex flex-wrap gap-2 border-t border-line pt-4">
          {member.state === 'active' ? (
            <Act
              operation="suspendMember"
              taken={{ params, revision: member.revision }}
              changes={CHANGES}
              label={t('organization.suspend')}
              confirm={t('organization.members.suspendText', { name })}
            />
          ) : (
            <Act
              operation="reactivateMember"
              taken={{ params, revision: member.revision }}
              changes={CHANGES}
              label={t('organization.reactivate')}
            />
          )}
          {member.id !== place.memberId && (
            <Act
              operation="deleteMember"
              taken={{ params, revision: member.revision }}
              changes={['listMembers']}
              label={t('organization.members.remove')}
              look="danger"
              confirm={t('organization.members.removeText', { name })}
              onDone={onClose}
            />
          )}
        </div>
      )}
    </>
  );
}

function RoleChoice({ member }: { readonly member: Member }) {
  const { t } = useWords();
  const place = usePlace();
  const toast = useToast();
  const change = useChange('updateMember', [...CHANGES, 'getMe']);
  const give = (role: Role): void =>
    change.mutate(
      { params: { member_id: member.id }, body: { role }, revision: member.revision },
      { onSuccess: () => toast(t('organization.saved')) },
    );
  return (
    <>
      <SelectField
        label={t('organization.role')}
        value={member.role}
        disabled={change.isPending}
        hint={t(`organization.rolesMean.${member.role}`)}
        onChange={(event) => give(ROLES.find((role) => role === event.target.value) ?? member.role)}
      >
        {ROLES.filter((role) => mayGive(place, role)).map((role) => (
          <option key={role} value={role}>
            {t(`organization.roles.${role}`)}
          </option>
        ))}
      </SelectField>
      <Problem error={change.error} />
    </>
  );
}

function TeamsOf({ member, mayChange }: { readonly member: Member; readonly mayChange: boolean }) {
  const { t } = useWords();
  const teams = useAsk('listTeams', { query: { limit: 200 } });
  const add = useChange('addTeamMember', CHANGES);
  const remove = useChange('removeTeamMember', CHANGES);
  const all = teams.data?.data ?? [];
  if (all.length === 0) return null;
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-2 font-medium">{t('organization.tabs.teams')}</legend>
      {all.map(({ id, name }) => (
        <CheckField
          key={id}
          label={name}
          checked={member.team_ids.includes(id)}
          disabled={!mayChange || add.isPending || remove.isPending}
          onChange={(event) =>
            (event.target.checked ? add : remove).mutate({ params: { team_id: id, member_id: member.id } })
          }
        />
      ))}
      <Problem error={add.error ?? remove.error} />
    </fieldset>
  );
}
