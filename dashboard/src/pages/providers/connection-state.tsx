import { useAsk } from '../../api/hooks.ts';
import type { Connection, Credential, Provider } from '../../api/types.ts';
import { ago } from '../../format/times.ts';
import { Badge, type Tone } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

/** A connection has no more credentials than fit on one page of them. */
export function useCredentials(connectionId: string) {
  return useAsk('listCredentials', { params: { connection_id: connectionId }, query: { limit: 200 } });
}

/** How many of a connection's credentials are used, how many are set aside, and why. */
export function ConnectionState({
  connection,
  provider,
}: {
  readonly connection: Connection;
  readonly provider: Provider | undefined;
}) {
  const { t } = useWords();
  const credentials = useCredentials(connection.id).data?.data;
  if (credentials === undefined) return null;
  const { tone, text } = summary(credentials, provider?.needs_credential ?? true, t);
  const reason = credentials.find(({ state }) => state === 'set_aside')?.state_reason;
  return (
    <div className="flex min-w-28 flex-col items-start gap-1">
      {connection.enabled ? <Badge tone={tone}>{text}</Badge> : <Badge>{t('providers.off')}</Badge>}
      {reason !== undefined && <p className="line-clamp-2 max-w-64 text-[13px] break-words text-bad">{reason}</p>}
    </div>
  );
}

function summary(
  credentials: readonly Credential[],
  needsCredential: boolean,
  t: ReturnType<typeof useWords>['t'],
): { readonly tone: Tone; readonly text: string } {
  const total = credentials.length;
  const aside = credentials.filter(({ state }) => state === 'set_aside').length;
  const active = credentials.filter(({ state }) => state === 'active').length;
  if (aside > 0) {
    return { tone: active === 0 ? 'bad' : 'warn', text: t('providers.setAsideOf', { aside, total }) };
  }
  if (active > 0) return { tone: 'good', text: t('providers.activeCount', { count: active }) };
  return needsCredential
    ? { tone: 'bad', text: total === 0 ? t('providers.noCredential') : t('providers.allOff') }
    : { tone: 'good', text: t('providers.noneNeeded') };
}

/** When the provider was asked for its models last, and what came of it. */
export function LastListing({
  connection: { refreshed_at: at, refresh_error: error },
  room,
}: {
  readonly connection: Connection;
  readonly room: 'row' | 'panel';
}) {
  const { t, language } = useWords();
  return (
    <div className="min-w-24">
      <p>{at === undefined ? t('app.never') : ago(at, language)}</p>
      {error !== undefined && (
        <p className={`text-[13px] break-words text-bad ${room === 'row' ? 'line-clamp-3 max-w-64' : ''}`}>
          {error.replace(/^[a-z_]+\.[a-z_]+: /, '')}
        </p>
      )}
    </div>
  );
}
