import { type FormEvent, useState } from 'react';
import type { Answer } from '../../api/call.ts';
import { useAsk, useChange } from '../../api/hooks.ts';
import { mayManage, usePlace } from '../../app/session.tsx';
import { useToast } from '../../app/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { chosenOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { Card, Loading, Notice, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

type Policy = Answer<'getContentPolicy'>;

/** Whether what is said in the organization's requests is stored, and for how long. */
export function ContentPolicyCard() {
  const { t } = useWords();
  const place = usePlace();
  const { data: policy, error } = useAsk('getContentPolicy', {});
  return (
    <Card title={t('organization.contents.title')}>
      <div className="flex max-w-xl flex-col gap-4">
        <p className="text-dim">{t('organization.contents.intro')}</p>
        {policy === undefined && error === null && <Loading rows={3} />}
        <Problem error={error} />
        {policy !== undefined && <PolicyOf policy={policy} isMine={mayManage(place)} />}
      </div>
    </Card>
  );
}

function PolicyOf({ policy, isMine }: { readonly policy: Policy; readonly isMine: boolean }) {
  const { t } = useWords();
  if (policy.keep_days_max === 0) return <Notice tone="calm">{t('organization.contents.denied')}</Notice>;
  return isMine ? <PolicyForm key={policy.revision} policy={policy} /> : <PolicyInWords policy={policy} />;
}

function PolicyInWords({ policy: { store, keep_days, redact, project_ids } }: { readonly policy: Policy }) {
  const { t } = useWords();
  if (!store) return <p>{t('organization.contents.isOff')}</p>;
  const days = t('organization.contents.daysOf', { count: keep_days });
  return (
    <p>
      {t(project_ids === undefined ? 'organization.contents.isOn' : 'organization.contents.isOnOfSome', { days })}{' '}
      {t(redact ? 'organization.contents.isRedacted' : 'organization.contents.isNotRedacted')}
    </p>
  );
}

function PolicyForm({ policy }: { readonly policy: Policy }) {
  const { t } = useWords();
  const toast = useToast();
  const change = useChange('putContentPolicy', ['getContentPolicy']);
  const [isOfAll, setIsOfAll] = useState(policy.project_ids === undefined);
  const { keep_days_max: daysMax, revision } = policy;
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const body = {
      store: fields.has('store'),
      keep_days: Number(textOf(fields, 'days')),
      redact: fields.has('redact'),
      ...(isOfAll ? {} : { project_ids: chosenOf(fields, 'project') }),
    };
    change.mutate({ body, revision }, { onSuccess: () => toast(t('organization.saved')) });
  };
  const problem = change.error?.param;
  const isShown = problem !== undefined && ['keep_days', 'project_ids'].includes(problem);
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <CheckField
        label={t('organization.contents.store')}
        hint={t('organization.contents.storeHint')}
        name="store"
        defaultChecked={policy.store}
      />
      <TextField
        label={t('organization.contents.days')}
        name="days"
        type="number"
        required
        min={1}
        max={daysMax}
        step={1}
        defaultValue={Math.min(policy.keep_days, daysMax)}
        hint={t('organization.contents.daysHint', { count: daysMax })}
        problem={problemOf(change.error, 'keep_days')}
      />
      <CheckField
        label={t('organization.contents.redact')}
        hint={t('organization.contents.redactHint')}
        name="redact"
        defaultChecked={policy.redact}
      />
      <SelectField
        label={t('organization.contents.projects')}
        value={isOfAll ? 'all' : 'some'}
        problem={problemOf(change.error, 'project_ids') && t('organization.contents.chooseOne')}
        onChange={(event) => setIsOfAll(event.target.value === 'all')}
      >
        <option value="all">{t('organization.contents.allProjects')}</option>
        <option value="some">{t('organization.contents.someProjects')}</option>
      </SelectField>
      {!isOfAll && <ProjectChoice chosen={policy.project_ids ?? []} />}
      {!isShown && <Problem error={change.error} />}
      <div>
        <Button type="submit" look="primary" isBusy={change.isPending}>
          {t('app.save')}
        </Button>
      </div>
    </form>
  );
}

function ProjectChoice({ chosen }: { readonly chosen: readonly string[] }) {
  const { t } = useWords();
  const projects = useAsk('listProjects', { query: { limit: 500 } });
  if (projects.data === undefined) return projects.error === null ? <Loading /> : <Problem error={projects.error} />;
  return (
    <fieldset className="flex max-h-64 flex-col gap-2 overflow-y-auto">
      <legend className="mb-2 text-sm font-medium">{t('organization.tabs.projects')}</legend>
      {projects.data.data.map(({ id, name }) => (
        <CheckField key={id} label={name} name="project" value={id} defaultChecked={chosen.includes(id)} />
      ))}
    </fieldset>
  );
}
