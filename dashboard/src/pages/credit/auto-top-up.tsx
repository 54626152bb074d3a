import { type FormEvent, useEffect, useState } from 'react';
import type { Answer } from '../../api/call.ts';
import { useAsk, useChange } from '../../api/hooks.ts';
import { useAddress } from '../../app/address.ts';
import { useToast } from '../../app/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { DECIMAL, problemOf, textOf } from '../../ui/form-fields.ts';
import { Card, Notice, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

type Sale = Answer<'getCreditSale'>;
type TopUp = NonNullable<Answer<'getAutoTopUp'>['auto_top_up']>;

/** What the hub buys by itself when little is left, with a card that is saved at the payment service. */
export function AutoTopUp({ sale }: { readonly sale: Sale }) {
  const { t } = useWords();
  // Above the form, which begins anew once it is saved.
  const saving = useChange('setAutoTopUp', ['getAutoTopUp']);
  const asked = useAsk('getAutoTopUp', {});
  const { said } = useAddress();
  const { mutate: look } = useChange('lookForTopUpCard', ['getAutoTopUp']);
  const hasEntered = said['card'] === 'entered';
  useEffect(() => {
    if (hasEntered) look({});
  }, [hasEntered, look]);
  if (asked.data === undefined) return asked.error === null ? null : <Problem error={asked.error} />;
  const topUp = asked.data.auto_top_up;
  return (
    <Card title={t('credit.topUp.title')}>
      <div className="flex max-w-xl flex-col gap-4">
        <p className="max-w-prose text-dim">{t('credit.topUp.text')}</p>
        {topUp?.stopped_by !== undefined && <Notice tone="warn">{t(`credit.topUp.stops.${topUp.stopped_by}`)}</Notice>}
        <Form key={topUp?.revision ?? 0} sale={sale} topUp={topUp} saving={saving} />
        {topUp !== undefined && <SavedCard topUp={topUp} />}
      </div>
    </Card>
  );
}

type FormProps = {
  readonly sale: Sale;
  readonly topUp: TopUp | undefined;
  readonly saving: ReturnType<typeof useChange<'setAutoTopUp'>>;
};

function Form({ sale, topUp, saving: { error, isPending, mutate } }: FormProps) {
  const { t } = useWords();
  const toast = useToast();
  const [isOn, setIsOn] = useState(topUp?.enabled ?? true);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const [method] = sale.methods;
    if (method === undefined) return;
    mutate(
      {
        body: {
          method: method.method,
          enabled: isOn,
          below: textOf(fields, 'below'),
          currency: textOf(fields, 'currency'),
          amount: textOf(fields, 'amount'),
          day_most: textOf(fields, 'day_most'),
        },
      },
      { onSuccess: () => toast(t('credit.topUp.saved')) },
    );
  };
  const decimal = { inputMode: 'decimal', pattern: DECIMAL, required: true } as const;
  return (
    <form onSubmit={submit} className="grid gap-4 sm:grid-cols-2">
      <TextField
        label={t('credit.topUp.below')}
        name="below"
        {...decimal}
        defaultValue={topUp?.below ?? '5'}
        hint={t('credit.topUp.belowHint')}
        problem={problemOf(error, 'below')}
      />
      <SelectField
        label={t('credit.buy.currency')}
        name="currency"
        defaultValue={topUp?.currency}
        problem={problemOf(error, 'currency')}
      >
        {sale.amounts.map(({ currency }) => (
          <option key={currency}>{currency}</option>
        ))}
      </SelectField>
      <TextField
        label={t('credit.topUp.amount')}
        name="amount"
        {...decimal}
        defaultValue={topUp?.amount ?? '20'}
        hint={t('credit.topUp.amountHint')}
        problem={problemOf(error, 'amount')}
      />
      <TextField
        label={t('credit.topUp.dayMost')}
        name="day_most"
        {...decimal}
        defaultValue={topUp?.day_most ?? '60'}
        hint={t('credit.topUp.dayMostHint')}
        problem={problemOf(error, 'day_most')}
      />
      <div className="flex flex-col gap-4 sm:col-span-2">
        <CheckField label={t('credit.topUp.on')} checked={isOn} onChange={(event) => setIsOn(event.target.checked)} />
        <Problem error={error} />
        <div>
          <Button type="submit" isBusy={isPending}>
            {t('app.save')}
          </Button>
        </div>
      </div>
    </form>
  );
}

function SavedCard({ topUp }: { readonly topUp: TopUp }) {
  const { t, language } = useWords();
  const toast = useToast();
  const entering = useChange('saveTopUpCard', ['getAutoTopUp']);
  const forgetting = useChange('forgetTopUpCard', ['getAutoTopUp']);
  const enter = (): void =>
    entering.mutate({ body: { locale: language } }, { onSuccess: ({ card_url }) => window.location.assign(card_url) });
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-4">
      <p className="text-sm font-medium">{t('credit.topUp.card')}</p>
      <p className={topUp.card === undefined ? 'text-dim' : 'tabular-nums'}>{topUp.card ?? t('credit.topUp.noCard')}</p>
      <Problem error={entering.error ?? forgetting.error} />
      <div className="flex flex-wrap gap-2">
        <Button look={topUp.card === undefined ? 'primary' : 'plain'} isBusy={entering.isPending} onClick={enter}>
          {t(topUp.card === undefined ? 'credit.topUp.enter' : 'credit.topUp.another')}
        </Button>
        {topUp.card !== undefined && (
          <Button
            isBusy={forgetting.isPending}
            onClick={() => forgetting.mutate({}, { onSuccess: () => toast(t('credit.topUp.forgotten')) })}
          >
            {t('credit.topUp.forget')}
          </Button>
        )}
      </div>
    </div>
  );
}
