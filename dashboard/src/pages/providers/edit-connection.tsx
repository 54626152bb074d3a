import { type FormEvent, useState } from 'react';
import type { CallError, Taken } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import type { Connection, Credential } from '../../api/types.ts';
import { fieldProblem } from '../../app/form.ts';
import { useToast } from '../../app/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { textOf } from '../../ui/form-fields.ts';
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
    const { id, revision } = connection;
    const base_url = isMoved ? address.trim() : undefined;
    update.mutate(
      { params: { connection_id: id }, body: bodyOf(fields, { connection, credentials, base_url }), revision },
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
        {isMoved && credentials.length > 0 && <SecretsAgain credentials={credentials} error={update.error} />}
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

function bodyOf(
  fields: FormData,
  {
    connection,
    credentials,
    base_url,
  }: {
    readonly connection: Connection;
    readonly credentials: readonly Credential[];
    /** Where it is another one. */
    readonly base_url: string | undefined;
  },
): Taken<'updateConnection'>['body'] {
  const name = textOf(fields, 'name');
  const secrets = credentials.map(({ id }) => ({ credential_id: id, secret: textOf(fields, `secret.${id}`) }));
  return {
    ...(name === connection.name ? {} : { name }),
    ...(base_url === undefined ? {} : { base_url, secrets }),
    new_model_policy: policyOf(fields),
    position: Number(fields.get('position')),
  };
}

function SecretsAgain({
  credentials,
  error,
}: {
  readonly credentials: readonly Credential[];
  readonly error: CallError | null;
}) {
  const { t } = useWords();
  return (
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
          problem={fieldProblem(error, `secrets.${id}`)}
        />
      ))}
    </>
  );
}
