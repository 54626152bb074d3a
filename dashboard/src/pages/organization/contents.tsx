import { useState } from 'react';
import type { Answer } from '../../api/call.ts';
import { useAsk, useChange } from '../../api/hooks.ts';
import { mayManage, usePlace } from '../../app/session.tsx';
import { useToast } from '../../app/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { TextField } from '../../ui/field.tsx';
import { Card, Loading, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

type Policy = Answer<'getContentPolicy'>;

/** Whether what is said in requests is stored, for how long, and what is struck out first. */
export function Contents() {
  const { t } = useWords();
  const asked = useAsk('getContentPolicy', {});
  return (
    <Card title={t('organization.settings.contents')}>
      <div className="flex max-w-xl flex-col gap-4">
        <p className="text-dim">{t('organization.settings.contentsText')}</p>
        <Problem error={asked.error} />
        {asked.data === undefined && asked.error === null && <Loading rows={2} />}
        {asked.data?.keep_days_max === 0 && <p>{t('organization.settings.contentsForbidden')}</p>}
        {asked.data !== undefined && asked.data.keep_days_max > 0 && (
          <PolicyForm key={asked.data.revision} policy={asked.data} />
        )}
      </div>
    </Card>
  );
}

function PolicyForm({ policy }: { readonly policy: Policy }) {
  const { t } = useWords();
  const toast = useToast();
  const isLocked = !mayManage(usePlace());
  const change = useChange('putContentPolicy', ['getContentPolicy']);
  const [stores, setStores] = useState(policy.store);
  const [redacts, setRedacts] = useState(policy.redact);
  const [days, setDays] = useState(String(Math.min(policy.keep_days, policy.keep_days_max)));
  const { project_ids, keep_days_max: max, revision } = policy;
  const save = (): void =>
    change.mutate(
      {
        body: {
          store: stores,
          redact: redacts,
          keep_days: Number(days),
          ...(project_ids === undefined ? {} : { project_ids }),
        },
        revision,
      },
      { onSuccess: () => toast(t('organization.saved')) },
    );
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <CheckField
        label={t('organization.settings.contentsStore')}
        hint={
          project_ids === undefined
            ? t('organization.settings.contentsStoreHint')
            : t('organization.settings.contentsProjects', { count: project_ids.length })
        }
        checked={stores}
        disabled={isLocked}
        onChange={(event) => setStores(event.target.checked)}
      />
      <CheckField
        label={t('organization.settings.contentsRedact')}
        hint={t('organization.settings.contentsRedactHint')}
        checked={redacts}
        disabled={isLocked || !stores}
        onChange={(event) => setRedacts(event.target.checked)}
      />
      <TextField
        label={t('organization.settings.contentsDays')}
        hint={t('organization.settings.contentsDaysHint', { max })}
        type="number"
        min={1}
        max={max}
        required
        value={days}
        disabled={isLocked || !stores}
        onChange={(event) => setDays(event.target.value)}
      />
      {!isLocked && (
        <div>
          <Button type="submit" isBusy={change.isPending}>
            {t('organization.settings.contentsSave')}
          </Button>
        </div>
      )}
      <Problem error={change.error} />
    </form>
  );
}
