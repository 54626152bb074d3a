import { listOf, textOf } from '../support/hub-calls.ts';
import type { HubProcess } from '../support/hub-process.ts';

export type LookedAt = {
  readonly name: string;
  /** Below the hub's address; `undefined` where there is nothing to open, as one key of a hub without any. */
  readonly path: (hub: HubProcess) => string | undefined | Promise<string | undefined>;
  /** Opened without a session. */
  readonly isPublic?: true;
};

const dashboard = (name: string, query = ''): LookedAt => ({
  name: query === '' ? name : `${name}-${query.replace(/^[a-z]+=(?:.*\/)?/, '')}`,
  path: () => `/dashboard/org_default/${name}${query === '' ? '' : `?${query}`}`,
});

const ORGANIZATION_TABS = [
  'members',
  'invitations',
  'teams',
  'projects',
  'service-accounts',
  'management-keys',
  'rules',
  'sign-on',
  'webhooks',
  'settings',
];
const SYSTEM_TABS = ['status', 'users', 'organizations', 'installation', 'sign-on', 'safety', 'settings'];

/** The first row of a list, opened in a page's panel. */
function opened(
  page: string,
  list: string,
  // What several fields name together stands with a slash between them.
  { by, id = 'id' }: { readonly by: string; readonly id?: string | readonly string[] },
): LookedAt {
  return {
    name: `${page}-one`,
    path: async (hub) => {
      const [row] = await listOf(hub, list);
      return (
        row &&
        `/dashboard/org_default/${page}?${by}=${encodeURIComponent(
          [id]
            .flat()
            .map((field) => textOf(row[field]))
            .join('/'),
        )}`
      );
    },
  };
}

/** Where visitors may ask a model, if they may. */
async function playgroundOf(hub: HubProcess): Promise<string | undefined> {
  const { ok } = await fetch(`${hub.address}/playground`);
  return ok ? '/playground' : undefined;
}

/** The pages of credit, which only a hub has that charges. */
export const CREDIT_PAGES: readonly LookedAt[] = [
  dashboard('overview'),
  dashboard('credit'),
  dashboard('credit', 'account=organization/org_default'),
  ...[
    'buy',
    'statements',
    'accounts',
    'revenue',
    'sale',
    'purchases',
    'customers',
    'lists',
    'codes',
    'starters',
    'review',
    'ledger',
  ].map((tab) => dashboard('credit', `tab=${tab}`)),
  {
    name: 'statement-paper',
    path: async (hub) => {
      const [month] = await listOf(hub, '/credit/statements');
      return month && `/control/v1/credit/statements/${textOf(month['month'])}/print?organization_id=org_default`;
    },
  },
  {
    name: 'credit-note-paper',
    path: async (hub) => {
      const [note] = await listOf(hub, '/credit/credit-notes');
      const number = note?.['number'];
      if (typeof number !== 'number') return undefined;
      return `/control/v1/credit/credit-notes/${number}/print?organization_id=org_default`;
    },
  },
  dashboard('requests'),
  opened('requests', '/credit/entries?kind=charge', { by: 'request', id: 'charge_id' }),
  dashboard('prices'),
  opened('prices', '/installation/prices', { by: 'model', id: ['provider_id', 'model'] }),
  dashboard('prices', 'only=unpriced'),
  ...['groups', 'drift'].map((tab) => dashboard('prices', `tab=${tab}`)),
  dashboard('selling'),
  ...['offers', 'offers&state=published', 'offers&state=unpublishable'].map((tab) =>
    dashboard('selling', `tab=${tab}`),
  ),
  { name: 'pricing', path: () => '/pricing?type=chat', isPublic: true },
  opened('selling', '/installation/offers?state=published', { by: 'tab=offers&model', id: 'name' }),
];

/** Every page that a person can open, and the panels that have an address. */
export const PAGES: readonly LookedAt[] = [
  dashboard('overview'),
  dashboard('usage'),
  dashboard('usage', 'tab=savings'),
  dashboard('requests'),
  opened('requests', '/usage/records', { by: 'request', id: 'request_id' }),
  dashboard('requests', 'status=rejected'),
  dashboard('start'),
  dashboard('keys'),
  {
    name: 'keys-one',
    path: async (hub) => {
      const [key] = await listOf(hub, '/keys');
      return key && `/dashboard/org_default/keys/${textOf(key['id'])}`;
    },
  },
  dashboard('models'),
  opened('models', '/models', { by: 'model' }),
  dashboard('models', 'tab=aliases'),
  dashboard('models', 'tab=identities'),
  dashboard('playground'),
  dashboard('playground', 'kind=images'),
  dashboard('playground', 'kind=embeddings'),
  dashboard('providers'),
  dashboard('providers', 'tab=catalogue'),
  dashboard('providers', 'add=key'),
  dashboard('providers', 'add=url'),
  dashboard('routes'),
  dashboard('routes', 'tab=health'),
  dashboard('routes', 'tab=explain'),
  dashboard('limits'),
  dashboard('cache'),
  dashboard('guardrails'),
  dashboard('guardrails', 'tab=test'),
  opened('providers', '/connections', { by: 'connection' }),
  ...ORGANIZATION_TABS.map((tab) => dashboard('organization', `tab=${tab}`)),
  dashboard('notifications'),
  dashboard('audit'),
  dashboard('audit', 'tab=installation'),
  opened('audit', '/audit', { by: 'act' }),
  dashboard('selling'),
  ...SYSTEM_TABS.map((tab) => dashboard('system', `tab=${tab}`)),
  { name: 'account', path: () => '/account' },
  { name: 'welcome', path: () => '/', isPublic: true },
  { name: 'guest-playground', path: playgroundOf, isPublic: true },
  ...['sign-in', 'sign-up', 'forgot', 'setup', 'verify', 'reset', 'invitation'].map(
    (name): LookedAt => ({ name: `account-${name}`, path: () => `/account/${name}`, isPublic: true }),
  ),
  { name: 'nowhere', path: () => '/dashboard/org_default/nowhere' },
];
