import type { JsonObject, JsonValue } from '../../../src/kernel/json.ts';
import { METHODS, type Operation } from './document.ts';
import type { Side } from './scene.ts';

/** Something that one organization's caller tries with what is another's, beside the same with what nobody has. */
export type Attack = {
  /** `POST /keys project_id`: where the id stands. */
  readonly place: string;
  readonly method: string;
  readonly foreign: Target;
  readonly missing: Target;
};

type Target = {
  readonly path: string;
  readonly organization?: string;
  readonly body?: JsonObject;
  /** What of the victim's the caller sent, and so knows. */
  readonly sent: string;
};

const SCOPES = ['organization', 'team', 'project', 'key'];
/** Fields of queries and bodies that hold no id, and still name something of an organization's. */
const NAMES = /^(search|model|end_user|application)$/;

/** Every place in the paths, queries, bodies and headers of an operation where an id of the victim's fits. */
export function attacksOn(
  operation: Operation,
  { attacker, victim, kinds }: { readonly attacker: Side; readonly victim: Side; readonly kinds: 'all' | 'fitting' },
): readonly Attack[] {
  const call = `${operation.method} ${operation.path}`;
  const own = fill(operation.path, attacker.ids);
  const at = (place: string, method: string, make: (id: string) => Omit<Target, 'sent'>, id: string): Attack => ({
    place: `${call} ${place}`,
    method,
    foreign: { ...make(id), sent: id },
    missing: { ...make(missing(id, victim.mark)), sent: missing(id, victim.mark) },
  });
  const fitting = (name: string): readonly string[] => {
    if (kinds === 'all') return Object.values(victim.ids);
    const id = victim.ids[name === 'scope_id' ? 'team_id' : name === 'id' ? 'film_id' : name];
    return id === undefined ? [] : [id];
  };
  const { example } = operation.body ?? {};
  const withBody = (path: string, more: JsonObject = {}) => ({
    path,
    ...(example === undefined ? {} : { body: { ...example, ...ofNobody(example), ...more } }),
  });
  const inPath = operation.pathParams
    .filter((name) => name !== 'scope')
    .flatMap((name) =>
      fitting(name).flatMap((id) =>
        (operation.path.includes('{scope}') ? SCOPES : ['']).map((scope) =>
          at(
            name,
            operation.method,
            (one) => withBody(fill(operation.path, { ...attacker.ids, scope, [name]: one })),
            id,
          ),
        ),
      ),
    );
  const inQuery = operation.queryParams
    .filter((name) => name.endsWith('_id') || NAMES.test(name))
    .flatMap((name) =>
      textsOf(name, { victim, ids: fitting(name) }).map((id) =>
        at(`?${name}`, operation.method, (one) => ({ path: `${own}?${name}=${encodeURIComponent(one)}` }), id),
      ),
    );
  const inBody = (operation.body?.fields ?? [])
    .filter((name) => /_ids?$/.test(name) || NAMES.test(name))
    .flatMap((name) =>
      textsOf(name, { victim, ids: fitting(name.replace(/s$/, '')) }).map((id) =>
        at(name, operation.method, (one) => withBody(own, { [name]: name.endsWith('s') ? [one] : one }), id),
      ),
    );
  const inHeader = operation.takesOrganization
    ? [
        at(
          'x-hub-organization',
          operation.method,
          (organization) => ({ ...withBody(own), organization }),
          victim.organizationId,
        ),
      ]
    : [];
  return [...inPath, ...inQuery, ...inBody, ...inHeader];
}

/** Calls by the methods that the documents do not name for a path, with the victim's ids in it. */
export function undeclaredCalls(
  operations: readonly Operation[],
  victim: Side,
): readonly { method: string; path: string }[] {
  const declared = new Map<string, Set<string>>();
  for (const { method, path } of operations) declared.set(path, (declared.get(path) ?? new Set()).add(method));
  return [...declared].flatMap(([path, methods]) =>
    METHODS.filter((method) => !methods.has(method)).map((method) => ({
      method,
      path: fill(path, { ...victim.ids, scope: 'team' }),
    })),
  );
}

/** The path with ids in its places; the ids that no organization has are the same for all. */
export function fill(path: string, ids: Readonly<Record<string, string | undefined>>): string {
  const common: Readonly<Record<string, string | undefined>> = {
    scope: 'team',
    scope_id: ids['team_id'],
    provider_id: 'openai',
    id: ids['film_id'],
    name: 'none.png',
  };
  return path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(ids[name] ?? common[name] ?? 'none'));
}

function textsOf(
  name: string,
  { victim, ids }: { readonly victim: Side; readonly ids: readonly string[] },
): readonly string[] {
  if (!NAMES.test(name)) return ids;
  const { mark } = victim;
  return [mark, `${mark}-own/fake-small`, `${mark}-fast`, `${mark}-end-user`, `${mark} application`];
}

let addresses = 0;

/** A mail address of its own for each try, since only so many mails go to one. */
function ofNobody(example: JsonObject): JsonObject {
  return 'email' in example ? { email: `nobody-${++addresses}@example.com` } : {};
}

/** An id of the same form that nobody has. */
function missing(id: string, mark: string): string {
  if (id.startsWith(mark)) return id.replace(mark, 'nobody');
  return `${id.slice(0, -1)}${id.endsWith('q') ? 'p' : 'q'}`;
}

/** The value with one more field at the place that the way leads to. */
export function withField(
  value: JsonValue | undefined,
  way: readonly (string | number)[],
  field: readonly [string, JsonValue],
): JsonValue {
  const [step, ...rest] = way;
  if (step === undefined) {
    const fields = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
    // A computed entry is the only way to have `__proto__` as a field.
    return Object.fromEntries([...fields, field]);
  }
  if (typeof step === 'number') return [withField(Array.isArray(value) ? value[step] : undefined, rest, field)];
  const inner = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  return { ...inner, [step]: withField(inner[step], rest, field) };
}
