import { Link } from '@tanstack/react-router';
import { useAsk, useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import type { Connection, Provider } from '../../api/types.ts';
import { useAddress } from '../../app/address.ts';
import { mayConnect, usePlace } from '../../app/session.tsx';
import { useToast } from '../../app/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { Switch } from '../../ui/field.tsx';
import { MoreRows } from '../../ui/more-rows.tsx';
import { Badge, Card, Empty, Loading, Problem, useProblemText } from '../../ui/parts.tsx';
import { Table } from '../../ui/table.tsx';
import { useWords } from '../../words/index.ts';
import { CHANGED } from './changed.ts';
import { ConnectionState, LastListing } from './connection-state.tsx';
import { HealthStrip } from './health-strip.tsx';
import { ModelCounts } from './model-counts.tsx';

/** The connections in the order in which they are tried. */
export function Connections() {
  const { t } = useWords();
  const place = usePlace();
  const { isOperator } = place;
  const mayAdd = mayConnect(place);
  const { say } = useAddress();
  const list = useRows('listConnections', {});
  const providers = useAsk('listProviders', { query: { limit: 200 } });
  const known = new Map(providers.data?.data.map((provider) => [provider.id, provider]));
  const { rows } = list;
  return (
    <>
      {isOperator && rows !== undefined && rows.length > 0 && <HealthStrip ids={rows.map(({ id }) => id)} />}
      <Card>
        <Problem error={list.error} onRetry={list.reload} />
        {rows === undefined && list.error === null && <Loading />}
        {rows?.length === 0 && (
          <Empty
            icon="providers"
            title={t('providers.emptyTitle')}
            text={t(mayAdd ? 'providers.emptyText' : 'providers.notAllowed')}
          >
            {mayAdd && (
              <Button look="primary" icon="plus" onClick={() => say({ add: 'key' })}>
                {t('providers.addFirst')}
              </Button>
            )}
          </Empty>
        )}
        {rows !== undefined && rows.length > 0 && <ConnectionTable rows={rows} known={known} />}
        <MoreRows hasMore={list.hasMore} isBusy={list.isLoadingMore} onMore={list.loadMore} />
      </Card>
    </>
  );
}

function ConnectionTable({
  rows,
  known,
}: {
  readonly rows: readonly Connection[];
  readonly known: ReadonlyMap<string, Provider>;
}) {
  const { t } = useWords();
  return (
    <Table
      label={t('providers.connections')}
      rows={rows}
      keyOf={({ id }) => id}
      columns={[
        {
          name: 'name',
          head: t('app.name'),
          cell: (connection) => <Named connection={connection} provider={known.get(connection.provider_id)} />,
        },
        {
          name: 'address',
          head: t('providers.address'),
          isMinor: true,
          cell: ({ base_url }) => <span className="block min-w-48 font-mono text-[13px] break-all">{base_url}</span>,
        },
        {
          name: 'state',
          head: t('providers.credentials'),
          cell: (connection) => (
            <ConnectionState connection={connection} provider={known.get(connection.provider_id)} />
          ),
        },
        {
          name: 'models',
          head: t('providers.models'),
          isMinor: true,
          cell: (connection) => <ModelCounts connection={connection} />,
        },
        {
          name: 'listed',
          head: t('providers.lastListing'),
          isMinor: true,
          cell: (connection) => <LastListing connection={connection} room="row" />,
        },
        {
          name: 'enabled',
          head: <span className="sr-only">{t('app.actions')}</span>,
          isNumber: true,
          cell: (connection) => <EnabledSwitch connection={connection} />,
        },
      ]}
    />
  );
}

function Named({
  connection: { id, name, provider_id, source, position },
  provider,
}: {
  readonly connection: Connection;
  readonly provider: Provider | undefined;
}) {
  const { t } = useWords();
  return (
    <div className="flex min-w-32 gap-3">
      <span className="w-5 shrink-0 text-right text-dim tabular-nums" title={t('providers.position')}>
        {position}
      </span>
      <div className="min-w-0">
        <Link
          to="."
          search={(before: object) => ({ ...before, connection: id })}
          resetScroll={false}
          className="font-medium wrap-anywhere text-accent hover:underline"
        >
          {name}
        </Link>
        <p className="text-[13px] text-dim">{provider?.name ?? provider_id}</p>
        {source !== 'store' && <Badge>{t(`providers.sources.${source}`)}</Badge>}
      </div>
    </div>
  );
}

/** Whether requests may go there. */
export function EnabledSwitch({ connection }: { readonly connection: Connection }) {
  const { t } = useWords();
  const toast = useToast();
  const problemText = useProblemText();
  const update = useChange('updateConnection', CHANGED);
  const { id, name, enabled, revision, source } = connection;
  return (
    <Switch
      label={`${t('providers.inUse')}: ${name}`}
      isOn={enabled}
      disabled={update.isPending || source === 'file'}
      onChange={(isOn) =>
        update.mutate(
          { params: { connection_id: id }, body: { enabled: isOn }, revision },
          { onError: (error) => toast(problemText(error), 'bad') },
        )
      }
    />
  );
}
