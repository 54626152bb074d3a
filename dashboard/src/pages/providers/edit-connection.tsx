import { type FormEvent, useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import type { Connection, Credential } from '../../api/types.ts';
import { fieldProblem, textOf } from '../../app/form.ts';
import { useToast } from '../../app/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { Notice, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { CHANGED } from './changed.ts';
import { PolicyField, policyOf } from './policy-field.tsx';

const POSITION_MAX = 1_000_000;

/** Changes a connection; another address asks for every secret again. */
export function EditConnection({
  connection,
  credentials,
  onClose,
}: {
  readonly connection: Connection;
  readonly credentials: readonly Credential[];
  readonly onClose: () => void;
}) {
  const { t } = useWords();
  const toast = useToast();
  const update = useChange('updateConnection', CHANGED);
  const [address, setAddress] = useState(connection.base_url);
  const isMoved = address.trim() !== connection.base_url;
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const name = textOf(fields, 'name');
    update.mutate(
      {
        params: { connection_id: connection.id },
        body: {
          ...(name === connection.name ? {} : { name }),
          new_model_policy: policyOf(fields),
          position: Number(fields.get('position')),
          ...(isMoved ? { base_url: address.trim(), secrets: secretsOf(fields, credentials) } : {}),
        },
        revision: connection.revision,
      },
      {
        onSuccess: () => {
          toast(t('providers.saved'));
          onClose();
        },
      },
    );
  };
  return (
    <Dialog title={t('providers.editTitle', { name: connection.name })} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          label={t('app.name')}
          name="name"
          required
          defaultValue={connection.name}
          hint={t('providers.nameHint')}
          problem={fieldProblem(update.error, 'name')}
        />
        <TextField
          label={t('providers.baseUrl')}
          type="url"
          required
          value={address}
          onChange={(event) => setAddress(event.target.value)}
          problem={fieldProblem(update.error, 'base_url', 'baseUrl')}
        />
        {isMoved && credentials.length > 0 && (
          <>
            <Notice tone="warn">{t('providers.secretsAgain')}</Notice>
            {credentials.map(({ id, name, masked }) => (
              <TextField
                key={id}
                label={t('providers.secretOf', { name })}
                hint={masked}
                name={`secret.${id}`}
                type="password"
                required
                problem={fieldProblem(update.error, `secrets.${id}`)}
              />
            ))}
          </>
        )}
        <PolicyField defaultValue={connection.new_model_policy} />
        <TextField
          label={t('providers.position')}
          name="position"
          type="number"
          required
          min={0}
          max={POSITION_MAX}
          step={1}
          defaultValue={connection.position}
          hint={t('providers.positionHint')}
          problem={fieldProblem(update.error, 'position')}
        />
        <Problem error={update.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('app.cancel')}</Button>
          <Button type="submit" look="primary" isBusy={update.isPending}>
            {t('app.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function secretsOf(fields: FormData, credentials: readonly Credential[]) {
  return credentials.map(({ id }) => ({ credential_id: id, secret: textOf(fields, `secret.${id}`) }));
}
