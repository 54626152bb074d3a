import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import { useAddress } from '../../app/address.ts';
import { mayManage, usePlace } from '../../app/session.tsx';
import { date } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { problemOf, textOf } from '../../ui/form-fields.ts';
import { List, OpenButton } from '../../ui/list.tsx';
import { Card, Empty } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { TeamPanel } from './team-panel.tsx';

/** Groups of members that projects and connections may belong to. */
export function Teams() {
  const { t, language } = useWords();
  const place = usePlace();
  const {
    said: { open },
    say,
  } = useAddress();
  const [isMaking, setIsMaking] = useState(false);
  const list = useRows('listTeams', {});
  const make = mayManage(place) && (
    <Button look="primary" icon="plus" onClick={() => setIsMaking(true)}>
      {t('organization.teams.make')}
    </Button>
  );
  return (
    <Card title={t('organization.tabs.teams')} action={make}>
      <List
        list={list}
        label={t('organization.tabs.teams')}
        keyOf={({ id }) => id}
        empty={
          <Empty icon="user" title={t('organization.teams.emptyTitle')} text={t('organization.teams.emptyText')} />
        }
        columns={[
          {
            name: 'name',
            head: t('app.name'),
            cell: ({ id, name }) => <OpenButton onOpen={() => say({ open: id })}>{name}</OpenButton>,
          },
          {
            name: 'created',
            head: t('app.createdAt'),
            cell: ({ created_at }) => <span className="whitespace-nowrap">{date(created_at, language)}</span>,
          },
          { name: 'id', head: 'ID', isMinor: true, cell: ({ id }) => <code className="text-xs text-dim">{id}</code> },
        ]}
      />
      {isMaking && <NewTeam onClose={() => setIsMaking(false)} onMade={(id) => say({ open: id })} />}
      {open !== undefined && <TeamPanel id={open} onClose={() => say({ open: undefined })} />}
    </Card>
  );
}

function NewTeam({ onClose, onMade }: { readonly onClose: () => void; readonly onMade: (id: string) => void }) {
  const { t } = useWords();
  const make = useChange('createTeam', ['listTeams']);
  return (
    <FormDialog
      title={t('organization.teams.make')}
      action={t('app.create')}
      error={make.error}
      isBusy={make.isPending}
      onSubmit={(fields) =>
        make.mutate(
          { body: { name: textOf(fields, 'name') } },
          {
            onSuccess: ({ id }) => {
              onClose();
              onMade(id);
            },
          },
        )
      }
      onClose={onClose}
    >
      <TextField
        label={t('app.name')}
        name="name"
        required
        maxLength={100}
        autoFocus
        problem={problemOf(make.error, 'name')}
      />
    </FormDialog>
  );
}
