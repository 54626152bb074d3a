import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { permissionsOfOperator, permissionsOfRole } from '../identity/roles.ts';
import { type Access, type Actor, ROLES } from '../protocol/people.ts';
import { CONTROL_RESOURCES, createControlPlaneOf } from './app.ts';
import { createMemoryServices } from './testing/memory-services.ts';
import { TEST_TENANT } from './testing/memory-state.ts';

const GOLDEN = new URL('../../test/golden/authorization.txt', import.meta.url);
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';

/** Every kind of caller, by the token that makes a test's request theirs. */
const CALLERS = ['nobody', 'operator', ...ROLES] as const;
type CallerName = (typeof CALLERS)[number];

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
type Declared = { readonly method: (typeof METHODS)[number]; readonly path: string; readonly auth: string };

/** The whole control plane with its real gate; who has which role is told by the token. */
async function startGate() {
  const { services } = createMemoryServices();
  const declared: Declared[] = [];
  const app = await createControlPlaneOf(
    {
      ...services,
      access: {
        ofBearer: async (token) => actorOf(token),
        ofSession: async () => undefined,
        within: async (actor) => accessOf(actor),
        toInstallation: accessOf,
      },
    },
    [
      (scope) =>
        scope.addHook('onRoute', ({ method, url, config }) => {
          for (const one of [method].flat()) {
            const known = METHODS.find((name) => name === one);
            if (known !== undefined) declared.push({ method: known, path: url, auth: config?.auth ?? 'undeclared' });
          }
        }),
      ...CONTROL_RESOURCES,
    ],
  );
  return { app, declared };
}

/** Whether the gate lets a caller through: what the route then makes of it is its own matter. */
async function isLetIn({ app }: Awaited<ReturnType<typeof startGate>>, { method, path }: Declared, caller: CallerName) {
  const response = await app.inject({
    method,
    url: path.replaceAll(/:\w+/g, 'some-id'),
    headers: { origin: 'http://localhost', ...(caller === 'nobody' ? {} : { authorization: `Bearer ${caller}` }) },
  });
  // An export is no JSON, and has nothing to refuse.
  const isJson = `${response.headers['content-type']}`.startsWith('application/json;');
  const code: unknown = isJson ? response.json().error?.code : undefined;
  expect(code).not.toBe('auth.cross_site');
  return code !== 'auth.required' && code !== 'access.denied';
}

it('the golden file says of every route which roles may call it (UPDATE_GOLDEN=1 rewrites it)', async () => {
  const gate = await startGate();
  expect(gate.declared.length).toBeGreaterThan(80);
  const rows: string[][] = [];
  for (const route of gate.declared.toSorted((a, b) =>
    `${a.path} ${a.method}`.localeCompare(`${b.path} ${b.method}`),
  )) {
    const marks = [];
    for (const caller of CALLERS) marks.push((await isLetIn(gate, route, caller)) ? 'yes' : '-');
    rows.push([`${route.method} ${route.path}`, route.auth, ...marks]);
  }
  await gate.app.close();
  const text = table([['route', 'permission', ...CALLERS], ...rows]);
  if (UPDATE) writeFileSync(GOLDEN, text);
  expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
});

function actorOf(token: string): Actor | undefined {
  const caller = CALLERS.find((name) => name === token);
  if (caller === undefined || caller === 'nobody') return undefined;
  return {
    kind: 'person',
    userId: caller,
    sessionId: 'sess_1',
    isOperator: caller === 'operator',
    onlyOrganizationId: undefined,
  };
}

function accessOf(actor: Actor): Access {
  const name = actor.kind === 'person' ? actor.userId : '';
  const role = ROLES.find((one) => one === name);
  return {
    actor,
    tenant: TEST_TENANT,
    role,
    memberId: undefined,
    serviceAccountId: undefined,
    teamIds: [],
    permissions: role === undefined ? permissionsOfOperator() : permissionsOfRole(role),
  };
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
