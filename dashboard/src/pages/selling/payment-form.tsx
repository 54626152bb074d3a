import { type FormEvent, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { problemOf, textOf } from '../../ui/form-fields.ts';
import { Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import type { Charging } from './setup.tsx';
import { useCharging, withoutRuled } from './use-charging.ts';

const WAYS = ['link', 'by_hand'] as const;

/** How customers come to credit. */
export function PaymentForm({ charging }: { readonly charging: Charging }) {
  const { t } = useWords();
  const { error, isBusy, save } = useCharging(charging);
  const isRuled = charging.ruled_by_settings.includes('purchase_url');
  const hasPage = charging.purchase_url !== undefined;
  const [way, setWay] = useState(charging.payment ?? (hasPage ? 'link' : undefined));
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (way === undefined) return;
    const purchase_url = way === 'link' ? textOf(new FormData(event.currentTarget), 'purchase_url') : null;
    save({ payment: way, ...withoutRuled(charging, { purchase_url }) }, t('selling.setup.saved'));
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <SelectField
        label={t('selling.setup.way')}
        required
        value={way ?? ''}
        hint={way === undefined ? undefined : t(`selling.setup.wayHints.${way}`)}
        onChange={(event) => setWay(WAYS.find((one) => one === event.target.value))}
      >
        {way === undefined && <option value="">{t('selling.setup.choose')}</option>}
        {WAYS.map((one) => (
          <option key={one} value={one}>
            {t(`selling.setup.ways.${one}`)}
          </option>
        ))}
      </SelectField>
      {way === 'link' && (
        <TextField
          label={t('selling.setup.page')}
          name="purchase_url"
          type="url"
          required
          disabled={isRuled}
          placeholder="https://example.com/credit"
          defaultValue={charging.purchase_url}
          hint={t(isRuled ? 'selling.setup.ruled' : 'selling.setup.pageHint')}
          problem={problemOf(error, 'purchase_url')}
        />
      )}
      <Problem error={error} />
      <div>
        <Button type="submit" look="primary" isBusy={isBusy}>
          {t('app.save')}
        </Button>
      </div>
    </form>
  );
}
