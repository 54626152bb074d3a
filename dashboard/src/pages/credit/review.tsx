import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Taken } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import { useAddress } from '../../app/address.ts';
import { useCredits } from '../../app/credits.ts';
import { useToast } from '../../app/toasts.tsx';
import { dateTime, logTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { AreaField, NamedSelect } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { optionalTextOf, problemOf } from '../../ui/form-fields.ts';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty } from '../../ui/parts.tsx';
import type { Column } from '../../ui/table.tsx';
import { useWords } from '../../words/index.ts';
import { CreditHeader } from './credit-header.tsx';
import { OpenHolds } from './open-holds.tsx';
import { RefundDialog } from './refund-dialog.tsx';
import { type ChargeToReview, MOVED } from './types.ts';

const CAUSES = ['estimated', 'presumed', 'overrun'] as const;
const STATES = ['open', 'done', 'all'] as const;
type State = (typeof STATES)[number];
type Filter = NonNullable<Taken<'listChargesToReview'>['query']>;

/** Charges that somebody should look at, and holds that nobody has ended yet. */
export function Review() {
  return (
    <>
      <CreditHeader current="review" />
      <div className="flex flex-col gap-4">
        <Charges />
        <OpenHolds />
      </div>
    </>
  );
}

function Charges() {
  const { t } = useWords();
  const { said, say } = useAddress();
  const cause = CAUSES.find((one) => one === said['cause']);
  const state = STATES.find((one) => one === said['state']) ?? 'open';
  const list = useRows('listChargesToReview', filterOf(cause, state), { keepsLast: true });
  const [open, setOpen] = useState<{ readonly act: 'refund' | 'review'; readonly charge: ChargeToReview }>();
  const close = (): void => setOpen(undefined);
  return (
    <Card title={t('credit.review')}>
      <p className="mb-3 max-w-prose text-dim">{t('credit.reviewText')}</p>
      <div className="mb-3 flex flex-wrap gap-x-4 gap-y-2">
        <NamedSelect
          label={t('credit.reviewState')}
          value={state}
          onChange={(event) => say({ state: event.target.value === 'open' ? undefined : event.target.value })}
        >
          {STATES.map((one) => (
            <option key={one} value={one}>
              {t(`credit.reviewStates.${one}`)}
            </option>
          ))}
        </NamedSelect>
        <NamedSelect
          label={t('credit.cause')}
          value={cause ?? ''}
          onChange={(event) => say({ cause: event.target.value || undefined })}
        >
          <option value="">{t('credit.allCauses')}</option>
          {CAUSES.map((one) => (
            <option key={one} value={one}>
              {t(`credit.causes.${one}`)}
            </option>
          ))}
        </NamedSelect>
      </div>
      <List
        list={list}
        label={t('credit.review')}
        keyOf={({ id }) => id}
        empty={<Empty icon="check" title={t('credit.nothingToReview')} text={t('credit.nothingToReviewText')} />}
        columns={useColumns((act, charge) => setOpen({ act, charge }))}
      />
      {open?.act === 'refund' && <RefundAndReview charge={open.charge} onClose={close} />}
      {open?.act === 'review' && <ReviewDialog charge={open.charge} onClose={close} />}
    </Card>
  );
}

function filterOf(cause: (typeof CAUSES)[number] | undefined, state: State): Filter {
  return {
    ...(cause === undefined ? {} : { cause }),
    ...(state === 'all' ? {} : { reviewed: state === 'done' ? 'true' : 'false' }),
  };
}

type OnAct = (act: 'refund' | 'review', charge: ChargeToReview) => void;

function useColumns(onAct: OnAct): readonly Column<ChargeToReview>[] {
  const { t, language } = useWords();
  const { amount: amountOf } = useCredits();
  return [
    {
      name: 'at',
      head: t('credit.at'),
      cell: ({ id, state, organization_id, ended_at }) => (
        <div className="min-w-24">
          <time dateTime={ended_at} className="block tabular-nums">
            {logTime(ended_at, language)}
          </time>
          {state !== 'presumed' && (
            <Link
              to="/$organizationId/requests"
              params={{ organizationId: organization_id }}
              search={{ request: id }}
              aria-label={`${t('credit.openRequest')}: ${id}`}
              className="text-[13px] text-accent hover:underline"
            >
              {t('credit.openRequest')}
            </Link>
          )}
        </div>
      ),
    },
    {
      name: 'organization',
      head: t('credit.account'),
      isMinor: true,
      cell: ({ organization_id, organization_name, account_ids }) => (
        <Link
          to="/$organizationId/credit"
          params={{ organizationId: organization_id }}
          search={account_ids[0] === undefined ? {} : { account: account_ids[0] }}
          className="wrap-anywhere hover:text-accent hover:underline"
        >
          {organization_name}
        </Link>
      ),
    },
    {
      name: 'why',
      head: t('credit.cause'),
      cell: (charge) => (
        <>
          <p className="mb-1 text-[13px] wrap-anywhere md:hidden">{charge.organization_name}</p>
          <Why charge={charge} />
          <div className="mt-2 md:hidden">
            <Actions charge={charge} onAct={onAct} />
          </div>
        </>
      ),
    },
    {
      name: 'charged',
      head: t('credit.charged'),
      isNumber: true,
      cell: ({ amount, refunded }) => (
        <>
          {amountOf(amount)}
          {refunded !== '0' && (
            <span className="block text-xs text-dim">{t('credit.refundedSoFar', { amount: amountOf(refunded) })}</span>
          )}
        </>
      ),
    },
    {
      name: 'actions',
      head: <span className="sr-only">{t('app.actions')}</span>,
      isMinor: true,
      cell: (charge) => <Actions charge={charge} onAct={onAct} />,
    },
  ];
}

function Actions({ charge, onAct }: { readonly charge: ChargeToReview; readonly onAct: OnAct }) {
  const { t } = useWords();
  return (
    <div className="flex flex-wrap gap-2 md:justify-end">
      {Number(charge.amount) > Number(charge.refunded) && (
        <Button aria-label={`${t('credit.refund')}: ${charge.id}`} onClick={() => onAct('refund', charge)}>
          {t('credit.refund')}
        </Button>
      )}
      {charge.review === undefined && (
        <Button aria-label={`${t('credit.asItStands')}: ${charge.id}`} onClick={() => onAct('review', charge)}>
          {t('credit.asItStands')}
        </Button>
      )}
    </div>
  );
}

function Why({ charge: { state, overrun, review } }: { readonly charge: ChargeToReview }) {
  const { t, language } = useWords();
  const { named } = useCredits();
  const cause = state === 'estimated' || state === 'presumed' ? state : undefined;
  return (
    <div className="flex min-w-40 flex-col gap-1 break-normal">
      {cause !== undefined && (
        <div>
          <Badge tone="warn">{t(`credit.causes.${cause}`)}</Badge>
          <p className="text-[13px] text-dim">{t(`credit.causeText.${cause}`)}</p>
        </div>
      )}
      {overrun !== '0' && (
        <div>
          <Badge tone="bad">{t('credit.causes.overrun')}</Badge>
          <p className="text-[13px] text-dim">{t('credit.causeText.overrun', { amount: named(overrun) })}</p>
        </div>
      )}
      {review !== undefined && (
        <p className="text-[13px] wrap-anywhere">
          {t('credit.reviewedAt', { time: dateTime(review.at, language) })}
          {review.note !== undefined && <span className="block text-dim">{review.note}</span>}
        </p>
      )}
    </div>
  );
}

type ActProps = { readonly charge: ChargeToReview; readonly onClose: () => void };

/** Who has put a charge right has looked at it. */
function RefundAndReview({ charge, onClose }: ActProps) {
  const review = useChange('reviewCharge', ['listChargesToReview']);
  const left = lessCredits(charge.amount, charge.refunded);
  return (
    <RefundDialog
      chargeId={charge.id}
      left={left}
      onDone={(note) => {
        if (charge.review === undefined) review.mutate({ body: { charge_id: charge.id, note } });
      }}
      onClose={onClose}
    />
  );
}

/** Leaves the charge, and says why. */
function ReviewDialog({ charge, onClose }: ActProps) {
  const { t } = useWords();
  const { named } = useCredits();
  const toast = useToast();
  const review = useChange('reviewCharge', MOVED);
  return (
    <FormDialog
      title={t('credit.asItStands')}
      action={t('credit.asItStands')}
      error={review.error}
      isBusy={review.isPending}
      onSubmit={(fields) => {
        const note = optionalTextOf(fields, 'note');
        review.mutate(
          { body: { charge_id: charge.id, ...(note === undefined ? {} : { note }) } },
          {
            onSuccess: () => {
              toast(t('credit.reviewed'));
              onClose();
            },
          },
        );
      }}
      onClose={onClose}
    >
      <p>{t('credit.asItStandsText', { amount: named(charge.amount) })}</p>
      <AreaField
        label={t('credit.note')}
        name="note"
        isOptional
        maxLength={500}
        problem={problemOf(review.error, 'note')}
      />
    </FormDialog>
  );
}

const PLACES = 9;

/** Decimal texts are subtracted as whole billionths: a double has not all their places. */
function lessCredits(amount: string, taken: string): string {
  const nano = (text: string): bigint => {
    const [whole = '0', places = ''] = text.split('.');
    return BigInt(whole + places.padEnd(PLACES, '0'));
  };
  const left = String(nano(amount) - nano(taken)).padStart(PLACES + 1, '0');
  const places = left.slice(-PLACES).replace(/0+$/, '');
  return `${left.slice(0, -PLACES)}${places === '' ? '' : `.${places}`}`;
}
