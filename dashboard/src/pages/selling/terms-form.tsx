import type { FormEvent } from 'react';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { optionalTextOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import type { Charging } from './setup.tsx';
import { type ChargingField, useCharging, withoutRuled } from './use-charging.ts';

/** What a credit is worth, what is added to the cost, and how amounts are shown. */
export function TermsForm({ charging }: { readonly charging: Charging }) {
  const { t } = useWords();
  const { error, isBusy, save } = useCharging(charging);
  const { missing, settled_price_usd, ruled_by_settings } = charging;
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const terms = {
      price_usd: settled_price_usd ?? textOf(fields, 'price_usd'),
      margin_percent: textOf(fields, 'margin_percent'),
      low: textOf(fields, 'low'),
      name: optionalTextOf(fields, 'name') ?? null,
      prefix: optionalTextOf(fields, 'prefix') ?? null,
      decimals: Number(textOf(fields, 'decimals')),
    };
    save(withoutRuled(charging, terms), t('selling.setup.saved'));
  };
  const field = (name: ChargingField, hint: string | undefined) => {
    const isRuled = ruled_by_settings.includes(name);
    return {
      name,
      disabled: isRuled,
      hint: isRuled ? t('selling.setup.ruled') : hint,
      problem: problemOf(error, name),
    };
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <p className="text-dim">{t('selling.setup.termsText')}</p>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={t('selling.setup.price')}
          {...field(
            'price_usd',
            t(settled_price_usd === undefined ? 'selling.setup.priceHint' : 'selling.setup.settled'),
          )}
          {...(settled_price_usd === undefined ? {} : { disabled: true })}
          inputMode="decimal"
          required
          defaultValue={settled_price_usd ?? charging.price_usd}
        />
        <TextField
          label={t('selling.setup.margin')}
          {...field('margin_percent', t('selling.setup.marginHint'))}
          inputMode="decimal"
          required
          defaultValue={missing.includes('margin') ? '' : charging.margin_percent}
        />
        <TextField
          label={t('selling.setup.low')}
          {...field('low', t('selling.setup.lowHint'))}
          inputMode="decimal"
          required
          defaultValue={charging.low}
        />
        <TextField
          label={t('selling.setup.decimals')}
          {...field('decimals', t('selling.setup.decimalsHint'))}
          inputMode="numeric"
          pattern="[0-9]"
          required
          defaultValue={charging.decimals}
        />
        <TextField
          label={t('selling.setup.name')}
          {...field('name', t('selling.setup.nameHint'))}
          isOptional
          maxLength={32}
          defaultValue={charging.name}
        />
        <TextField
          label={t('selling.setup.prefix')}
          {...field('prefix', t('selling.setup.prefixHint'))}
          isOptional
          maxLength={4}
          defaultValue={charging.prefix}
        />
      </div>
      <Problem error={error} />
      <div>
        <Button type="submit" look="primary" isBusy={isBusy}>
          {t('app.save')}
        </Button>
      </div>
    </form>
  );
}
