import type { ReactNode } from 'react';
import { Button } from '../../ui/button.tsx';
import { AreaField, TextField } from '../../ui/field.tsx';
import { DECIMAL } from '../../ui/form-fields.ts';
import { useWords } from '../../words/index.ts';
import type { SaleView } from './sale.tsx';

const NAME_MAX = 100;

type PackProps = {
  readonly index: number;
  readonly pack: SaleView['packs'][number] | undefined;
  readonly onRemove: () => void;
};

export function PackFields({ index, pack, onRemove }: PackProps) {
  const { t } = useWords();
  return (
    <Group title={pack?.name ?? t('credit.sale.newPack')} onRemove={onRemove}>
      <TextField
        label={t('app.name')}
        name={`pack-name-${index}`}
        required
        maxLength={NAME_MAX}
        defaultValue={pack?.name}
        hint={t('credit.sale.nameHint')}
      />
      <TextField
        label={t('credit.sale.id')}
        name={`pack-id-${index}`}
        required
        pattern="[a-z0-9][a-z0-9._\-]*"
        defaultValue={pack?.id}
        hint={t('credit.sale.idHint')}
      />
      <TextField
        label={t('credit.sale.credits')}
        name={`pack-credits-${index}`}
        inputMode="decimal"
        pattern={DECIMAL}
        required
        defaultValue={pack?.credits}
      />
      <AreaField
        label={t('credit.sale.prices')}
        name={`pack-prices-${index}`}
        required
        placeholder={'USD 10.00\nTWD 320'}
        defaultValue={pack?.prices.map(({ currency, amount }) => `${currency} ${amount}`).join('\n')}
        hint={t('credit.sale.pricesHint')}
      />
    </Group>
  );
}

type AmountsProps = {
  readonly index: number;
  readonly amounts: SaleView['amounts'][number] | undefined;
  readonly onRemove: () => void;
};

/** What people may pay who choose the amount themselves. */
export function AmountsFields({ index, amounts, onRemove }: AmountsProps) {
  const { t } = useWords();
  const decimal = { inputMode: 'decimal', pattern: DECIMAL, required: true } as const;
  const title = t('credit.sale.ownAmount', { currency: amounts?.currency ?? '' });
  return (
    <Group title={title} onRemove={onRemove}>
      <TextField
        label={t('credit.buy.currency')}
        name={`amounts-currency-${index}`}
        required
        pattern="[A-Za-z]{3}"
        placeholder="USD"
        defaultValue={amounts?.currency}
      />
      <TextField
        label={t('credit.sale.creditPrice')}
        name={`amounts-price-${index}`}
        {...decimal}
        defaultValue={amounts?.credit_price}
        hint={t('credit.sale.creditPriceHint')}
      />
      <TextField
        label={t('credit.sale.least')}
        name={`amounts-least-${index}`}
        {...decimal}
        defaultValue={amounts?.least}
      />
      <TextField
        label={t('credit.sale.most')}
        name={`amounts-most-${index}`}
        {...decimal}
        defaultValue={amounts?.most}
      />
    </Group>
  );
}

type GroupProps = { readonly title: string; readonly onRemove: () => void; readonly children: ReactNode };

function Group({ title, onRemove, children }: GroupProps) {
  const { t } = useWords();
  return (
    <fieldset className="grid gap-3 rounded-xl border border-line p-4 sm:grid-cols-2">
      <legend className="px-1 font-medium">{title}</legend>
      {children}
      <div className="sm:col-span-2">
        <Button label={`${t('app.remove')}: ${title}`} onClick={onRemove}>
          {t('app.remove')}
        </Button>
      </div>
    </fieldset>
  );
}
