import { useDeferredValue, useState } from 'react';
import { useRows } from '../../api/pages.ts';
import type { Provider } from '../../api/types.ts';
import { TextField } from '../../ui/field.tsx';
import { MoreRows } from '../../ui/more-rows.tsx';
import { Loading, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

/** Finds a provider of the catalogue by its name. */
export function ChooseProvider({ onChoose }: { readonly onChoose: (provider: Provider) => void }) {
  const { t } = useWords();
  const [typed, setTyped] = useState('');
  const search = useDeferredValue(typed.trim());
  const list = useRows('listProviders', search === '' ? {} : { search }, { keepsLast: true });
  return (
    <>
      <TextField
        label={t('providers.searchProviders')}
        type="search"
        autoFocus
        maxLength={100}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Problem error={list.error} onRetry={list.reload} />
      {list.rows === undefined && list.error === null && <Loading />}
      <ul aria-label={t('providers.providers')} className="grid gap-1.5 sm:grid-cols-2">
        {list.rows?.map((provider) => (
          <li key={provider.id}>
            <button
              type="button"
              onClick={() => onChoose(provider)}
              className="w-full rounded-lg border border-line px-3 py-2 text-left hover:border-edge"
            >
              <span className="block font-medium">{provider.name}</span>
              <span className="block text-[13px] break-all text-dim">{hostOf(provider.base_url)}</span>
            </button>
          </li>
        ))}
      </ul>
      {list.rows?.length === 0 && <p className="text-dim">{t('providers.noProviderFound')}</p>}
      <MoreRows hasMore={list.hasMore} isBusy={list.isLoadingMore} onMore={list.loadMore} />
    </>
  );
}

/** A base URL may hold placeholders, with which it is no URL yet. */
function hostOf(baseUrl: string): string {
  return baseUrl.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}
