import { useAsk } from '../../api/hooks.ts';
import type { VirtualKey } from '../../api/types.ts';
import { ago, date, dateTime } from '../../format/times.ts';
import { Facts } from '../../ui/facts.tsx';
import { Id } from '../../ui/id.tsx';
import { Card } from '../../ui/parts.tsx';
import { useNamesOf } from '../../usage/names.ts';
import { useWords } from '../../words/index.ts';

/** What a key belongs to, what it may do and until when. */
export function KeyFacts({ virtualKey: key }: { readonly virtualKey: VirtualKey }) {
  const { t, language } = useWords();
  const projectName = useNamesOf('project');
  const time = (at: string | undefined): string | undefined => (at === undefined ? undefined : dateTime(at, language));
  return (
    <Card title={t('keys.about')}>
      <Facts
        facts={[
          { name: t('keys.id'), value: <Id text={key.id} /> },
          { name: t('keys.project'), value: projectName(key.project_id) },
          { name: t('keys.owner'), value: <Owner virtualKey={key} /> },
          { name: t('keys.models'), value: <Listed values={key.allowed_models} otherwise={t('keys.anyModel')} /> },
          {
            name: t('keys.addresses'),
            value: <Listed values={key.allowed_addresses} otherwise={t('keys.anyAddress')} />,
          },
          { name: t('keys.origins'), value: <Listed values={key.allowed_origins} otherwise={t('keys.noOrigin')} /> },
          {
            name: t('keys.cache'),
            value:
              key.cache_seconds === undefined
                ? t('keys.cacheOff')
                : t('keys.cacheSeconds', { count: key.cache_seconds }),
          },
          { name: t('keys.losses'), value: key.refuses_losses ? t('keys.lossesRefused') : undefined },
          {
            name: t('keys.expires'),
            value: key.expires_at === undefined ? t('keys.noEnd') : dateTime(key.expires_at, language),
          },
          { name: t('keys.revokedAt'), value: time(key.revoked_at) },
          { name: t('keys.previousUntil'), value: key.state === 'revoked' ? undefined : time(key.previous_until) },
          {
            name: t('app.lastUsed'),
            value: key.last_used_at === undefined ? t('app.never') : ago(key.last_used_at, language),
          },
          { name: t('keys.created'), value: date(key.created_at, language) },
          { name: t('keys.declared'), value: key.source === 'store' ? undefined : t('keys.declaredText') },
        ]}
      />
    </Card>
  );
}

function Owner({ virtualKey: { member_id, service_account_id } }: { readonly virtualKey: VirtualKey }) {
  const { t } = useWords();
  const memberName = useNamesOf('member');
  const accounts = useAsk(
    'listServiceAccounts',
    { query: { limit: 200 } },
    { enabled: service_account_id !== undefined },
  );
  if (member_id !== undefined) return memberName(member_id);
  if (service_account_id === undefined) return t('keys.ownerProject');
  const name = accounts.data?.data.find(({ id }) => id === service_account_id)?.name ?? service_account_id;
  return t('keys.ownerService', { name });
}

function Listed({ values, otherwise }: { readonly values: readonly string[] | undefined; readonly otherwise: string }) {
  if (values === undefined) return otherwise;
  return (
    <ul className="flex flex-wrap gap-1.5">
      {values.map((value) => (
        <li key={value} className="rounded-md bg-ground px-1.5 py-0.5 font-mono text-[13px] wrap-anywhere">
          {value}
        </li>
      ))}
    </ul>
  );
}
