import { type FormEvent, useId, useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { textOf } from './form-fields.ts';
import { useConnections } from './use-connections.ts';

/** Says which model a provider's model is. */
export function NewIdentity({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWords();
  const make = useChange('createIdentityOverride', ['listIdentityOverrides']);
  const models = useAsk('listModels', { query: { limit: 500 } });
  const { all, providerOf } = useConnections();
  const providerIds = [...new Set(all.map(({ provider_id }) => provider_id))].toSorted();
  const [chosen, setChosen] = useState<string>();
  const providerId = chosen ?? providerIds[0] ?? '';
  const listId = useId();
  const problemOf = (param: string): string | undefined =>
    make.error?.param === param ? make.error.message : undefined;
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const [upstream, canonical] = [textOf(fields, 'upstream_model'), textOf(fields, 'canonical_model')];
    const body = { provider_id: providerId, upstream_model: upstream, canonical_model: canonical };
    make.mutate({ body }, { onSuccess: onClose });
  };
  return (
    <Dialog title={t('models.identityAdd')} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <SelectField
          label={t('models.identityProvider')}
          required
          value={providerId}
          onChange={(event) => setChosen(event.target.value)}
          problem={problemOf('provider_id')}
        >
          {providerIds.map((id) => (
            <option key={id}>{id}</option>
          ))}
        </SelectField>
        <TextField
          label={t('models.identityUpstream')}
          name="upstream_model"
          required
          maxLength={256}
          list={listId}
          autoFocus
          problem={problemOf('upstream_model')}
        />
        <datalist id={listId}>
          {models.data?.data
            .filter((model) => providerOf(model) === providerId)
            .map(({ id, upstream_model }) => (
              <option key={id} value={upstream_model} />
            ))}
        </datalist>
        <TextField
          label={t('models.identityCanonical')}
          name="canonical_model"
          required
          maxLength={256}
          hint={t('models.identityCanonicalHint')}
          problem={problemOf('canonical_model')}
        />
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
