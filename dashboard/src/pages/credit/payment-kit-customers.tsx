import { type FormEvent, useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import { useCredits } from '../../app/credits.ts';
import { useToast } from '../../app/toasts.tsx';
import { dateTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { problemOf, textOf } from '../../ui/form-fields.ts';
import { Facts, List } from '../../ui/list.tsx';
import { Empty, Loading, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

/** Which organization is which customer there, and whether both sides agree. `isLed`: Payment Kit's balance leads. */
export function PaymentKitCustomers({ isLed }: { readonly isLed: boolean }) {
  const { t } = useWords();
  const list = useRows('listPaymentKitCustomers', {});
  const [compared, setCompared] = useState<string>();
  return (
    <section className="flex flex-col gap-4 border-t border-line pt-5">
      <h3 className="text-sm font-medium">{t('credit.kit.customers')}</h3>
      <List
        list={list}
        label={t('credit.kit.customers')}
        keyOf={({ organization_id }) => organization_id}
        empty={<Empty icon="credit" title={t('credit.kit.noCustomers')} text={t('credit.kit.noCustomersText')} />}
        columns={[
          {
            name: 'organization',
            head: t('credit.kit.organization'),
            cell: (row) => <span className="wrap-anywhere">{row.organization_name}</span>,
          },
          {
            name: 'did',
            head: t('credit.kit.customer'),
            cell: ({ did }) => <span className="wrap-anywhere">{did}</span>,
          },
          {
            name: 'compare',
            head: '',
            cell: (row) => (
              <Button
                label={t('credit.kit.compareOne', { name: row.organization_name })}
                onClick={() => setCompared(compared === row.organization_id ? undefined : row.organization_id)}
              >
                {t('credit.kit.compare')}
              </Button>
            ),
          },
        ]}
      />
      {compared !== undefined && <Comparison key={compared} organizationId={compared} isLed={isLed} />}
      <Link />
    </section>
  );
}

function Comparison({ organizationId, isLed }: { readonly organizationId: string; readonly isLed: boolean }) {
  const { t, language } = useWords();
  const { named } = useCredits();
  const params = { organization_id: organizationId };
  const checking = useChange('checkPaymentKitCustomer', ['comparePaymentKitCustomer']);
  const { data, error } = useAsk('comparePaymentKitCustomer', { params });
  if (data === undefined) return error === null ? <Loading /> : <Problem error={error} />;
  const toTake = data.to_take === undefined ? t('credit.kit.toTakeUnknown') : named(data.to_take);
  return (
    <div className="flex max-w-xl flex-col gap-3">
      <Facts
        facts={[
          [t('credit.kit.left'), named(data.left)],
          [t('credit.kit.remaining'), named(data.remaining)],
          [t('credit.kit.onItsWay'), named(data.usage.waiting_credits)],
          [t('credit.kit.untold'), named(data.untold)],
          [t('credit.kit.pending'), named(data.pending)],
          ...(isLed || Number(data.used_elsewhere) !== 0
            ? [[t('credit.kit.usedElsewhere'), named(data.used_elsewhere)] as const]
            : []),
          ...(isLed ? [[t('credit.kit.toTake'), toTake] as const] : []),
          [t('credit.kit.checkedAt'), data.checked_at && dateTime(data.checked_at, language)],
        ]}
      />
      <p className="text-[13px] text-dim">{t('credit.kit.agree')}</p>
      <Problem error={checking.error} />
      <div>
        <Button isBusy={checking.isPending} onClick={() => checking.mutate({ params })}>
          {t('credit.purchases.check')}
        </Button>
      </div>
    </div>
  );
}

function Link() {
  const { t } = useWords();
  const toast = useToast();
  const { error, isPending, mutate } = useChange('linkPaymentKitCustomer', ['listPaymentKitCustomers']);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    const fields = new FormData(form);
    mutate(
      {
        params: { organization_id: textOf(fields, 'organization_id') },
        body: { customer: textOf(fields, 'customer') },
      },
      {
        onSuccess: () => {
          form.reset();
          toast(t('credit.kit.linked'));
        },
      },
    );
  };
  return (
    <form onSubmit={submit} className="grid max-w-2xl gap-4 sm:grid-cols-2">
      <TextField
        label={t('credit.kit.organizationId')}
        name="organization_id"
        required
        placeholder="org_…"
        problem={problemOf(error, 'organization_id')}
      />
      <TextField
        label={t('credit.kit.customer')}
        name="customer"
        required
        placeholder="z1…"
        hint={t('credit.kit.customerHint')}
        problem={problemOf(error, 'customer')}
      />
      <div className="flex flex-col gap-3 sm:col-span-2">
        <Problem error={error} />
        <div>
          <Button type="submit" isBusy={isPending}>
            {t('credit.kit.linkOne')}
          </Button>
        </div>
      </div>
    </form>
  );
}
