/**
 * What hub.yaml refers to by id or by name: keys, teams, projects, organizations, service accounts, members. Members are
 * referred to by id alone. A key that the file declares may not be there yet when the two are compared.
 */
import type { LimitSubjectKind, LimitTerms } from '../protocol/limits.ts';
import type { RouteCondition, RouteDefinition } from '../protocol/route.ts';
import type { DeclaredLimit } from './limit-schema.ts';
import type { DeclaredRoute } from './route-schema.ts';

export type ReferenceKind = 'key' | 'team' | 'project' | 'organization' | 'service_account' | 'member';
export type Reference = { readonly kind: ReferenceKind; readonly text: string };

/** The ids that a reference means: the one of that id, else all of that name. */
export type FindIds = (reference: Reference) => Promise<readonly string[]>;

/** A reference as one text, to look answers up by. */
export function referenceText({ kind, text }: Reference): string {
  return `${kind.replace('_', ' ')} “${text}”`;
}

/** Every reference that declared routes and limits make. */
export function referencesOf(routes: readonly DeclaredRoute[], limits: readonly DeclaredLimit[]): readonly Reference[] {
  const ofRoutes = routes.flatMap(({ definition }) => definition.rules.flatMap(({ when }) => ofCondition(when)));
  return [...ofRoutes, ...limits.flatMap((limit) => referenceOf(limit) ?? [])];
}

const LISTS = [
  ['key', 'keyIds'],
  ['team', 'teamIds'],
  ['project', 'projectIds'],
  ['organization', 'organizationIds'],
] as const satisfies readonly (readonly [ReferenceKind, keyof RouteCondition])[];

function ofCondition(when: RouteCondition): readonly Reference[] {
  return LISTS.flatMap(([kind, field]) => (when[field] ?? []).map((text) => ({ kind, text })));
}

const REFERRED: Partial<Record<LimitSubjectKind, ReferenceKind>> = {
  key: 'key',
  team: 'team',
  project: 'project',
  service_account: 'service_account',
  member: 'member',
};

function referenceOf({ subject: { kind, id } }: DeclaredLimit): Reference | undefined {
  const referred = REFERRED[kind];
  return referred === undefined || id === undefined ? undefined : { kind: referred, text: id };
}

/** The id that a reference means. */
export type IdOf = (reference: Reference) => string;

/** A declared route with ids in the place of what is written. */
export function routeWithIds({ definition }: DeclaredRoute, idOf: IdOf): RouteDefinition {
  const rules = definition.rules.map(({ when, tiers }) => {
    const ids = LISTS.flatMap(([kind, field]) => {
      const written = when[field];
      return written === undefined ? [] : [[field, written.map((text) => idOf({ kind, text }))] as const];
    });
    return { when: { ...when, ...Object.fromEntries(ids) }, tiers };
  });
  return { ...definition, rules };
}

/** A declared limit with the id in the place of what is written. */
export function limitWithId(limit: DeclaredLimit, idOf: IdOf): LimitTerms {
  const reference = referenceOf(limit);
  if (reference === undefined) return limit;
  return { ...limit, subject: { kind: limit.subject.kind, id: idOf(reference) } };
}
