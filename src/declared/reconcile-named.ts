import type { LimitTerms } from '../protocol/limits.ts';
import type { RouteDefinition } from '../protocol/route.ts';
import type { Change, Plan, PlanProblem } from './changes.ts';
import type { DeclaredLimit } from './limit-schema.ts';
import type { CurrentRows } from './ports.ts';
import { limitWithId, type Reference, referencesOf, referenceText, routeWithIds } from './references.ts';
import type { DeclaredRoute } from './route-schema.ts';

/** What references mean: the ids that were found, and what the changes of the keys before make of them. */
export type Meanings = {
  /** By the text of the reference. */
  readonly found: ReadonlyMap<string, readonly string[]>;
  readonly keyChanges: readonly Change[];
};

const ROUTE_FIELDS = ['strategy', 'affinity', 'tiers', 'rules', 'timeouts', 'fallbacks'] as const;
const LIMIT_FIELDS = ['subject', 'models', 'measure', 'amount', 'window', 'mode', 'thresholds'] as const;

/** Compares the routes. A name is one route's alone. */
export function reconcileRoutes(
  declared: readonly DeclaredRoute[],
  rows: CurrentRows['routes'],
  meanings: Meanings,
): Plan {
  return reconcileNamed<DeclaredRoute, CurrentRows['routes'][number]>({
    noun: 'route',
    part: 'routes',
    referring: 'rules',
    declared,
    rows,
    referencesOf: (route) => referencesOf([route], []),
    differences: (route, row, idOf) =>
      differing<RouteDefinition>(row.definition, routeWithIds(route, idOf), ROUTE_FIELDS),
    create: (route, sentence) => ({ kind: 'route.create', route, sentence }),
    update: (id, route, sentence) => ({ kind: 'route.update', id, route, sentence }),
    remove: (id, sentence) => ({ kind: 'route.remove', id, sentence }),
    meanings,
  });
}

/** Compares the limits, by their names. */
export function reconcileLimits(
  declared: readonly DeclaredLimit[],
  rows: CurrentRows['limits'],
  meanings: Meanings,
): Plan {
  return reconcileNamed<DeclaredLimit, CurrentRows['limits'][number]>({
    noun: 'limit',
    part: 'usageLimits',
    referring: 'subject',
    declared,
    rows,
    referencesOf: (limit) => referencesOf([], [limit]),
    differences: (limit, row, idOf) => differing<LimitTerms>(row, limitWithId(limit, idOf), LIMIT_FIELDS),
    create: (limit, sentence) => ({ kind: 'limit.create', limit, sentence }),
    update: (id, limit, sentence) => ({ kind: 'limit.update', id, limit, sentence }),
    remove: (id, sentence) => ({ kind: 'limit.remove', id, sentence }),
    meanings,
  });
}

type Row = { readonly id: string; readonly name: string; readonly source: string };

function reconcileNamed<Entry extends { readonly name: string }, Stored extends Row>(input: {
  readonly noun: string;
  /** Where the entries stand in hub.yaml, and the field of an entry that refers to others. */
  readonly part: string;
  readonly referring: string;
  readonly declared: readonly Entry[];
  readonly rows: readonly Stored[];
  readonly referencesOf: (entry: Entry) => readonly Reference[];
  /** The words for what differs; asked only where everything that the entry refers to has an id. */
  readonly differences: (entry: Entry, row: Stored, idOf: (reference: Reference) => string) => readonly string[];
  readonly create: (entry: Entry, sentence: string) => Change;
  readonly update: (id: string, entry: Entry, sentence: string) => Change;
  readonly remove: (id: string, sentence: string) => Change;
  readonly meanings: Meanings;
}): Plan {
  const { noun, part, declared, rows, meanings } = input;
  const ours = new Map(rows.filter(({ source }) => source === 'file').map((row) => [row.name, row]));
  const taken = new Set(rows.filter(({ source }) => source !== 'file').map(({ name }) => name));
  const changes: Change[] = [];
  const problems: PlanProblem[] = [];
  for (const [index, entry] of declared.entries()) {
    const { name } = entry;
    const row = ours.get(name);
    ours.delete(name);
    if (taken.has(name)) {
      const message = `A ${noun} "${name}" exists already and does not come from hub.yaml; rename one of the two.`;
      problems.push({ message, path: [part, index, 'name'] });
      continue;
    }
    const meant = input.referencesOf(entry).map((reference) => ({ reference, ...meaningOf(reference, meanings) }));
    const wrong = meant.flatMap(({ problem }) => problem ?? []);
    if (wrong.length > 0) {
      const path = [part, index, input.referring];
      problems.push(...wrong.map((why) => ({ message: `The ${noun} "${name}" cannot be applied: ${why}`, path })));
      continue;
    }
    if (row === undefined) {
      changes.push(input.create(entry, `Create the ${noun} ${name}.`));
      continue;
    }
    const ids = new Map(meant.map(({ reference, id }) => [referenceText(reference), id ?? '']));
    const words = meant.every(({ id }) => id !== undefined)
      ? input.differences(entry, row, (reference) => ids.get(referenceText(reference)) ?? reference.text)
      : ['the keys that it names'];
    if (words.length > 0) changes.push(input.update(row.id, entry, `Change the ${noun} ${name}: ${words.join(', ')}.`));
  }
  for (const { id, name } of ours.values()) changes.push(input.remove(id, `Remove the ${noun} ${name}.`));
  return { changes, problems };
}

/** The id that a reference means, none of both for a key that is made or replaced just before, or why it means nothing. */
function meaningOf(
  reference: Reference,
  { found, keyChanges }: Meanings,
): { readonly id?: string; readonly problem?: string } {
  const gone = new Set(keyChanges.flatMap((change) => (change.kind === 'key.remove' ? [change.id] : [])));
  const ids = (found.get(referenceText(reference)) ?? []).filter((id) => !gone.has(id));
  const made = keyChanges.some((change) => change.kind === 'key.create' && change.key.name === reference.text);
  if (reference.kind === 'key' && made && ids.length === 0) return {};
  const [id, ...others] = ids;
  if (id === undefined) {
    return { problem: `there is no ${referenceText(reference)}; give the id or the name of one that is there.` };
  }
  if (others.length === 0) return { id };
  return { problem: `${referenceText(reference)} is the name of several; give the id of the one that is meant.` };
}

function differing<Fields>(a: Fields, b: Fields, fields: readonly (keyof Fields & string)[]): readonly string[] {
  return fields.filter((field) => asText(a[field]) !== asText(b[field]));
}

/** What is missing and what is `undefined` are one. */
function asText(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? '';
}
