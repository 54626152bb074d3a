import { type FormEvent, useState } from 'react';
import type { Answer } from '../../api/call.ts';
import { useAsk, useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import { useAddress } from '../../app/address.ts';
import { useCredits } from '../../app/credits.ts';
import { moneyText } from '../../format/money.ts';
import { logTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { problemOf, textOf } from '../../ui/form-fields.ts';
import { List } from '../../ui/list.tsx';
import { Card, Empty, Loading, Notice, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { AutoTopUp } from './auto-top-up.tsx';
import { CreditHeader } from './credit-header.tsx';
import { PurchaseState } from './purchase-state.tsx';
import { MOVED } from './types.ts';

type Sale = Answer<'getCreditSale'>;
type Buying = ReturnType<typeof useChange<'buyCredit'>>;

const LOOK_EVERY_MS = 2000;

/** Where an organization buys credits, and what it bought. */
export function Buy() {
  const { t } = useWords();
  const { said } = useAddress();
  const sale = useAsk('getCreditSale', {});
  return (
    <>
      <CreditHeader current="buy" />
      <div className="flex flex-col gap-4">
        {said['purchase'] !== undefined && <Returned id={said['purchase']} />}
        {sale.data === undefined ? (
          <Card>{sale.error === null ? <Loading /> : <Problem error={sale.error} />}</Card>
        ) : (
          <Offers sale={sale.data} />
        )}
        {sale.data?.payment_kit !== undefined && <AtPaymentKit mode={sale.data.payment_kit.mode} />}
        {sale.data !== undefined && sale.data.methods.length > 0 && sale.data.amounts.length > 0 && (
          <AutoTopUp sale={sale.data} />
        )}
        <Card title={t('credit.buy.bought')}>
          <Bought />
        </Card>
      </div>
    </>
  );
}

/** What became of the purchase that the person comes back from. */
function Returned({ id }: { readonly id: string }) {
  const { t } = useWords();
  const { named } = useCredits();
  const [isOver, setIsOver] = useState(false);
  const { data } = useAsk('getPurchase', { params: { purchase_id: id } }, isOver ? {} : { everyMs: LOOK_EVERY_MS });
  if (data === undefined) return null;
  if (!isOver && data.state !== 'open') setIsOver(true);
  if (data.granted) {
    return <Notice tone="good">{t('credit.buy.thanks', { credits: named(data.credits) })}</Notice>;
  }
  if (data.state === 'open') return <Notice tone="accent">{t('credit.buy.waiting')}</Notice>;
  return <Notice tone="warn">{t('credit.buy.unpaid')}</Notice>;
}

function Offers({ sale }: { readonly sale: Sale }) {
  const { t, language } = useWords();
  const buying = useChange('buyCredit', MOVED);
  const [method] = sale.methods;
  const currencies = [
    ...new Set([
      ...sale.packs.flatMap(({ prices }) => prices.map(({ currency }) => currency)),
      ...sale.amounts.map(({ currency }) => currency),
    ]),
  ];
  const [currency = '', setCurrency] = useState(currencies[0]);
  if (method === undefined || currencies.length === 0) {
    // Where somebody else sells them, nothing is missing.
    if (sale.payment_kit !== undefined) return null;
    return (
      <Card>
        <Empty icon="credit" title={t('credit.buy.none')} text={t('credit.buy.noneText')} />
      </Card>
    );
  }
  const buy = (what: { readonly pack_id: string } | { readonly amount: string }): void => {
    buying.mutate(
      { body: { method: method.method, currency, locale: language, ...what } },
      { onSuccess: ({ checkout_url }) => window.location.assign(checkout_url) },
    );
  };
  const packs = sale.packs.filter(({ prices }) => prices.some((price) => price.currency === currency));
  const amounts = sale.amounts.find((each) => each.currency === currency);
  return (
    <Card title={t('credit.buy.title')}>
      <div className="flex flex-col gap-4">
        {method.mode === 'test' && <Notice tone="warn">{t('credit.buy.test')}</Notice>}
        {currencies.length > 1 && (
          <div className="max-w-xs">
            <SelectField
              label={t('credit.buy.currency')}
              value={currency}
              onChange={(event) => setCurrency(event.target.value)}
            >
              {currencies.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </SelectField>
          </div>
        )}
        <Problem error={buying.error} />
        {packs.length > 0 && <Packs packs={packs} currency={currency} isBusy={buying.isPending} onBuy={buy} />}
        {amounts !== undefined && <Amount key={currency} amounts={amounts} buying={buying} onBuy={buy} />}
        {sale.lasts_days !== undefined && (
          <p className="text-[13px] text-dim">{t('credit.buy.lasts', { count: sale.lasts_days })}</p>
        )}
      </div>
    </Card>
  );
}

/** Credits that a Payment Kit sells, on pages and by prices of its own. */
function AtPaymentKit({ mode }: NonNullable<Sale['payment_kit']>) {
  const { t } = useWords();
  const { error, isPending, mutate } = useChange('buyAtPaymentKit', MOVED);
  return (
    <Card title={t('credit.buy.atKit')}>
      <div className="flex flex-col gap-4">
        {mode === 'test' && <Notice tone="warn">{t('credit.buy.testKit')}</Notice>}
        <p className="max-w-prose text-dim">{t('credit.buy.atKitText')}</p>
        <Problem error={error} />
        <div>
          <Button
            look="primary"
            isBusy={isPending}
            onClick={() => mutate({}, { onSuccess: ({ checkout_url }) => window.location.assign(checkout_url) })}
          >
            {t('credit.buy.buy')}
          </Button>
        </div>
      </div>
    </Card>
  );
}

type PacksProps = {
  readonly packs: Sale['packs'];
  readonly currency: string;
  readonly isBusy: boolean;
  readonly onBuy: (what: { readonly pack_id: string }) => void;
};

function Packs({ packs, currency, isBusy, onBuy }: PacksProps) {
  const { t, language } = useWords();
  const { named } = useCredits();
  return (
    <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
      {packs.map(({ id, name, credits, prices }) => {
        const amount = prices.find((price) => price.currency === currency)?.amount ?? '0';
        return (
          <li key={id} className="flex flex-col gap-2 rounded-xl border border-line p-4">
            <p className="font-medium wrap-anywhere">{name}</p>
            <p className="text-xl font-semibold tracking-tight tabular-nums">{named(credits)}</p>
            <Button
              look="primary"
              disabled={isBusy}
              label={t('credit.buy.buyPack', { name })}
              onClick={() => onBuy({ pack_id: id })}
            >
              {moneyText(amount, currency, language)}
            </Button>
          </li>
        );
      })}
    </ul>
  );
}

type AmountProps = {
  readonly amounts: Sale['amounts'][number];
  readonly buying: Buying;
  readonly onBuy: (what: { readonly amount: string }) => void;
};

/** Credits for an amount that the person chooses. */
function Amount({ amounts, buying, onBuy }: AmountProps) {
  const { t, language } = useWords();
  const { currency, credit_price: price, least, most } = amounts;
  const money = (amount: string): string => moneyText(amount, currency, language);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onBuy({ amount: textOf(new FormData(event.currentTarget), 'amount') });
  };
  return (
    <form onSubmit={submit} className="flex max-w-md flex-col gap-3">
      <TextField
        label={t('credit.buy.amount', { currency })}
        name="amount"
        inputMode="decimal"
        pattern="[0-9]+([.][0-9]+)?"
        required
        defaultValue={least}
        hint={t('credit.buy.amountHint', { least: money(least), most: money(most), price: money(price) })}
        problem={problemOf(buying.error, 'amount')}
      />
      <div>
        <Button type="submit" isBusy={buying.isPending}>
          {t('credit.buy.buy')}
        </Button>
      </div>
    </form>
  );
}

function Bought() {
  const { t, language } = useWords();
  const { amount: amountOf } = useCredits();
  const list = useRows('listPurchases', {});
  return (
    <List
      list={list}
      label={t('credit.buy.bought')}
      keyOf={({ id }) => id}
      empty={<Empty icon="credit" title={t('credit.buy.nothing')} text={t('credit.buy.nothingText')} />}
      columns={[
        { name: 'at', head: t('credit.at'), isMinor: true, cell: ({ created_at }) => logTime(created_at, language) },
        {
          name: 'what',
          head: t('credit.what'),
          cell: ({ name, created_at }) => (
            <>
              <span className="wrap-anywhere">{name}</span>
              <span className="block text-xs text-dim md:hidden">{logTime(created_at, language)}</span>
            </>
          ),
        },
        { name: 'state', head: t('credit.buy.state'), cell: (row) => <PurchaseState purchase={row} /> },
        {
          name: 'price',
          head: t('credit.buy.price'),
          isNumber: true,
          cell: ({ amount, currency }) => moneyText(amount, currency, language),
        },
        {
          name: 'credits',
          head: t('credit.amount'),
          isNumber: true,
          isMinor: true,
          cell: ({ credits }) => amountOf(credits),
        },
      ]}
    />
  );
}
