import { useState } from 'react';
import type { RequestDetail, UsageRecord } from '../../api/types.ts';
import { useCredits } from '../../app/credits.ts';
import { seesCosts, usePlace } from '../../app/session.tsx';
import { count, exactDollars, price } from '../../format/amounts.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { RefundDialog } from '../credit/refund-dialog.tsx';

type ChargeOf = NonNullable<RequestDetail['charge']>;
type Explained = NonNullable<ChargeOf['explained']>;
const CELL = 'py-1.5 pr-3 last:pr-0';
const NONE = '0';
const ENDER_OF: Readonly<Partial<Record<UsageRecord['status'], 'caller' | 'hub'>>> = {
  client_closed: 'caller',
  timeout: 'hub',
  interrupted: 'hub',
};

/** What a request was charged, line by line, so that whoever pays can add it up; operators see its cost beside it. */
export function Charge({ charge, record }: { readonly charge: ChargeOf; readonly record: UsageRecord }) {
  const { t } = useWords();
  const { isOperator } = usePlace();
  const [isRefunding, setIsRefunding] = useState(false);
  const { state, explained } = charge;
  return (
    <div className="flex flex-col gap-3">
      <Notice tone={state === 'settled' || state === 'released' ? 'calm' : 'warn'}>
        {t(`credit.states.${state}`)}
      </Notice>
      <BrokenOff explained={explained} record={record} />
      <Lines charge={charge} record={record} />
      {explained === undefined && state !== 'released' && (
        <p className="text-[13px] text-dim">{t('credit.unexplained')}</p>
      )}
      {isOperator && charge.amount !== NONE && (
        <div>
          <Button onClick={() => setIsRefunding(true)}>{t('credit.refund')}</Button>
        </div>
      )}
      {isRefunding && <RefundDialog chargeId={charge.id} onClose={() => setIsRefunding(false)} />}
    </div>
  );
}

type BrokenOffProps = { readonly explained: Explained | undefined; readonly record: UsageRecord };

/** Who ended an answer that was not complete, and by what it is charged then. */
function BrokenOff({ explained, record: { status } }: BrokenOffProps) {
  const { t } = useWords();
  if (explained?.waived === undefined) return null;
  const policy = t(`credit.policies.${explained.broken_stream_policy}`);
  return (
    <p className="text-[13px] text-dim">
      {t(`credit.brokenOff.${ENDER_OF[status] ?? 'provider'}`)} {t('credit.chargedBy', { policy })}
      {explained.waived && ` ${t('credit.waived')}`}
    </p>
  );
}

function Lines({ charge, record }: { readonly charge: ChargeOf; readonly record: UsageRecord }) {
  const { t, language } = useWords();
  const { exact } = useCredits();
  const place = usePlace();
  const { explained, amount, overrun, refunded } = charge;
  const hasCosts = seesCosts(place) && explained !== undefined;
  const width = hasCosts ? 4 : 3;
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={t('credit.charge')}>
      <table className="w-full text-sm">
        <thead>
          <tr className="border-b border-line text-left text-[13px] text-dim">
            <th scope="col" className={CELL}>
              {t('credit.unit')}
            </th>
            <Head>{t('credit.units')}</Head>
            {hasCosts && <Head>{t('credit.costRate')}</Head>}
            <Head>{t('credit.rate')}</Head>
            <Head>{t('credit.amount')}</Head>
          </tr>
        </thead>
        <tbody className="tabular-nums">
          {explained?.lines.map((line) => (
            <tr key={line.unit} className="border-b border-line">
              <th scope="row" className={`${CELL} text-left font-normal`}>
                {t(`credit.unitNames.${line.unit}`)}
              </th>
              <td className={`${CELL} text-right`}>{count(line.units, language)}</td>
              {hasCosts && (
                <td className={`${CELL} text-right`}>
                  {line.usd_per_million === undefined ? '–' : price(line.usd_per_million, language)}
                </td>
              )}
              <td className={`${CELL} text-right`}>{exact(line.credits_per_million)}</td>
              <td className={`${CELL} text-right`}>{exact(line.credits)}</td>
            </tr>
          ))}
          {explained !== undefined && (
            <>
              <Sum name={t('credit.minimum')} amount={explained.minimum} width={width} />
              <Sum name={t('credit.rounding')} amount={explained.rounding} width={width} />
            </>
          )}
          {explained !== undefined && overrun !== NONE && (
            <>
              <Sum name={t('credit.sum')} amount={explained.price} width={width} />
              <Sum name={t('credit.overrun')} amount={`-${overrun}`} width={width} />
            </>
          )}
        </tbody>
        <tfoot className="tabular-nums">
          <tr className="font-semibold">
            <th scope="row" colSpan={width} className={`${CELL} text-left`}>
              {t('credit.total')}
            </th>
            <td className={`${CELL} text-right`}>{exact(amount)}</td>
          </tr>
          <Sum name={t('credit.givenBack')} amount={refunded} width={width} />
          {hasCosts && <OfOperator explained={explained} record={record} width={width} />}
        </tfoot>
      </table>
    </div>
  );
}

/** A line that is left out where it comes to nothing. */
function Sum({ name, amount, width }: { readonly name: string; readonly amount: string; readonly width: number }) {
  const { exact } = useCredits();
  if (amount === NONE) return null;
  return (
    <tr className="border-b border-line">
      <th scope="row" colSpan={width} className={`${CELL} text-left font-normal`}>
        {name}
      </th>
      <td className={`${CELL} text-right`}>{exact(amount)}</td>
    </tr>
  );
}

type OfOperatorProps = { readonly explained: Explained; readonly record: UsageRecord; readonly width: number };

/** What the same call cost, and what was put on top of that. */
function OfOperator({ explained, record, width }: OfOperatorProps) {
  const { t, language } = useWords();
  const { margin_percent: margin, credit_price_usd: worth } = explained;
  const facts = [
    [t('overview.cost'), record.cost_nano_usd === undefined ? undefined : exactDollars(record.cost_nano_usd, language)],
    [t('credit.margin'), margin === undefined ? undefined : `${new Intl.NumberFormat(language).format(margin)}%`],
    [t('credit.creditPrice'), worth === undefined ? undefined : price(worth, language)],
  ] as const;
  return facts.map(
    ([name, value]) =>
      value !== undefined && (
        <tr key={name} className="border-t border-line text-dim">
          <th scope="row" colSpan={width} className={`${CELL} text-left font-normal`}>
            {name}
          </th>
          <td className={`${CELL} text-right`}>{value}</td>
        </tr>
      ),
  );
}

function Head({ children }: { readonly children: string }) {
  return (
    <th scope="col" className={`${CELL} text-right font-medium`}>
      {children}
    </th>
  );
}
