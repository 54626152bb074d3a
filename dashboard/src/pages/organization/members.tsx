import { useAsk } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import { useAddress } from '../../app/address.ts';
import { usePlace } from '../../app/session.tsx';
import { date } from '../../format/times.ts';
import { SmallSelect } from '../../ui/field.tsx';
import { List, OpenButton } from '../../ui/list.tsx';
import { Card, Empty } from '../../ui/parts.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { useWords } from '../../words/index.ts';
import { MemberPanel } from './member-panel.tsx';
import { MemberState, nameOf } from './member-state.tsx';

/** The people of the organization. */
export function Members() {
  const { t, language } = useWords();
  const { memberId } = usePlace();
  const {
    said: { search = '', team = '', open },
    say,
  } = useAddress();
  const list = useRows('listMembers', {
    ...(search === '' ? {} : { search }),
    ...(team === '' ? {} : { team_id: team }),
  });
  const teams = useAsk('listTeams', { query: { limit: 200 } });
  const teamNames = new Map(teams.data?.data.map(({ id, name }) => [id, name]));
  return (
    <Card>
      <div className="mb-3 flex flex-wrap gap-2">
        <SearchField
          label={t('organization.members.search')}
          value={search}
          onSearch={(text) => say({ search: text }, 'replaced')}
        />
        {teamNames.size > 0 && (
          <SmallSelect
            label={t('organization.team')}
            value={team}
            onChange={(event) => say({ team: event.target.value })}
          >
            <option value="">{t('organization.allTeams')}</option>
            {[...teamNames].map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </SmallSelect>
        )}
      </div>
      <List
        list={list}
        label={t('organization.tabs.members')}
        keyOf={({ id }) => id}
        empty={<Empty icon="user" title={t('app.nothingFound')} />}
        columns={[
          {
            name: 'person',
            head: t('organization.members.person'),
            cell: (member) => (
              <>
                <OpenButton onOpen={() => say({ open: member.id })}>{nameOf(member)}</OpenButton>
                {member.id === memberId && <span className="ml-2 text-dim">{t('organization.members.you')}</span>}
                {member.name !== undefined && <p className="text-[13px] break-all text-dim">{member.email}</p>}
              </>
            ),
          },
          { name: 'role', head: t('organization.role'), cell: ({ role }) => t(`organization.roles.${role}`) },
          { name: 'state', head: t('app.state'), cell: (member) => <MemberState member={member} /> },
          {
            name: 'teams',
            head: t('organization.tabs.teams'),
            isMinor: true,
            cell: ({ team_ids }) => team_ids.map((id) => teamNames.get(id) ?? id).join(', ') || '–',
          },
          {
            name: 'since',
            head: t('organization.members.since'),
            isMinor: true,
            cell: ({ created_at }) => date(created_at, language),
          },
        ]}
      />
      {open !== undefined && <MemberPanel id={open} onClose={() => say({ open: undefined })} />}
    </Card>
  );
}
