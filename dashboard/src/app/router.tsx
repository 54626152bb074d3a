import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { BASE } from '../api/call.ts';
import { Empty } from '../ui/parts.tsx';
import { useWords } from '../words/index.ts';
import { Crashed } from './crashed.tsx';
import { useMe } from './session.tsx';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Outlet, notFoundComponent: Nowhere, errorComponent: Crashed });

const home = createRoute({ getParentRoute: () => root, path: '/', component: Home });

const organization = createRoute({
  getParentRoute: () => root,
  path: '$organizationId',
  component: Shell,
  notFoundComponent: NotFound,
});

const index = createRoute({
  getParentRoute: () => organization,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/$organizationId/overview', params });
  },
});

/** What an address says of a page: texts, each once. A page reads the names that it knows. */
function texts(search: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const known = Object.entries(search).filter(([, value]) => typeof value === 'string' || typeof value === 'number');
  return Object.fromEntries(known.map(([name, value]) => [name, String(value)]));
}

function page<const Path extends string>(path: Path, load: () => Promise<{ readonly Page: () => React.ReactNode }>) {
  return createRoute({
    getParentRoute: () => organization,
    path,
    validateSearch: texts,
    component: lazyRouteComponent(load, 'Page'),
    errorComponent: Crashed,
  });
}

const routeTree = root.addChildren([
  home,
  organization.addChildren([
    index,
    page('overview', () => import('../pages/overview/page.tsx')),
    page('usage', () => import('../pages/usage/page.tsx')),
    page('requests', () => import('../pages/requests/page.tsx')),
    page('models', () => import('../pages/models/page.tsx')),
    page('playground', () => import('../pages/playground/page.tsx')),
    page('start', () => import('../pages/start/page.tsx')),
    page('providers', () => import('../pages/providers/page.tsx')),
    page('routes', () => import('../pages/routes/page.tsx')),
    page('credit', () => import('../pages/credit/page.tsx')),
    page('guardrails', () => import('../pages/guardrails/page.tsx')),
    page('limits', () => import('../pages/limits/page.tsx')),
    page('cache', () => import('../pages/cache/page.tsx')),
    page('prices', () => import('../pages/prices/page.tsx')),
    page('selling', () => import('../pages/selling/page.tsx')),
    page('audit', () => import('../pages/audit/page.tsx')),
    page('keys', () => import('../pages/keys/page.tsx')),
    page('keys/$keyId', () => import('../pages/key/page.tsx')),
    page('organization', () => import('../pages/organization/page.tsx')),
    page('notifications', () => import('../pages/notifications/page.tsx')),
    page('system', () => import('../pages/system/page.tsx')),
  ]),
]);

export function createAppRouter(_client: QueryClient) {
  return createRouter({
    routeTree,
    basepath: `${BASE}/dashboard`,
    defaultPreload: 'intent',
    scrollRestoration: true,
    // Texts stay as they are typed; nothing in an address is read as JSON.
    parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
    stringifySearch: (search) => {
      const entries = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
      const text = new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString();
      return text === '' ? '' : `?${text}`;
    },
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

/** To the organization that was looked at last, or the first. */
function Home() {
  const { user, organizations } = useMe();
  const { t } = useWords();
  const active = organizations.filter(({ state }) => state === 'active');
  const last = active.find(({ id }) => id === localStorage.getItem('hub-organization')) ?? active[0];
  if (last !== undefined) {
    return <Navigate to="/$organizationId/overview" params={{ organizationId: last.id }} replace />;
  }
  if (user.is_operator)
    return <Navigate to="/$organizationId/overview" params={{ organizationId: 'org_default' }} replace />;
  return <Empty icon="organization" title={t('app.noOrganization')} />;
}

function Nowhere() {
  return (
    <main>
      <NotFound />
    </main>
  );
}

function NotFound() {
  const { t } = useWords();
  return (
    <Empty icon="search" title={t('app.notFound')}>
      <a className="text-accent underline" href={`${BASE}/dashboard`}>
        {t('app.goHome')}
      </a>
    </Empty>
  );
}
