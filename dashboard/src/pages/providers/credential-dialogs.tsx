import type { FormEvent, ReactNode } from 'react';
import type { CallError } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import type { Connection, Credential } from '../../api/types.ts';
import { fieldProblem } from '../../app/form.ts';
import { useToast } from '../../app/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm, Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { textOf } from '../../ui/form-fields.ts';
import { Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { CHANGED } from './changed.ts';

const WEIGHT_USUAL = 100;
const WEIGHT_MAX = 1000;

type FormProps = {
  readonly title: string;
  readonly action: string;
  readonly isBusy: boolean;
  readonly error: CallError | null;
  readonly onFields: (fields: FormData) => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
};

function FormDialog({ title, action, isBusy, error, onFields, onClose, children }: FormProps) {
  const { t } = useWords();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onFields(new FormData(event.currentTarget));
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {children}
        <Problem error={error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('app.cancel')}</Button>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function SecretField({ error }: { readonly error: CallError | null }) {
  const { t } = useWords();
  return (
    <TextField
      label={t('providers.secret')}
      name="secret"
      type="password"
      required
      autoFocus
      hint={t('providers.secretHint')}
      problem={fieldProblem(error, 'secret')}
    />
  );
}

function WeightField({ error, weight }: { readonly error: CallError | null; readonly weight: number }) {
  const { t } = useWords();
  return (
    <TextField
      label={t('providers.weight')}
      name="weight"
      type="number"
      required
      min={1}
      max={WEIGHT_MAX}
      step={1}
      defaultValue={weight}
      hint={t('providers.weightHint')}
      problem={fieldProblem(error, 'weight')}
    />
  );
}

export function AddCredential({
  connection,
  onClose,
}: {
  readonly connection: Connection;
  readonly onClose: () => void;
}) {
  const { t } = useWords();
  const add = useChange('createCredential', CHANGED);
  const onFields = (fields: FormData): void => {
    const name = textOf(fields, 'name');
    add.mutate(
      {
        params: { connection_id: connection.id },
        body: {
          secret: textOf(fields, 'secret'),
          weight: Number(fields.get('weight')),
          ...(name === '' ? {} : { name }),
        },
      },
      { onSuccess: onClose },
    );
  };
  return (
    <FormDialog
      title={t('providers.addCredential')}
      action={t('providers.addOne')}
      isBusy={add.isPending}
      error={add.error}
      onFields={onFields}
      onClose={onClose}
    >
      <SecretField error={add.error} />
      <TextField label={t('app.name')} name="name" isOptional problem={fieldProblem(add.error, 'name')} />
      <WeightField error={add.error} weight={WEIGHT_USUAL} />
    </FormDialog>
  );
}

type OfCredential = { readonly credential: Credential; readonly onClose: () => void };

export function EditCredential({ credential: { id, name, weight, revision }, onClose }: OfCredential) {
  const { t } = useWords();
  const update = useChange('updateCredential', CHANGED);
  return (
    <FormDialog
      title={t('providers.editTitle', { name })}
      action={t('app.save')}
      isBusy={update.isPending}
      error={update.error}
      onFields={(fields) =>
        update.mutate(
          {
            params: { credential_id: id },
            body: { name: textOf(fields, 'name'), weight: Number(fields.get('weight')) },
            revision,
          },
          { onSuccess: onClose },
        )
      }
      onClose={onClose}
    >
      <TextField
        label={t('app.name')}
        name="name"
        required
        defaultValue={name}
        problem={fieldProblem(update.error, 'name')}
      />
      <WeightField error={update.error} weight={weight} />
    </FormDialog>
  );
}

export function ReplaceSecret({ credential: { id, name, masked, revision }, onClose }: OfCredential) {
  const { t } = useWords();
  const toast = useToast();
  const replace = useChange('replaceCredentialSecret', CHANGED);
  return (
    <FormDialog
      title={t('providers.newSecretTitle', { name })}
      action={t('app.save')}
      isBusy={replace.isPending}
      error={replace.error}
      onFields={(fields) =>
        replace.mutate(
          { params: { credential_id: id }, body: { secret: textOf(fields, 'secret') }, revision },
          {
            onSuccess: () => {
              toast(t('providers.saved'));
              onClose();
            },
          },
        )
      }
      onClose={onClose}
    >
      <p className="text-dim">{t('providers.newSecretText', { masked })}</p>
      <SecretField error={replace.error} />
    </FormDialog>
  );
}

export function RemoveCredential({ credential: { id, name, revision }, onClose }: OfCredential) {
  const { t } = useWords();
  const remove = useChange('deleteCredential', CHANGED);
  return (
    <Confirm
      title={t('providers.removeTitle', { name })}
      text={t('providers.removeCredentialText')}
      action={t('app.remove')}
      isBusy={remove.isPending}
      problem={<Problem error={remove.error} />}
      onConfirm={() => remove.mutate({ params: { credential_id: id }, revision }, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}
