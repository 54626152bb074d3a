import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type CallError, call } from '../../api/call.ts';
import type { Connection, Model } from '../../api/types.ts';
import { usePlace } from '../../app/session.tsx';
import { count } from '../../format/amounts.ts';
import { useWords } from '../../words/index.ts';

const NEW_MS = 7 * 86_400_000;
/** What the first listing finds is not news. */
const FIRST_LISTING_MS = 60_000;
const PAGE_ROWS = 200;
export const MODELS_PAGE: string = '/$organizationId/models';

type Counts = {
  readonly found: number;
  readonly fresh: number;
  readonly waiting: number;
  readonly withdrawn: number;
};

/** How many models a connection has, and what somebody should look at; each leads to those models. */
export function ModelCounts({ connection }: { readonly connection: Connection }) {
  const { t, language } = useWords();
  const { organizationId } = usePlace();
  const counts = useQuery<Counts, CallError>({
    queryKey: ['listModelsOfConnection', connection.id, 'counts'],
    queryFn: ({ signal }) => countModels(connection, signal),
  }).data;
  if (counts === undefined) return null;
  const link = (text: string, more: Readonly<Record<string, string>>, tone: string) => (
    <Link
      to={MODELS_PAGE}
      params={{ organizationId }}
      search={{ connection: connection.id, ...more }}
      className={`inline-flex min-h-7 items-center whitespace-nowrap underline ${tone}`}
    >
      {text}
    </Link>
  );
  return (
    <div className="flex min-w-20 flex-wrap gap-x-2">
      {link(t('providers.modelCount', { count: counts.found, shown: count(counts.found, language) }), {}, '')}
      {counts.fresh > 0 && link(t('providers.modelsNew', { count: counts.fresh }), {}, 'text-accent')}
      {counts.waiting > 0 &&
        link(t('providers.modelsWaiting', { count: counts.waiting }), { state: 'awaiting_approval' }, 'text-warn')}
      {counts.withdrawn > 0 &&
        link(t('providers.modelsWithdrawn', { count: counts.withdrawn }), { state: 'withdrawn' }, 'text-dim')}
    </div>
  );
}

async function countModels({ id, created_at }: Connection, signal: AbortSignal): Promise<Counts> {
  const models: Model[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: PAGE_ROWS, ...(cursor === undefined ? {} : { cursor }) };
    const page = await call('listModelsOfConnection', { params: { connection_id: id }, query, signal });
    models.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  const newSince = Math.max(Date.now() - NEW_MS, Date.parse(created_at) + FIRST_LISTING_MS);
  const there = models.filter(({ withdrawn_at }) => withdrawn_at === undefined);
  return {
    found: there.length,
    fresh: there.filter(({ first_seen_at }) => Date.parse(first_seen_at) > newSince).length,
    waiting: there.filter(({ state }) => state === 'awaiting_approval').length,
    withdrawn: models.length - there.length,
  };
}
