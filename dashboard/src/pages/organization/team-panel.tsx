import { useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import type { Team } from '../../api/types.ts';
import { mayManage, usePlace } from '../../app/session.tsx';
import { Act } from '../../ui/act.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { SmallSelect } from '../../ui/field.tsx';
import { MoreRows } from '../../ui/more-rows.tsx';
import { Loading, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { nameOf } from './member-state.tsx';
import { Rename } from './rename.tsx';

/** One team: its name, and who is in it. */
export function TeamPanel({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { t } = useWords();
  const place = usePlace();
  const asked = useAsk('getTeam', { params: { team_id: id } });
  const team = asked.data;
  return (
    <Dialog title={team?.name ?? t('organization.team')} onClose={onClose} isPanel>
      <Problem error={asked.error} />
      {team === undefined && asked.error === null && <Loading />}
      {team !== undefined && (
        <>
          {mayManage(place) && <RenameTeam key={team.revision} team={team} />}
          <TeamMembers team={team} />
          {mayManage(place) && (
            <div className="border-t border-line pt-4">
              <Act
                operation="deleteTeam"
                taken={{ params: { team_id: id }, revision: team.revision }}
                changes={['listTeams', 'listMembers', 'listRules']}
                label={t('organization.teams.remove')}
                look="danger"
                confirm={t('organization.teams.removeText', { name: team.name })}
                onDone={onClose}
              />
            </div>
          )}
        </>
      )}
    </Dialog>
  );
}

function RenameTeam({ team }: { readonly team: Team }) {
  const change = useChange('updateTeam', ['listTeams', 'getTeam']);
  return (
    <Rename
      name={team.name}
      isBusy={change.isPending}
      error={change.error}
      onRename={(name) => change.mutate({ params: { team_id: team.id }, body: { name }, revision: team.revision })}
    />
  );
}

const CHANGES = ['listMembers', 'getMember'] as const;

/** Who is in the team; viewers may not see who is in the organization. */
function TeamMembers({ team }: { readonly team: Team }) {
  const { t } = useWords();
  const place = usePlace();
  const mayLook = place.role !== 'viewer' || place.isOperator;
  const list = useRows('listMembers', { team_id: team.id }, { enabled: mayLook });
  if (!mayLook) return null;
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-medium">{t('organization.tabs.members')}</h3>
      <Problem error={list.error} />
      {list.rows?.length === 0 && <p className="text-dim">{t('organization.teams.nobody')}</p>}
      <ul className="divide-y divide-line">
        {list.rows?.map((member) => (
          <li key={member.id} className="flex items-center justify-between gap-2 py-1.5">
            <span className="min-w-0 truncate">{nameOf(member)}</span>
            {mayManage(place) && (
              <Act
                operation="removeTeamMember"
                taken={{ params: { team_id: team.id, member_id: member.id } }}
                changes={CHANGES}
                label={t('organization.teams.takeOut')}
                of={nameOf(member)}
                icon="close"
                look="quiet"
              />
            )}
          </li>
        ))}
      </ul>
      <MoreRows hasMore={list.hasMore} isBusy={list.isLoadingMore} onMore={list.loadMore} />
      {mayManage(place) && <PutIn team={team} />}
    </section>
  );
}

function PutIn({ team }: { readonly team: Team }) {
  const { t } = useWords();
  const members = useAsk('listMembers', { query: { limit: 200 } });
  const add = useChange('addTeamMember', CHANGES);
  const [chosen, setChosen] = useState('');
  const others = (members.data?.data ?? []).filter(({ team_ids }) => !team_ids.includes(team.id));
  if (others.length === 0) return null;
  return (
    <>
      <div className="flex flex-wrap gap-2">
        <SmallSelect
          label={t('organization.teams.who')}
          value={chosen}
          onChange={(event) => setChosen(event.target.value)}
        >
          <option value="">{t('organization.teams.choose')}</option>
          {others.map((member) => (
            <option key={member.id} value={member.id}>
              {nameOf(member)}
            </option>
          ))}
        </SmallSelect>
        <Button
          icon="plus"
          disabled={chosen === ''}
          isBusy={add.isPending}
          onClick={() =>
            add.mutate({ params: { team_id: team.id, member_id: chosen } }, { onSuccess: () => setChosen('') })
          }
        >
          {t('organization.teams.putIn')}
        </Button>
      </div>
      <Problem error={add.error} />
    </>
  );
}
