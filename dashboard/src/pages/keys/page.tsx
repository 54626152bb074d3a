import { useState } from 'react';
import { useAsk } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import type { VirtualKey } from '../../api/types.ts';
import { KeyLink } from '../../app/key-link.tsx';
import { mayMakeKeys, usePlace } from '../../app/session.tsx';
import { ago, date } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty, PageHeader } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { KeyActions } from './key-actions.tsx';
import { NewKey } from './new-key.tsx';
import { STATE_TONES } from './state-tones.ts';

/** Virtual keys: made, limited, given new secrets, ended. */
export function Page() {
  const { t, language } = useWords();
  const place = usePlace();
  const [isMaking, setIsMaking] = useState(false);
  const [showsRevoked, setShowsRevoked] = useState(false);
  const list = useRows('listKeys', {});
  const projects = useAsk('listProjects', { query: { limit: 200 } });
  const nameOf = new Map(projects.data?.data.map(({ id, name }) => [id, name]));
  const rows = list.rows?.filter(({ state }) => showsRevoked || state !== 'revoked');
  const newKey = mayMakeKeys(place) && (
    <Button look="primary" icon="plus" onClick={() => setIsMaking(true)}>
      {t('keys.create')}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('keys.title')} intro={t('keys.intro')}>
        <label className="flex items-center gap-2 text-dim">
          <input type="checkbox" checked={showsRevoked} onChange={(event) => setShowsRevoked(event.target.checked)} />
          {t('keys.showRevoked')}
        </label>
        {newKey}
      </PageHeader>
      <Card>
        <List
          list={{ ...list, rows }}
          label={t('keys.title')}
          keyOf={({ id }) => id}
          columns={[
            {
              name: 'name',
              head: t('app.name'),
              cell: (key) => (
                <div className="min-w-36">
                  <p className="font-medium wrap-anywhere">
                    <KeyLink id={key.id}>{key.name}</KeyLink>
                  </p>
                  <p className="font-mono text-xs text-dim">{key.masked}</p>
                </div>
              ),
            },
            {
              name: 'state',
              head: t('app.state'),
              cell: ({ state }) => <Badge tone={STATE_TONES[state]}>{t(`keys.states.${state}`)}</Badge>,
            },
            {
              name: 'project',
              head: t('keys.project'),
              isMinor: true,
              cell: ({ project_id }) => nameOf.get(project_id) ?? project_id,
            },
            { name: 'limits', head: t('keys.limits'), isMinor: true, cell: (key) => <Limits virtualKey={key} /> },
            {
              name: 'used',
              head: t('app.lastUsed'),
              isMinor: true,
              cell: ({ last_used_at }) => (
                <span className="whitespace-nowrap">
                  {last_used_at === undefined ? t('app.never') : ago(last_used_at, language)}
                </span>
              ),
            },
            {
              name: 'expires',
              head: t('keys.expires'),
              isMinor: true,
              cell: ({ expires_at }) => (
                <span className="whitespace-nowrap">{expires_at === undefined ? '–' : date(expires_at, language)}</span>
              ),
            },
            {
              name: 'actions',
              head: <span className="sr-only">{t('app.actions')}</span>,
              isNumber: true,
              cell: (key) => mayMakeKeys(place) && <KeyActions virtualKey={key} />,
            },
          ]}
          empty={
            <Empty icon="keys" title={t('keys.emptyTitle')} text={t('keys.emptyText')}>
              {newKey}
            </Empty>
          }
        />
      </Card>
      {isMaking && <NewKey projects={projects.data?.data ?? []} onClose={() => setIsMaking(false)} />}
    </>
  );
}

function Limits({
  virtualKey: { allowed_models: models, allowed_addresses: addresses, allowed_origins: origins },
}: {
  readonly virtualKey: VirtualKey;
}) {
  const { t } = useWords();
  const limits = [
    models === undefined ? undefined : t('keys.limitModels', { count: models.length }),
    addresses === undefined ? undefined : t('keys.limitAddresses'),
    origins === undefined ? undefined : t('keys.limitOrigins'),
  ].filter((limit) => limit !== undefined);
  return limits.length === 0 ? '–' : limits.join(', ');
}
