import { type FormEvent, useState } from 'react';
import type { Answer } from '../../api/call.ts';
import { useAsk, useChange } from '../../api/hooks.ts';
import { useToast } from '../../app/toasts.tsx';
import { dateTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { Code } from '../../ui/code.tsx';
import { TextField } from '../../ui/field.tsx';
import { optionalTextOf, problemOf } from '../../ui/form-fields.ts';
import { Facts } from '../../ui/list.tsx';
import { Badge, Card, Loading, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

type Account = Answer<'listPaymentMethods'>['data'][number];

/** The services that may take payments, and how the hub is known to each. */
export function PaymentMethods() {
  const saving = useChange('setPaymentMethod', ['listPaymentMethods', 'getCreditSale']);
  const { data, error } = useAsk('listPaymentMethods', {});
  if (data === undefined) return <Card>{error === null ? <Loading /> : <Problem error={error} />}</Card>;
  return data.data.map((account) => (
    <Stripe key={`${account.method} ${account.revision}`} account={account} saving={saving} />
  ));
}

type StripeProps = {
  readonly account: Account;
  readonly saving: ReturnType<typeof useChange<'setPaymentMethod'>>;
};

const TONES = { on: 'good', off: 'calm', missing: 'calm' } as const;

function Stripe({ account, saving: { error, isPending, mutate } }: StripeProps) {
  const { t, language } = useWords();
  const toast = useToast();
  const { method, state, mode, masked_key: key, updated_at: updatedAt, revision } = account;
  const isKnown = state !== 'missing';
  const [isOn, setIsOn] = useState(state !== 'off');
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const secretKey = optionalTextOf(fields, 'secret_key');
    const webhookSecret = optionalTextOf(fields, 'webhook_secret');
    mutate(
      {
        params: { method },
        ...(isKnown ? { revision } : {}),
        body: {
          enabled: isOn,
          ...(secretKey === undefined ? {} : { secret_key: secretKey }),
          ...(webhookSecret === undefined ? {} : { webhook_secret: webhookSecret }),
        },
      },
      { onSuccess: () => toast(t('credit.sale.methodSaved')) },
    );
  };
  return (
    <Card title={t('credit.sale.stripe')}>
      <form onSubmit={submit} className="flex max-w-xl flex-col gap-4">
        <p className="max-w-prose text-dim">{t('credit.sale.stripeText')}</p>
        <Facts
          facts={[
            [t('credit.buy.state'), <Badge tone={TONES[state]}>{t(`credit.sale.states.${state}`)}</Badge>],
            [t('credit.sale.mode'), mode && t(`credit.sale.modes.${mode}`)],
            [t('credit.sale.key'), key],
            [t('credit.sale.changed'), updatedAt && dateTime(updatedAt, language)],
          ]}
        />
        <div className="flex flex-col gap-1.5">
          <p className="text-sm font-medium">{t('credit.sale.eventsUrl')}</p>
          <Code text={account.events_url} label={t('credit.sale.eventsUrl')} />
          <p className="text-[13px] text-dim">{t('credit.sale.eventsHint')}</p>
        </div>
        <TextField
          label={t('credit.sale.secretKey')}
          name="secret_key"
          type="password"
          autoComplete="off"
          required={!isKnown}
          isOptional={isKnown}
          placeholder="sk_live_…"
          hint={isKnown ? t('credit.sale.keepHint') : t('credit.sale.secretHint')}
          problem={problemOf(error, 'secret_key')}
        />
        <TextField
          label={t('credit.sale.webhookSecret')}
          name="webhook_secret"
          type="password"
          autoComplete="off"
          required={!isKnown}
          isOptional={isKnown}
          placeholder="whsec_…"
          hint={isKnown ? t('credit.sale.keepHint') : t('credit.sale.webhookHint')}
          problem={problemOf(error, 'webhook_secret')}
        />
        <CheckField label={t('credit.sale.takes')} checked={isOn} onChange={(event) => setIsOn(event.target.checked)} />
        <Problem error={error} />
        <div>
          <Button type="submit" look="primary" isBusy={isPending}>
            {t('app.save')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
