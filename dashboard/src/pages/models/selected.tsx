import type { Model } from '../../api/types.ts';
import { useToast } from '../../app/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { useStateChanges } from './use-state-changes.ts';

/** What can be done with the models that are selected. */
export function Selected({ models, onDone }: { readonly models: readonly Model[]; readonly onDone: () => void }) {
  const { t } = useWords();
  const toast = useToast();
  const change = useStateChanges();
  const give = (state: Model['state']): void => {
    const ids = models.filter((model) => model.state !== state).map(({ id }) => id);
    change.mutate(
      { ids, state },
      {
        onSuccess: () => {
          toast(t('models.changed', { count: ids.length }));
          onDone();
        },
      },
    );
  };
  if (models.length === 0) return <Problem error={change.error} />;
  const total = change.variables?.ids.length ?? 0;
  return (
    <div className="mb-3 flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2 rounded-lg bg-accent-ground px-3.5 py-2">
        <span role="status" className="mr-auto font-medium text-accent">
          {change.isPending
            ? t('models.working', { done: change.done, count: total })
            : t('models.selected', { count: models.length })}
        </span>
        <Button isBusy={change.isPending} onClick={() => give('enabled')}>
          {t(models.every(({ state }) => state === 'awaiting_approval') ? 'models.approve' : 'models.enable')}
        </Button>
        <Button isBusy={change.isPending} onClick={() => give('hidden')}>
          {t('models.hide')}
        </Button>
      </div>
      <Problem error={change.error} />
    </div>
  );
}
