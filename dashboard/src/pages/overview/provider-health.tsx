import { useAsk } from '../../api/hooks.ts';
import { Badge, Card, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

const STATES = {
  ok: ['good', 'overview.healthy'],
  degraded: ['warn', 'overview.degraded'],
  failed: ['bad', 'overview.failedState'],
  unknown: ['calm', 'overview.degraded'],
} as const;
const LOOK_EVERY_MS = 30_000;

/** Which of the hub's own connections work. */
export function ProviderHealth() {
  const { t } = useWords();
  const health = useAsk('getHealth', {}, { everyMs: LOOK_EVERY_MS });
  const connections = health.data?.connections ?? [];
  if (connections.length === 0 && health.error === null) return null;
  return (
    <Card title={t('overview.health')}>
      <Problem error={health.error} />
      <ul className="flex flex-col gap-2">
        {connections.map(({ connection_id: id, name, state, message }) => {
          const [tone, word] = STATES[state];
          return (
            <li key={id} className="flex flex-wrap items-center gap-2">
              <Badge tone={tone}>{t(word)}</Badge>
              <span className="font-medium">{name}</span>
              {message !== undefined && <span className="text-[13px] text-dim">{message}</span>}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
