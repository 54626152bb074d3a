import { useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import type { Project, Team } from '../../api/types.ts';
import { useAddress } from '../../app/address.ts';
import { mayManage, usePlace } from '../../app/session.tsx';
import { date } from '../../format/times.ts';
import { Act } from '../../ui/act.tsx';
import { Button } from '../../ui/button.tsx';
import { SelectField, SmallSelect, TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { problemOf, textOf } from '../../ui/form-fields.ts';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

/** What keys belong to and usage is counted by. */
export function Projects() {
  const { t, language } = useWords();
  const place = usePlace();
  const {
    said: { archived = '' },
    say,
  } = useAddress();
  const [editing, setEditing] = useState<Project | 'new'>();
  const list = useRows('listProjects', { archived: archived === 'true' ? 'true' : 'false' });
  const teams = useAsk('listTeams', { query: { limit: 200 } });
  const teamNames = new Map(teams.data?.data.map(({ id, name }) => [id, name]));
  const teamOf = (id: string | undefined): string =>
    id === undefined ? t('organization.projects.everybody') : (teamNames.get(id) ?? id);
  return (
    <Card
      title={t('organization.tabs.projects')}
      action={
        <div className="flex flex-wrap gap-2">
          <SmallSelect
            label={t('app.state')}
            value={archived}
            onChange={(event) => say({ archived: event.target.value })}
          >
            <option value="">{t('organization.active')}</option>
            <option value="true">{t('organization.projects.archived')}</option>
          </SmallSelect>
          {mayManage(place) && (
            <Button look="primary" icon="plus" onClick={() => setEditing('new')}>
              {t('organization.projects.make')}
            </Button>
          )}
        </div>
      }
    >
      <List
        list={list}
        label={t('organization.tabs.projects')}
        keyOf={({ id }) => id}
        empty={<Empty icon="models" title={t('organization.projects.empty')} />}
        columns={[
          {
            name: 'name',
            head: t('app.name'),
            cell: ({ name, is_default, team_id }) => (
              <>
                <p className="font-medium">
                  {name} {is_default && <Badge>{t('organization.projects.default')}</Badge>}
                </p>
                <p className="text-dim md:hidden">{teamOf(team_id)}</p>
              </>
            ),
          },
          {
            name: 'team',
            head: t('organization.team'),
            isMinor: true,
            cell: ({ team_id }) => teamOf(team_id),
          },
          {
            name: 'created',
            head: t('app.createdAt'),
            isMinor: true,
            cell: ({ created_at }) => date(created_at, language),
          },
          {
            name: 'actions',
            head: <span className="sr-only">{t('app.actions')}</span>,
            isNumber: true,
            cell: (project) => mayManage(place) && <ProjectActs project={project} onEdit={() => setEditing(project)} />,
          },
        ]}
      />
      {editing !== undefined && (
        <ProjectForm
          project={editing === 'new' ? undefined : editing}
          teams={teams.data?.data ?? []}
          onClose={() => setEditing(undefined)}
        />
      )}
    </Card>
  );
}

function ProjectActs({ project, onEdit }: { readonly project: Project; readonly onEdit: () => void }) {
  const { t } = useWords();
  const { id, name, revision } = project;
  const taken = { params: { project_id: id }, revision };
  if (project.archived_at !== undefined) {
    return (
      <Act
        operation="unarchiveProject"
        taken={taken}
        changes={['listProjects']}
        label={t('organization.projects.unarchive')}
        of={name}
      />
    );
  }
  return (
    <div className="flex justify-end gap-2">
      <Button aria-label={`${t('app.edit')}: ${name}`} onClick={onEdit}>
        {t('app.edit')}
      </Button>
      {!project.is_default && (
        <Act
          operation="archiveProject"
          taken={taken}
          changes={['listProjects', 'listKeys']}
          label={t('organization.projects.archive')}
          of={name}
          confirm={t('organization.projects.archiveText', { name })}
        />
      )}
    </div>
  );
}

type ProjectFormProps = {
  readonly project: Project | undefined;
  readonly teams: readonly Team[];
  readonly onClose: () => void;
};

function ProjectForm({ project, teams, onClose }: ProjectFormProps) {
  const { t } = useWords();
  const make = useChange('createProject', ['listProjects']);
  const change = useChange('updateProject', ['listProjects']);
  const error = make.error ?? change.error;
  const submit = (fields: FormData): void => {
    const name = textOf(fields, 'name');
    const team = textOf(fields, 'team');
    if (project === undefined) {
      make.mutate({ body: { name, ...(team === '' ? {} : { team_id: team }) } }, { onSuccess: onClose });
      return;
    }
    change.mutate(
      {
        params: { project_id: project.id },
        body: { name, ...(project.is_default ? {} : { team_id: team === '' ? null : team }) },
        revision: project.revision,
      },
      { onSuccess: onClose },
    );
  };
  return (
    <FormDialog
      title={project === undefined ? t('organization.projects.make') : `${t('app.edit')}: ${project.name}`}
      action={project === undefined ? t('app.create') : t('app.save')}
      error={error}
      isBusy={make.isPending || change.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={t('app.name')}
        name="name"
        required
        maxLength={100}
        autoFocus
        defaultValue={project?.name}
        problem={problemOf(error, 'name')}
      />
      {project?.is_default !== true && (
        <SelectField
          label={t('organization.team')}
          name="team"
          defaultValue={project?.team_id ?? ''}
          hint={t('organization.projects.teamHint')}
          problem={problemOf(error, 'team_id')}
        >
          <option value="">{t('organization.projects.everybody')}</option>
          {teams.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
      )}
    </FormDialog>
  );
}
