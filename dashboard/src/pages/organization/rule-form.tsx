import { useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import type { AccessRule } from '../../api/types.ts';
import { usePlace } from '../../app/session.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { AreaField, SelectField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { linesOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { Notice } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

/** The lists of a rule, with an example of what stands in each. */
export const LISTS = {
  allowed_models: 'gpt-4.1*',
  denied_models: '*-preview',
  allowed_providers: 'openai',
  denied_providers: 'deepseek',
  allowed_regions: 'eu-*',
  denied_regions: 'us-east-1',
} as const;
export type ListName = keyof typeof LISTS;

type RuleFormProps = {
  /** The one to change; `undefined` for a new one. */
  readonly rule: AccessRule | undefined;
  readonly name: string;
  /** Ids of the rules that there are. */
  readonly taken: ReadonlySet<string>;
  readonly onClose: () => void;
};

/** Lays down a rule for the organization, a team or a project. */
export function RuleForm({ rule, name, taken, onClose }: RuleFormProps) {
  const { t } = useWords();
  const put = useChange('putRule', ['listRules', 'getRule']);
  const [isBare, setIsBare] = useState(false);
  const submit = (fields: FormData): void => {
    const [scope, scopeId = ''] = rule === undefined ? textOf(fields, 'on').split(':') : [rule.scope, rule.scope_id];
    const lists = listsOf(fields);
    setIsBare(Object.keys(lists).length === 0);
    if (Object.keys(lists).length === 0 || !isScope(scope)) return;
    put.mutate(
      {
        params: { scope, scope_id: scopeId },
        body: lists,
        ...(rule === undefined ? {} : { revision: rule.revision }),
      },
      { onSuccess: onClose },
    );
  };
  return (
    <FormDialog
      title={rule === undefined ? t('organization.rules.make') : `${t('app.edit')}: ${name}`}
      action={t('app.save')}
      error={put.error}
      isBusy={put.isPending}
      onSubmit={submit}
      onClose={onClose}
      isPanel
    >
      {rule === undefined && <Target taken={taken} />}
      <p className="text-dim">{t('organization.rules.hint')}</p>
      {(Object.keys(LISTS) as ListName[]).map((list) => (
        <ListField key={list} name={list} patterns={rule?.[list]} problem={problemOf(put.error, list)} />
      ))}
      {isBare && <Notice tone="bad">{t('organization.rules.bare')}</Notice>}
    </FormDialog>
  );
}

function ListField({
  name,
  patterns,
  problem,
}: {
  readonly name: ListName;
  readonly patterns: readonly string[] | undefined;
  readonly problem: string | undefined;
}) {
  const { t } = useWords();
  const [isNothing, setIsNothing] = useState(patterns?.length === 0);
  const isAllowed = name.startsWith('allowed');
  return (
    <div className="flex flex-col gap-1.5">
      <AreaField
        label={t(`organization.rules.lists.${name}`)}
        name={name}
        rows={2}
        placeholder={LISTS[name]}
        defaultValue={patterns?.join('\n')}
        disabled={isNothing}
        problem={problem}
      />
      {isAllowed && (
        <CheckField
          label={t('organization.rules.allowNothing')}
          name={`${name}.nothing`}
          checked={isNothing}
          onChange={(event) => setIsNothing(event.target.checked)}
        />
      )}
    </div>
  );
}

function Target({ taken }: { readonly taken: ReadonlySet<string> }) {
  const { t } = useWords();
  const place = usePlace();
  const teams = useAsk('listTeams', { query: { limit: 200 } });
  const projects = useAsk('listProjects', { query: { limit: 200, archived: 'false' } });
  const targets = [
    { scope: 'organization', id: place.organizationId, name: place.name },
    ...(teams.data?.data ?? []).map(({ id, name }) => ({ scope: 'team', id, name }) as const),
    ...(projects.data?.data ?? []).map(({ id, name }) => ({ scope: 'project', id, name }) as const),
  ] as const;
  return (
    <SelectField label={t('organization.rules.for')} name="on" hint={t('organization.rules.forHint')} required>
      {targets
        .filter(({ scope, id }) => !taken.has(`${scope}:${id}`))
        .map(({ scope, id, name }) => (
          <option key={id} value={`${scope}:${id}`}>
            {`${t(`organization.rules.scopes.${scope}`)}: ${name}`}
          </option>
        ))}
    </SelectField>
  );
}

/** Only the lists that say something: an empty one of what is allowed would allow nothing, and is so only when asked for. */
function listsOf(fields: FormData): { readonly [Name in ListName]?: readonly string[] } {
  const given = (Object.keys(LISTS) as ListName[])
    .map((name) => [name, linesOf(fields, name), fields.has(`${name}.nothing`)] as const)
    .filter(([, patterns, isNothing]) => isNothing || patterns.length > 0);
  return Object.fromEntries(given.map(([name, patterns, isNothing]) => [name, isNothing ? [] : patterns]));
}

function isScope(scope: string | undefined): scope is 'organization' | 'team' | 'project' | 'key' {
  return scope === 'organization' || scope === 'team' || scope === 'project' || scope === 'key';
}
