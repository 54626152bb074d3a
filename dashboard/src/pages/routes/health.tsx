import { useAsk } from '../../api/hooks.ts';
import { duration } from '../../format/amounts.ts';
import { List } from '../../ui/list.tsx';
import { Card, Empty } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { StandingBadge } from './standing.tsx';

const ASK_EVERY_MS = 2000;

/** How each deployment that was called stands, as it changes. */
export function Health() {
  const { t, language } = useWords();
  const asked = useAsk('listDeploymentHealth', { query: { limit: 500 } }, { everyMs: ASK_EVERY_MS });
  return (
    <Card title={<span className="font-normal text-dim">{t('routes.standingsHint')}</span>}>
      <List
        list={{ rows: asked.data?.data, error: asked.error }}
        label={t('routes.tabs.health')}
        keyOf={({ deployment }) => deployment}
        columns={[
          {
            name: 'deployment',
            head: t('routes.deployment'),
            cell: ({ deployment }) => <code className="font-mono text-[13px] wrap-anywhere">{deployment}</code>,
          },
          {
            name: 'standing',
            head: t('routes.standing'),
            cell: ({ standing, open_ms }) => (
              <span className="flex flex-wrap items-center gap-2">
                <StandingBadge standing={standing} />
                {open_ms !== undefined && open_ms > 0 && (
                  <span className="text-[13px] text-dim">
                    {t('routes.openFor', { time: duration(open_ms, language) })}
                  </span>
                )}
              </span>
            ),
          },
          {
            name: 'flight',
            head: t('routes.inFlight'),
            isNumber: true,
            isMinor: true,
            cell: ({ in_flight }) => in_flight,
          },
          {
            name: 'first',
            head: t('routes.firstByteMean'),
            isNumber: true,
            cell: ({ first_byte_ms }) => (first_byte_ms === undefined ? '–' : duration(first_byte_ms, language)),
          },
        ]}
        empty={<Empty icon="routes" title={t('routes.healthNone')} />}
      />
    </Card>
  );
}
