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
      <ul className="flex flex-col gap-3">
        {connections.map(({ connection_id: id, name, state, message }) => {
          const [tone, word] = STATES[state];
          return (
            <li key={id} className="grid grid-cols-[6.5rem_1fr] items-baseline gap-x-2">
              <span>
                <Badge tone={tone}>{t(word)}</Badge>
              </span>
              <div className="min-w-0">
                <p className="font-medium wrap-anywhere">{name}</p>
                {message !== undefined && <p className="text-[13px] wrap-anywhere text-dim">{message}</p>}
              </div>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
