import { useAsk } from '../../api/hooks.ts';
import type { Json } from '../../api/types.ts';
import { useAddress } from '../../app/address.ts';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty } from '../../ui/parts.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { useWords } from '../../words/index.ts';

/** The settings in force, and where each comes from. */
export function Settings() {
  const { t } = useWords();
  const {
    said: { search = '' },
    say,
  } = useAddress();
  const settings = useAsk('listSettings', {});
  const rows = settings.data?.data.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
  return (
    <Card>
      <p className="mb-3 max-w-prose text-dim">{t('system.settings.intro')}</p>
      <div className="mb-3">
        <SearchField
          label={t('system.settings.search')}
          value={search}
          onSearch={(text) => say({ search: text }, 'replaced')}
        />
      </div>
      <List
        list={{ rows, error: settings.error, reload: () => void settings.refetch() }}
        label={t('system.tabs.settings')}
        keyOf={({ name }) => name}
        empty={<Empty icon="search" title={t('app.nothingFound')} />}
        columns={[
          {
            name: 'name',
            head: t('app.name'),
            cell: ({ name }) => <code className="font-mono text-[13px] wrap-anywhere">{name}</code>,
          },
          {
            name: 'value',
            head: t('system.settings.value'),
            cell: ({ value, secret }) => (
              <span className="wrap-anywhere">
                {secret
                  ? value === undefined
                    ? t('system.settings.notSet')
                    : t('system.settings.isSet')
                  : shown(value)}
              </span>
            ),
          },
          {
            name: 'origin',
            head: t('system.settings.origin'),
            cell: ({ origin }) => (
              <Badge tone={origin === 'default' ? 'calm' : 'accent'}>{t(`system.settings.origins.${origin}`)}</Badge>
            ),
          },
        ]}
      />
    </Card>
  );
}

function shown(value: Json | undefined): string {
  if (value === undefined || value === null || value === '') return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
