import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useState } from 'react';
import { Dialog } from '../ui/dialog.tsx';
import { Icon } from '../ui/icon.tsx';
import { useWords } from '../words/index.ts';
import { iconOf, isShown, PAGE_GROUPS, type PageName } from './pages.ts';
import type { Place } from './session.tsx';

/** Goes to a page by its name, by the keyboard alone. */
export function CommandPalette({ place, onClose }: { readonly place: Place; readonly onClose: () => void }) {
  const { t } = useWords();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const found = PAGE_GROUPS.flatMap(({ pages }) => [...pages])
    .filter((page) => isShown(page, place))
    .filter((page) => `${page} ${t(`app.pages.${page}`)}`.toLowerCase().includes(typed.trim().toLowerCase()));
  const go = (page: PageName | undefined): void => {
    if (page === undefined) return;
    onClose();
    void navigate({ to: `/$organizationId/${page}`, params: { organizationId: place.organizationId } });
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt((before) => Math.max(0, Math.min(found.length - 1, before + step)));
    } else if (event.key === 'Enter') go(found[at]);
  };
  return (
    <Dialog title={t('app.search')} onClose={onClose}>
      <input
        // The dialog was opened to type into it.
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="pages-found"
        aria-activedescendant={found[at] === undefined ? undefined : `page-${found[at]}`}
        aria-label={t('app.searchHint')}
        placeholder={t('app.searchHint')}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKey}
        className="h-10 rounded-lg border border-edge bg-raised px-3"
      />
      <ul id="pages-found" role="listbox" aria-label={t('app.search')} className="max-h-80 overflow-y-auto">
        {found.map((page, index) => (
          <li
            key={page}
            id={`page-${page}`}
            role="option"
            aria-selected={index === at}
            className={`flex h-10 cursor-pointer items-center gap-2.5 rounded-lg px-2.5 ${index === at ? 'bg-accent-ground text-accent' : ''}`}
            onClick={() => go(page)}
            onPointerMove={() => setAt(index)}
          >
            <Icon name={iconOf(page)} />
            {t(`app.pages.${page}`)}
          </li>
        ))}
        {found.length === 0 && <li className="px-2.5 py-2 text-dim">{t('app.nothingFound')}</li>}
      </ul>
    </Dialog>
  );
}
