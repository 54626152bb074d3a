import { useAsk, useChange } from '../../api/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { Badge, Card, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { CHANGED } from './changed.ts';

const STATES = [
  ['ok', 'good'],
  ['degraded', 'warn'],
  ['failed', 'bad'],
  ['unknown', 'calm'],
] as const;

/** How the connections are as far as the hub knows, and the way to ask all of them. */
export function HealthStrip({ ids }: { readonly ids: readonly string[] }) {
  const { t } = useWords();
  const health = useAsk('getHealth', {});
  const check = useChange('checkHealth', CHANGED);
  // The hub's own health is about one organization's connections, which need not be the one that is looked at.
  const shown = health.data?.connections.filter(({ connection_id }) => ids.includes(connection_id)) ?? [];
  if (shown.length === 0) return null;
  return (
    <Card className="mb-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div className="flex flex-wrap items-center gap-2">
          <h2 className="mr-1 font-semibold">{t('providers.health')}</h2>
          {STATES.map(([state, tone]) => {
            const count = shown.filter((connection) => connection.state === state).length;
            if (count === 0) return null;
            return (
              <Badge key={state} tone={tone}>
                {t(`providers.healthStates.${state}`, { count })}
              </Badge>
            );
          })}
        </div>
        <Button icon="refresh" isBusy={check.isPending} onClick={() => check.mutate({})}>
          {check.isPending ? t('providers.checking') : t('providers.checkAll')}
        </Button>
      </div>
      <Problem error={check.error} />
    </Card>
  );
}
