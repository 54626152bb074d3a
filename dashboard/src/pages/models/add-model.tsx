import type { FormEvent } from 'react';
import { useChange } from '../../api/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { listOf, numberOf, textOf } from './form-fields.ts';
import type { Connections } from './use-connections.ts';

type AddModelProps = {
  readonly connections: Connections;
  readonly onAdded: (modelId: string) => void;
  readonly onClose: () => void;
};

/** Adds a model by hand. */
export function AddModel({ connections, onAdded, onClose }: AddModelProps) {
  const { t } = useWords();
  const add = useChange('addModel', ['listModels', 'listPrices', 'listCallableModels']);
  const problemOf = (param: string): string | undefined =>
    add.error?.param?.split(/[.[]/)[0] === param ? add.error.message : undefined;
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    add.mutate(
      {
        params: { connection_id: textOf(fields, 'connection') },
        body: bodyOf(fields),
      },
      { onSuccess: ({ id }) => onAdded(id) },
    );
  };
  const number = (name: 'context_tokens' | 'max_output_tokens', label: string) => (
    <TextField label={label} name={name} type="number" min={1} step={1} isOptional problem={problemOf(name)} />
  );
  const modalities = (name: 'input_modalities' | 'output_modalities', label: string) => (
    <TextField label={label} name={name} isOptional hint={t('models.modalitiesHint')} problem={problemOf(name)} />
  );
  return (
    <Dialog title={t('models.add')} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <p className="text-dim">{t('models.addText')}</p>
        <SelectField label={t('models.connection')} name="connection" required>
          {connections.all.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
        <TextField
          label={t('models.upstreamModel')}
          name="upstream_model"
          required
          maxLength={256}
          autoFocus
          problem={problemOf('upstream_model')}
        />
        <TextField
          label={t('models.displayName')}
          name="display_name"
          maxLength={200}
          isOptional
          problem={problemOf('display_name')}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          {number('context_tokens', t('models.contextTokens'))}
          {number('max_output_tokens', t('models.maxOutputTokens'))}
          {modalities('input_modalities', t('models.takesWhat'))}
          {modalities('output_modalities', t('models.givesWhat'))}
        </div>
        <Problem error={add.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('app.cancel')}</Button>
          <Button type="submit" look="primary" isBusy={add.isPending}>
            {t('models.add')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What was entered; what was left empty is not known. */
function bodyOf(fields: FormData) {
  const facts = {
    display_name: textOf(fields, 'display_name') || undefined,
    context_tokens: numberOf(fields, 'context_tokens'),
    max_output_tokens: numberOf(fields, 'max_output_tokens'),
    input_modalities: listOf(fields, 'input_modalities'),
    output_modalities: listOf(fields, 'output_modalities'),
  };
  return {
    upstream_model: textOf(fields, 'upstream_model'),
    ...Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)),
  };
}
