import { type FormEvent, useId } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { textOf } from './form-fields.ts';
import { useConnections } from './use-connections.ts';

/** Makes an alias, for a model that is given or for one to choose. */
export function NewAlias({ target, onClose }: { readonly target?: string; readonly onClose: () => void }) {
  const { t } = useWords();
  const make = useChange('createAlias', ['listAliases']);
  const models = useAsk('listModels', { query: { limit: 500, state: 'enabled', withdrawn: 'false' } });
  const { callName } = useConnections();
  const listId = useId();
  const problemOf = (param: string): string | undefined =>
    make.error?.param === param ? make.error.message : undefined;
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    make.mutate({ body: { name: textOf(fields, 'name'), target: textOf(fields, 'target') } }, { onSuccess: onClose });
  };
  return (
    <Dialog title={t('models.aliasAdd')} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          label={t('models.aliasName')}
          name="name"
          required
          maxLength={256}
          autoFocus
          problem={problemOf('name')}
        />
        <TextField
          label={t('models.aliasTarget')}
          name="target"
          required
          maxLength={256}
          defaultValue={target}
          list={listId}
          hint={t('models.aliasTargetHint')}
          problem={problemOf('target')}
        />
        <datalist id={listId}>
          {models.data?.data.map((model) => (
            <option key={model.id} value={callName(model)} />
          ))}
        </datalist>
        <Problem error={make.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('app.cancel')}</Button>
          <Button type="submit" look="primary" isBusy={make.isPending}>
            {t('app.create')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
