import type { FormEvent } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import type { Installation } from '../../api/types.ts';
import { useToast } from '../../app/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { AreaField, TextField } from '../../ui/field.tsx';
import { optionalTextOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { Card, Loading, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

const NAME_MAX = 100;
const ADDRESS_MAX = 500;

/** Who sells credit, as statements and credit notes name it. */
export function Issuer() {
  const { t } = useWords();
  // Above the form, which begins anew once it is saved.
  const saving = useChange('updateInstallation', ['getInstallation']);
  const { data, error } = useAsk('getInstallation', {});
  return (
    <Card title={t('credit.issuer.title')}>
      {data === undefined ? (
        error === null ? (
          <Loading />
        ) : (
          <Problem error={error} />
        )
      ) : (
        <Form key={JSON.stringify(data.issuer)} installation={data} saving={saving} />
      )}
    </Card>
  );
}

type FormProps = {
  readonly installation: Installation;
  readonly saving: ReturnType<typeof useChange<'updateInstallation'>>;
};

function Form({ installation: { issuer, name: called, revision }, saving: { error, isPending, mutate } }: FormProps) {
  const { t } = useWords();
  const toast = useToast();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const name = textOf(fields, 'name');
    const address = optionalTextOf(fields, 'address')?.replaceAll('\r\n', '\n');
    const taxId = optionalTextOf(fields, 'tax_id');
    const wanted = {
      name,
      ...(address === undefined ? {} : { address }),
      ...(taxId === undefined ? {} : { tax_id: taxId }),
    };
    mutate(
      { body: { issuer: name === '' ? null : wanted }, revision },
      { onSuccess: () => toast(t('credit.issuer.saved')) },
    );
  };
  return (
    <form onSubmit={submit} className="flex max-w-xl flex-col gap-4">
      <p className="max-w-prose text-dim">{t('credit.issuer.text')}</p>
      <TextField
        label={t('credit.issuer.name')}
        name="name"
        isOptional
        maxLength={NAME_MAX}
        placeholder={called}
        defaultValue={issuer?.name}
        problem={problemOf(error, 'issuer.name')}
      />
      <AreaField
        label={t('credit.issuer.address')}
        name="address"
        isOptional
        maxLength={ADDRESS_MAX}
        defaultValue={issuer?.address}
        problem={problemOf(error, 'issuer.address')}
      />
      <TextField
        label={t('credit.issuer.taxId')}
        name="tax_id"
        isOptional
        maxLength={NAME_MAX}
        defaultValue={issuer?.tax_id}
        problem={problemOf(error, 'issuer.tax_id')}
      />
      <Problem error={error} />
      <div>
        <Button type="submit" look="primary" isBusy={isPending}>
          {t('app.save')}
        </Button>
      </div>
    </form>
  );
}
