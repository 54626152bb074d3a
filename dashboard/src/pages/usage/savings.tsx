import { useAsk } from '../../api/hooks.ts';
import { useAddress } from '../../app/address.ts';
import { ZONE } from '../../format/times.ts';
import { Card, Empty, Loading, PageHeader, Problem } from '../../ui/parts.tsx';
import { RANGES, rangeOf } from '../../usage/range.ts';
import { RangeChoice } from '../../usage/range-choice.tsx';
import { useMinute } from '../../usage/use-minute.ts';
import { useWords } from '../../words/index.ts';
import { Finding } from './finding.tsx';
import { Forecast } from './forecast.tsx';
import { UsageTabs } from './usage-tabs.tsx';

/** What the month will have cost, and what could have cost less. */
export function Savings() {
  const { t } = useWords();
  const { said, say } = useAddress();
  const named = RANGES.find((one) => one === said['range']) ?? '30d';
  const range = rangeOf(named, useMinute());
  const forecast = useAsk('forecastUsage', { query: { time_zone: ZONE } });
  const savings = useAsk('findSavings', { query: range }, { keepsLast: true });
  const findings = savings.data?.findings;
  return (
    <>
      <PageHeader title={t('usage.title')} intro={t('usage.zone', { zone: ZONE })} />
      <UsageTabs current="savings" />
      <div className="flex flex-col gap-4">
        <Problem error={forecast.error} onRetry={() => void forecast.refetch()} />
        {forecast.data === undefined && forecast.error === null && <Loading rows={4} />}
        {forecast.data !== undefined && <Forecast forecast={forecast.data} />}
        <Card
          title={t('savings.findings')}
          action={<RangeChoice value={named} onChange={(chosen) => say({ range: chosen })} />}
        >
          <p className="mb-3 max-w-prose text-dim">{t('savings.findingsText')}</p>
          <Problem error={savings.error} onRetry={() => void savings.refetch()} />
          {findings === undefined && savings.error === null && <Loading rows={6} />}
          {findings?.length === 0 && <Empty icon="check" title={t('savings.none')} text={t('savings.noneText')} />}
          {findings !== undefined && findings.length > 0 && (
            <ul className="flex flex-col divide-y divide-line">
              {findings.map((finding, index) => (
                <li key={index} className="py-4 first:pt-0 last:pb-0">
                  <Finding finding={finding} range={named} />
                </li>
              ))}
            </ul>
          )}
        </Card>
      </div>
    </>
  );
}
