import { type FormEvent, useState } from 'react';
import type { Answer } from '../../api/call.ts';
import { useAsk, useChange } from '../../api/hooks.ts';
import { useToast } from '../../app/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { linesOf, optionalTextOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { Card, Loading, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { CreditHeader } from './credit-header.tsx';
import { Issuer } from './issuer.tsx';
import { PaymentKit } from './payment-kit.tsx';
import { PaymentMethods } from './payment-methods.tsx';
import { AmountsFields, PackFields } from './sale-fields.tsx';

export type SaleView = Answer<'getSale'>;

/** How the operator sells credits: what, for how much, and who takes the money. */
export function Sale() {
  // Above the form, which begins anew once it is saved.
  const saving = useChange('setSale', ['getSale', 'getCreditSale']);
  const asked = useAsk('getSale', {});
  return (
    <>
      <CreditHeader current="sale" />
      <div className="flex flex-col gap-4">
        {asked.data === undefined ? (
          <Card>{asked.error === null ? <Loading /> : <Problem error={asked.error} />}</Card>
        ) : (
          <Form key={JSON.stringify(asked.data)} sale={asked.data} saving={saving} />
        )}
        <Issuer />
        <PaymentMethods />
        <PaymentKit />
      </div>
    </>
  );
}

type FormProps = { readonly sale: SaleView; readonly saving: ReturnType<typeof useChange<'setSale'>> };

function Form({ sale, saving: { error, isPending, mutate } }: FormProps) {
  const { t } = useWords();
  const toast = useToast();
  const [packs, setPacks] = useState<readonly (SaleView['packs'][number] | undefined)[]>(sale.packs);
  const [amounts, setAmounts] = useState<readonly (SaleView['amounts'][number] | undefined)[]>(sale.amounts);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    mutate(
      { body: saleOf(new FormData(event.currentTarget), { packs: packs.length, amounts: amounts.length }) },
      { onSuccess: () => toast(t('credit.sale.saved')) },
    );
  };
  const without = (place: number) => (_: unknown, index: number) => index !== place;
  return (
    <Card title={t('credit.sale.title')}>
      <form onSubmit={submit} className="flex flex-col gap-5">
        <p className="max-w-prose text-dim">{t('credit.sale.text')}</p>
        {packs.map((pack, index) => (
          <PackFields
            // What was entered stays with its place; a removed one takes its own away.
            key={pack?.id ?? `new ${index}`}
            index={index}
            pack={pack}
            onRemove={() => setPacks(packs.filter(without(index)))}
          />
        ))}
        <div>
          <Button icon="plus" onClick={() => setPacks([...packs, undefined])}>
            {t('credit.sale.addPack')}
          </Button>
        </div>
        {amounts.map((each, index) => (
          <AmountsFields
            key={each?.currency ?? `new ${index}`}
            index={index}
            amounts={each}
            onRemove={() => setAmounts(amounts.filter(without(index)))}
          />
        ))}
        <div>
          <Button icon="plus" onClick={() => setAmounts([...amounts, undefined])}>
            {t('credit.sale.addCurrency')}
          </Button>
        </div>
        <div className="max-w-xs">
          <TextField
            label={t('credit.sale.lasts')}
            name="lasts_days"
            inputMode="numeric"
            pattern="[0-9]+"
            isOptional
            defaultValue={sale.lasts_days}
            hint={t('credit.starters.lastsHint')}
            problem={problemOf(error, 'lasts_days')}
          />
        </div>
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

/** What was entered, as the API takes it. */
function saleOf(fields: FormData, counts: { readonly packs: number; readonly amounts: number }): SaleView {
  const lastsDays = optionalTextOf(fields, 'lasts_days');
  const places = (count: number) => Array.from({ length: count }, (_, index) => index);
  return {
    packs: places(counts.packs).map((index) => ({
      id: textOf(fields, `pack-id-${index}`),
      name: textOf(fields, `pack-name-${index}`),
      credits: textOf(fields, `pack-credits-${index}`),
      prices: linesOf(fields, `pack-prices-${index}`).map(priceOf),
    })),
    amounts: places(counts.amounts).map((index) => ({
      currency: textOf(fields, `amounts-currency-${index}`).toUpperCase(),
      credit_price: textOf(fields, `amounts-price-${index}`),
      least: textOf(fields, `amounts-least-${index}`),
      most: textOf(fields, `amounts-most-${index}`),
    })),
    ...(lastsDays === undefined ? {} : { lasts_days: Number(lastsDays) }),
  };
}

/** `USD 10.00`, in either order. */
function priceOf(line: string): { readonly currency: string; readonly amount: string } {
  const words = line.toUpperCase().split(/\s+/);
  return {
    currency: words.find((word) => /^[A-Z]+$/.test(word)) ?? '',
    amount: words.find((word) => /^[0-9]/.test(word)) ?? '',
  };
}
