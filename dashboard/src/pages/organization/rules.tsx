import { type ReactNode, useState } from 'react';
import { useAsk } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import type { AccessRule } from '../../api/types.ts';
import { KeyLink } from '../../app/key-link.tsx';
import { mayManage, usePlace } from '../../app/session.tsx';
import { date } from '../../format/times.ts';
import { Act } from '../../ui/act.tsx';
import { Button } from '../../ui/button.tsx';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { LISTS, type ListName, RuleForm } from './rule-form.tsx';

/** Which models, providers and regions may be used; all rules above a key have to agree. */
export function Rules() {
  const { t, language } = useWords();
  const place = usePlace();
  const [editing, setEditing] = useState<AccessRule | 'new'>();
  const list = useRows('listRules', {});
  const nameOf = useNames();
  const make = mayManage(place) && (
    <Button look="primary" icon="plus" onClick={() => setEditing('new')}>
      {t('organization.rules.make')}
    </Button>
  );
  return (
    <Card title={t('organization.tabs.rules')} action={make}>
      <p className="mb-3 max-w-prose text-dim">{t('organization.rules.intro')}</p>
      <List
        list={list}
        label={t('organization.tabs.rules')}
        keyOf={({ id }) => id}
        empty={
          <Empty icon="audit" title={t('organization.rules.emptyTitle')} text={t('organization.rules.emptyText')} />
        }
        columns={[
          {
            name: 'for',
            head: t('organization.rules.for'),
            cell: (rule) => (
              <div className="min-w-28">
                <p className="font-medium">
                  {rule.scope === 'key' ? <KeyLink id={rule.scope_id}>{nameOf(rule)}</KeyLink> : nameOf(rule)}
                </p>
                <Badge tone={rule.scope === 'operator' ? 'warn' : 'calm'}>
                  {t(`organization.rules.scopes.${rule.scope}`)}
                  {rule.scope === 'operator' && ` · ${t('organization.rules.readOnly')}`}
                </Badge>
                <div className="mt-2 md:hidden">
                  <Lists rule={rule} />
                </div>
              </div>
            ),
          },
          { name: 'lists', head: t('organization.rules.what'), isMinor: true, cell: (rule) => <Lists rule={rule} /> },
          {
            name: 'updated',
            head: t('organization.rules.since'),
            isMinor: true,
            cell: ({ updated_at }) => date(updated_at, language),
          },
          {
            name: 'actions',
            head: <span className="sr-only">{t('app.actions')}</span>,
            isNumber: true,
            cell: (rule) =>
              mayManage(place) && <RuleActs rule={rule} name={nameOf(rule)} onEdit={() => setEditing(rule)} />,
          },
        ]}
      />
      {editing !== undefined && (
        <RuleForm
          rule={editing === 'new' ? undefined : editing}
          name={editing === 'new' ? '' : nameOf(editing)}
          taken={new Set(list.rows?.map(({ id }) => id))}
          onClose={() => setEditing(undefined)}
        />
      )}
    </Card>
  );
}

function RuleActs({
  rule: { scope, scope_id, revision },
  name,
  onEdit,
}: {
  readonly rule: AccessRule;
  readonly name: string;
  readonly onEdit: () => void;
}): ReactNode {
  const { t } = useWords();
  if (scope === 'operator') return null;
  return (
    <div className="flex justify-end gap-1">
      <Button look="quiet" icon="start" label={`${t('app.edit')}: ${name}`} onClick={onEdit} />
      <Act
        operation="deleteRule"
        taken={{ params: { scope, scope_id }, revision }}
        changes={['listRules']}
        label={t('app.remove')}
        of={name}
        icon="trash"
        look="quiet"
        confirm={t('organization.rules.removeText', { name })}
      />
    </div>
  );
}

function Lists({ rule }: { readonly rule: AccessRule }) {
  const { t } = useWords();
  const given = (Object.keys(LISTS) as ListName[]).filter((name) => rule[name] !== undefined);
  return (
    <ul className="flex flex-col gap-1">
      {given.map((name) => (
        <li key={name}>
          <span className="text-dim">
            {t('organization.rules.says', { list: t(`organization.rules.lists.${name}`) })}{' '}
          </span>
          <span className="font-mono text-[13px] break-words">
            {rule[name]?.join(', ') || t('organization.rules.nothing')}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What a rule stands on, by name. */
function useNames(): (rule: AccessRule) => string {
  const place = usePlace();
  const teams = useAsk('listTeams', { query: { limit: 200 } });
  const projects = useAsk('listProjects', { query: { limit: 200 } });
  const keys = useAsk('listKeys', { query: { limit: 200 } });
  const named = [teams.data?.data, projects.data?.data, keys.data?.data].flatMap(
    (rows: readonly { readonly id: string; readonly name: string }[] | undefined) => rows ?? [],
  );
  const names = new Map(named.map(({ id, name }) => [id, name]));
  return ({ scope, scope_id: id }) =>
    scope === 'operator' || scope === 'organization' ? place.name : (names.get(id) ?? id);
}
