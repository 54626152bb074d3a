import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import type { Provider } from '../../api/types.ts';
import { useAddress } from '../../app/address.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm, Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { MoreRows } from '../../ui/more-rows.tsx';
import { Badge, Card, Empty, Loading, Problem } from '../../ui/parts.tsx';
import { Table } from '../../ui/table.tsx';
import { useWords } from '../../words/index.ts';
import { CompareCatalogue } from './compare-catalogue.tsx';

/** The providers that the hub knows, and the way to bring others in. */
export function Catalogue() {
  const { t } = useWords();
  const { said, say } = useAddress();
  const search = said['search'] ?? '';
  const list = useRows('listProviders', search.trim() === '' ? {} : { search: search.trim() }, { keepsLast: true });
  const opened = said['provider'];
  return (
    <div className="flex flex-col gap-4">
      <CompareCatalogue />
      <Card title={t('providers.providers')}>
        <div className="mb-3 max-w-sm">
          <TextField
            label={t('providers.searchProviders')}
            type="search"
            maxLength={100}
            value={search}
            onChange={(event) => say({ search: event.target.value }, 'replaced')}
          />
        </div>
        <Problem error={list.error} onRetry={list.reload} />
        {list.rows === undefined && list.error === null && <Loading />}
        {list.rows?.length === 0 && <Empty icon="search" title={t('providers.noProviderFound')} />}
        {list.rows !== undefined && list.rows.length > 0 && <ProviderTable rows={list.rows} />}
        <MoreRows hasMore={list.hasMore} isBusy={list.isLoadingMore} onMore={list.loadMore} />
      </Card>
      {opened !== undefined && <Entry providerId={opened} onClose={() => say({ provider: undefined })} />}
    </div>
  );
}

function ProviderTable({ rows }: { readonly rows: readonly Provider[] }) {
  const { t } = useWords();
  return (
    <Table
      label={t('providers.providers')}
      rows={rows}
      keyOf={({ id }) => id}
      columns={[
        {
          name: 'name',
          head: t('app.name'),
          cell: ({ id, name }) => (
            <div className="min-w-32">
              <Link
                to="."
                search={(before: object) => ({ ...before, provider: id })}
                resetScroll={false}
                className="font-medium text-accent hover:underline"
              >
                {name}
              </Link>
              <p className="font-mono text-xs break-all text-dim">{id}</p>
            </div>
          ),
        },
        {
          name: 'address',
          head: t('providers.address'),
          isMinor: true,
          cell: ({ base_url }) => <span className="font-mono text-[13px] break-all">{base_url}</span>,
        },
        {
          name: 'speaks',
          head: t('providers.formats'),
          isMinor: true,
          cell: ({ speaks }) => formatsOf(speaks).join(', '),
        },
        {
          name: 'origin',
          head: t('providers.origin'),
          cell: ({ origin }) => (
            <Badge tone={origin === 'applied' ? 'accent' : 'calm'}>{t(`providers.origins.${origin}`)}</Badge>
          ),
        },
        {
          name: 'actions',
          head: <span className="sr-only">{t('app.actions')}</span>,
          isNumber: true,
          cell: (provider) => provider.origin === 'applied' && <RemoveEntry provider={provider} />,
        },
      ]}
    />
  );
}

function formatsOf(speaks: Provider['speaks']): readonly string[] {
  return [...new Set(speaks.filter(({ supported }) => supported).map(({ dialect }) => dialect))];
}

function RemoveEntry({ provider: { id, name } }: { readonly provider: Provider }) {
  const { t } = useWords();
  const [isAsking, setIsAsking] = useState(false);
  const remove = useChange('deleteProvider', ['listProviders', 'getProvider']);
  return (
    <>
      <Button look="quiet" icon="trash" label={`${t('app.remove')}: ${name}`} onClick={() => setIsAsking(true)} />
      {isAsking && (
        <Confirm
          title={t('providers.removeTitle', { name })}
          text={t('providers.removeEntryText')}
          action={t('app.remove')}
          isBusy={remove.isPending}
          problem={<Problem error={remove.error} />}
          onConfirm={() => remove.mutate({ params: { provider_id: id } }, { onSuccess: () => setIsAsking(false) })}
          onClose={() => setIsAsking(false)}
        />
      )}
    </>
  );
}

function Entry({ providerId, onClose }: { readonly providerId: string; readonly onClose: () => void }) {
  const { t } = useWords();
  const asked = useAsk('getProvider', { params: { provider_id: providerId } });
  return (
    <Dialog isPanel title={asked.data?.name ?? providerId} onClose={onClose}>
      <Problem error={asked.error} />
      {asked.data === undefined && asked.error === null && <Loading />}
      {asked.data !== undefined && (
        <>
          <p>
            <a className="text-accent underline" href={asked.data.docs} target="_blank" rel="noreferrer">
              {t('providers.docs')}
            </a>
          </p>
          <pre tabIndex={0} className="overflow-x-auto rounded-lg bg-ground p-3 font-mono text-[13px]">
            {JSON.stringify(asked.data.document, undefined, 2)}
          </pre>
        </>
      )}
    </Dialog>
  );
}
