import { Link } from '@tanstack/react-router';
import type { Answer } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import { useCredits } from '../../app/credits.ts';
import { useToast } from '../../app/toasts.tsx';
import { moneyText } from '../../format/money.ts';
import { logTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { CreditHeader } from './credit-header.tsx';
import { PurchaseState } from './purchase-state.tsx';
import { MOVED } from './types.ts';

type AnyPurchase = Answer<'listAllPurchases'>['data'][number];

/** What organizations bought, and what the services that take the money have said. */
export function Purchases() {
  const { t } = useWords();
  return (
    <>
      <CreditHeader current="purchases" />
      <div className="flex flex-col gap-4">
        <Card title={t('credit.purchases.title')}>
          <AllBought />
        </Card>
        <Card title={t('credit.purchases.events')}>
          <Events />
        </Card>
      </div>
    </>
  );
}

function AllBought() {
  const { t, language } = useWords();
  const toast = useToast();
  const { exact } = useCredits();
  const list = useRows('listAllPurchases', {});
  const checking = useChange('checkPurchase', ['listAllPurchases', ...MOVED]);
  return (
    <>
      <Problem error={checking.error} />
      <List
        list={list}
        label={t('credit.purchases.title')}
        keyOf={({ id }) => id}
        empty={<Empty icon="credit" title={t('credit.purchases.none')} text={t('credit.purchases.noneText')} />}
        columns={[
          { name: 'at', head: t('credit.at'), isMinor: true, cell: ({ created_at }) => logTime(created_at, language) },
          { name: 'who', head: t('credit.levels.organization'), cell: (row) => <Buyer purchase={row} /> },
          {
            name: 'state',
            head: t('credit.buy.state'),
            cell: (row) => (
              <>
                <PurchaseState purchase={row} />
                {row.unrecovered !== '0' && (
                  <p className="mt-1 text-[13px] break-normal text-bad">
                    {t('credit.purchases.unrecovered', { credits: exact(row.unrecovered) })}
                  </p>
                )}
              </>
            ),
          },
          {
            name: 'price',
            head: t('credit.buy.price'),
            isNumber: true,
            cell: ({ amount, currency }) => moneyText(amount, currency, language),
          },
          {
            name: 'check',
            head: '',
            isMinor: true,
            cell: ({ id, name }) => (
              <Button
                label={t('credit.purchases.checkOne', { name })}
                isBusy={checking.isPending && checking.variables?.params.purchase_id === id}
                onClick={() =>
                  checking.mutate(
                    { params: { purchase_id: id } },
                    { onSuccess: ({ state }) => toast(t(`credit.buy.states.${state}`)) },
                  )
                }
              >
                {t('credit.purchases.check')}
              </Button>
            ),
          },
        ]}
      />
    </>
  );
}

function Buyer({ purchase }: { readonly purchase: AnyPurchase }) {
  const { language } = useWords();
  return (
    <>
      <Link
        to="/$organizationId/credit"
        params={{ organizationId: purchase.organization_id }}
        className="wrap-anywhere hover:text-accent hover:underline"
      >
        {purchase.organization_name}
      </Link>
      <span className="block text-[13px] text-dim wrap-anywhere">{purchase.name}</span>
      <span className="block text-xs text-dim md:hidden">{logTime(purchase.created_at, language)}</span>
    </>
  );
}

const TONES = { applied: 'good', ignored: 'calm', mismatched: 'bad' } as const;

function Events() {
  const { t, language } = useWords();
  const list = useRows('listPaymentEvents', {});
  return (
    <List
      list={list}
      label={t('credit.purchases.events')}
      keyOf={({ id }) => id}
      empty={<Empty icon="bell" title={t('credit.purchases.noEvents')} text={t('credit.purchases.noEventsText')} />}
      columns={[
        { name: 'at', head: t('credit.at'), isMinor: true, cell: ({ received_at }) => logTime(received_at, language) },
        {
          name: 'type',
          head: t('credit.purchases.type'),
          cell: ({ type, event_id, received_at }) => (
            <>
              <code className="text-[13px] wrap-anywhere">{type}</code>
              <span className="block font-mono text-xs text-dim wrap-anywhere">{event_id}</span>
              <span className="block text-xs text-dim md:hidden">{logTime(received_at, language)}</span>
            </>
          ),
        },
        {
          name: 'outcome',
          head: t('credit.purchases.outcome'),
          cell: ({ outcome }) => <Badge tone={TONES[outcome]}>{t(`credit.purchases.outcomes.${outcome}`)}</Badge>,
        },
      ]}
    />
  );
}
