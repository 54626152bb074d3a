import { type ReactNode, useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import type { Connection, Provider } from '../../api/types.ts';
import { useToast } from '../../app/toasts.tsx';
import { dateTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm, Dialog } from '../../ui/dialog.tsx';
import { Badge, Loading, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { CHANGED } from './changed.ts';
import { LastListing, useCredentials } from './connection-state.tsx';
import { EnabledSwitch } from './connections.tsx';
import { Credentials } from './credentials.tsx';
import { EditConnection } from './edit-connection.tsx';
import { ModelCounts } from './model-counts.tsx';
import { RefreshOutcome } from './refresh-outcome.tsx';
import { TestResults } from './test-report.tsx';

type PanelProps = { readonly connectionId: string; readonly onClose: () => void };

/** One connection: its facts, its credentials, and what can be done with it. */
export function ConnectionPanel({ connectionId, onClose }: PanelProps) {
  const { t } = useWords();
  const asked = useAsk('getConnection', { params: { connection_id: connectionId } });
  const connection = asked.data;
  const provider = useAsk(
    'getProvider',
    { params: { provider_id: connection?.provider_id ?? '' } },
    { enabled: connection !== undefined },
  ).data;
  return (
    <Dialog isPanel title={connection?.name ?? t('providers.connection')} onClose={onClose}>
      <Problem error={asked.error} onRetry={() => void asked.refetch()} />
      {connection === undefined && asked.error === null && <Loading />}
      {connection !== undefined && (
        <>
          <Facts connection={connection} provider={provider} />
          <Acts connection={connection} onRemoved={onClose} />
          <Credentials connection={connection} needsCredential={provider?.needs_credential ?? true} />
        </>
      )}
    </Dialog>
  );
}

function Facts({ connection, provider }: { readonly connection: Connection; readonly provider: Provider | undefined }) {
  const { t, language } = useWords();
  return (
    <>
      {connection.source !== 'store' && (
        <p className="flex flex-wrap items-center gap-2 text-dim">
          <Badge>{t(`providers.sources.${connection.source}`)}</Badge>
          {connection.source === 'file' && t('providers.fileText')}
        </p>
      )}
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3">
        <Fact name={t('providers.provider')}>
          {provider?.name ?? connection.provider_id}{' '}
          {provider !== undefined && (
            <a className="text-accent underline" href={provider.docs} target="_blank" rel="noreferrer">
              {t('providers.docs')}
            </a>
          )}
        </Fact>
        <Fact name={t('providers.address')}>
          <span className="font-mono text-[13px] break-all">{connection.base_url}</span>
        </Fact>
        <Fact name={t('providers.models')}>
          <ModelCounts connection={connection} />
        </Fact>
        <Fact name={t('providers.lastListing')}>
          <LastListing connection={connection} room="panel" />
        </Fact>
        <Fact name={t('providers.newModels')}>{t(`providers.policies.${connection.new_model_policy}`)}</Fact>
        <Fact name={t('providers.position')}>{connection.position}</Fact>
        <Fact name={t('app.createdAt')}>{dateTime(connection.created_at, language)}</Fact>
        <Fact name={t('providers.inUse')}>
          <EnabledSwitch connection={connection} />
        </Fact>
      </dl>
    </>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-[13px] text-dim">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Acts({ connection, onRemoved }: { readonly connection: Connection; readonly onRemoved: () => void }) {
  const { t } = useWords();
  const [open, setOpen] = useState<'edit' | 'remove'>();
  const test = useChange('testConnection', CHANGED);
  const refresh = useChange('refreshConnection', CHANGED);
  const credentials = useCredentials(connection.id).data?.data ?? [];
  const taken = { params: { connection_id: connection.id } };
  const isMutable = connection.source !== 'file';
  return (
    <>
      <div className="flex flex-wrap gap-2">
        <Button icon="check" isBusy={test.isPending} onClick={() => test.mutate(taken)}>
          {test.isPending ? t('providers.testing') : t('providers.test')}
        </Button>
        <Button icon="refresh" isBusy={refresh.isPending} onClick={() => refresh.mutate(taken)}>
          {refresh.isPending ? t('providers.listing') : t('providers.listNow')}
        </Button>
        {isMutable && <Button onClick={() => setOpen('edit')}>{t('app.edit')}</Button>}
        {isMutable && (
          <Button look="danger" icon="trash" onClick={() => setOpen('remove')}>
            {t('app.remove')}
          </Button>
        )}
      </div>
      <Problem error={test.error ?? refresh.error} />
      {refresh.data !== undefined && <RefreshOutcome refresh={refresh.data} />}
      {test.data !== undefined && (
        <TestResults
          results={test.data.results}
          nameOf={(id) => credentials.find((credential) => credential.id === id)?.name ?? id}
        />
      )}
      {open === 'edit' && (
        <EditConnection connection={connection} credentials={credentials} onClose={() => setOpen(undefined)} />
      )}
      {open === 'remove' && (
        <RemoveConnection connection={connection} onRemoved={onRemoved} onClose={() => setOpen(undefined)} />
      )}
    </>
  );
}

function RemoveConnection({
  connection: { id, name, revision },
  onRemoved,
  onClose,
}: {
  readonly connection: Connection;
  readonly onRemoved: () => void;
  readonly onClose: () => void;
}) {
  const { t } = useWords();
  const toast = useToast();
  const remove = useChange('deleteConnection', ['listConnections', 'listModels', 'listCallableModels', 'getHealth']);
  return (
    <Confirm
      title={t('providers.removeTitle', { name })}
      text={t('providers.removeText')}
      action={t('app.remove')}
      isBusy={remove.isPending}
      problem={<Problem error={remove.error} />}
      onConfirm={() =>
        remove.mutate(
          { params: { connection_id: id }, revision },
          {
            onSuccess: () => {
              toast(t('providers.removed', { name }));
              onRemoved();
            },
          },
        )
      }
      onClose={onClose}
    />
  );
}
