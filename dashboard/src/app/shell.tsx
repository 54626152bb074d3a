import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useParams, useRouterState } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { setOrganization } from '../api/call.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { useWords } from '../words/index.ts';
import { AccountMenu } from './account-menu.tsx';
import { Bell } from './bell.tsx';
import { BrandMark, useAccent, useBrand } from './brand.tsx';
import { CommandPalette } from './command-palette.tsx';
import { useLive } from './live.ts';
import { iconOf, isShown, PAGE_GROUPS, type PageName } from './pages.ts';
import { type Place, PlaceContext, useMe } from './session.tsx';

/** The frame around every page of an organization: its menu, where one is, and who one is. */
export function Shell() {
  const { t } = useWords();
  const place = usePlaceNamed();
  const [isMenuOpen, setIsMenuOpen] = useState(false);
  const [isSearching, setIsSearching] = useState(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const main = useRef<HTMLElement>(null);
  useEffect(() => setIsMenuOpen(false), [path]);
  useShortcut(() => setIsSearching(true));
  const brand = useBrand(place.organizationId);
  useAccent(brand.accent);
  useTitle(path, brand.title);
  useLive(place.organizationId);
  return (
    <PlaceContext value={place}>
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:z-50 focus:m-2 focus:rounded-lg focus:bg-paper focus:p-2"
      >
        {t('app.skip')}
      </a>
      <div className="lg:grid lg:grid-cols-[15.5rem_1fr] print:block">
        <aside
          className={`${isMenuOpen ? 'fixed inset-0 z-40 flex overflow-y-auto' : 'hidden'} flex-col border-r border-line bg-paper lg:sticky lg:top-0 lg:flex lg:h-dvh print:hidden`}
        >
          <div className="flex h-14 items-center justify-between px-4">
            <BrandMark brand={brand} />
            <span className="hidden lg:block">
              <Bell place={place} />
            </span>
            <span className="lg:hidden">
              <Button look="quiet" icon="close" label={t('app.close')} onClick={() => setIsMenuOpen(false)} />
            </span>
          </div>
          <div className="px-3 pb-2">
            <OrganizationChoice place={place} />
          </div>
          <Menu place={place} />
          <div className="mt-auto border-t border-line p-3">
            <AccountMenu support={brand.support} />
          </div>
        </aside>
        <div className="min-w-0">
          <header className="sticky top-0 z-30 flex h-14 items-center justify-between border-b border-line bg-paper px-3 lg:hidden print:hidden">
            <Button
              look="quiet"
              icon="menu"
              label={t('app.menu')}
              aria-expanded={isMenuOpen}
              onClick={() => setIsMenuOpen(true)}
            />
            <BrandMark brand={brand} />
            <span className="flex items-center">
              <Bell place={place} />
              <Button look="quiet" icon="search" label={t('app.search')} onClick={() => setIsSearching(true)} />
            </span>
          </header>
          <main ref={main} id="main" tabIndex={-1} className="mx-auto max-w-7xl px-4 py-6 outline-none sm:px-8">
            <Outlet />
          </main>
        </div>
      </div>
      {isSearching && <CommandPalette place={place} onClose={() => setIsSearching(false)} />}
    </PlaceContext>
  );
}

/** The caller's place in the organization of the address. Calls are about it before anything inside asks. */
function usePlaceNamed(): Place {
  const { organizationId } = useParams({ from: '/$organizationId' });
  const { user, organizations, credit } = useMe();
  const client = useQueryClient();
  const before = useRef<string | undefined>(undefined);
  if (before.current !== organizationId) {
    // The answers for one organization are nothing to another's pages.
    if (before.current !== undefined) client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'getMe' });
    before.current = organizationId;
    setOrganization(organizationId);
    localStorage.setItem('hub-organization', organizationId);
  }
  const membership = organizations.find(({ id }) => id === organizationId);
  return {
    organizationId,
    name: membership?.name ?? organizationId,
    role: membership?.role,
    memberId: membership?.member_id,
    isOperator: user.is_operator,
    ownCredentials: membership?.own_credentials ?? false,
    purchaseUrl: membership?.purchase_url,
    credit,
  };
}

function OrganizationChoice({ place }: { readonly place: Place }) {
  const { t } = useWords();
  const { organizations } = useMe();
  const navigate = useNavigate();
  if (organizations.length < 2) return <p className="truncate px-2 text-[13px] text-dim">{place.name}</p>;
  return (
    <select
      aria-label={t('app.organization')}
      value={place.organizationId}
      onChange={(event) =>
        void navigate({ to: '/$organizationId/overview', params: { organizationId: event.target.value } })
      }
      className="h-9 w-full rounded-lg border border-line bg-raised px-2 text-sm"
    >
      {organizations.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}

function Menu({ place }: { readonly place: Place }) {
  const { t } = useWords();
  return (
    <nav aria-label={t('app.menu')} className="flex flex-col gap-4 overflow-y-auto px-3 py-2">
      {PAGE_GROUPS.map(({ word, pages }) => {
        const shown = pages.filter((page) => isShown(page, place));
        if (shown.length === 0) return null;
        return (
          <div key={word}>
            <p className="px-2 pb-1 text-xs font-medium text-dim">{t(word)}</p>
            <ul>
              {shown.map((page) => (
                <li key={page}>
                  <PageLink page={page} place={place} />
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}

function PageLink({ page, place }: { readonly page: PageName; readonly place: Place }): ReactNode {
  const { t } = useWords();
  return (
    <Link
      to={`/$organizationId/${page}`}
      params={{ organizationId: place.organizationId }}
      className="flex h-9 items-center gap-2.5 rounded-lg px-2 text-dim hover:bg-ground hover:text-ink"
      activeProps={{ className: 'bg-ground font-medium text-ink', 'aria-current': 'page' }}
    >
      <Icon name={iconOf(page)} className="size-4.5" />
      {t(`app.pages.${page}`)}
    </Link>
  );
}

/** `Ctrl K` and `⌘ K` go to a page by its name. */
function useShortcut(open: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      open();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [open]);
}

function useTitle(path: string, hub: string): void {
  const { t } = useWords();
  const page = PAGE_GROUPS.flatMap(({ pages }) => [...pages]).find((name) => path.split('/').includes(name));
  const word = path.endsWith('/notifications') ? t('notifications.title') : page && t(`app.pages.${page}`);
  const title = word === undefined ? hub : `${word} · ${hub}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
}
