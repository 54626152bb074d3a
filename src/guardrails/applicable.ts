import type { Guardrail, GuardrailCheck, GuardrailPlace } from '../protocol/guardrails.ts';
import type { Principal } from '../protocol/principal.ts';
import type { Finder } from './finding.ts';
import { personalFinder } from './personal.ts';
import { secretFinder } from './secrets.ts';
import { patternFinder, wordFinder } from './words.ts';

/** Whether any of a model's names fits. */
export type MatchesNames = (names: readonly string[]) => boolean;
export type CompilePatterns = (patterns: readonly string[]) => MatchesNames;

/** A guardrail as texts meet it. */
export type CompiledGuardrail = {
  readonly guardrail: Pick<Guardrail, 'id' | 'organizationId' | 'name' | 'action' | 'place' | 'check' | 'sealed'>;
  readonly finders: readonly Finder[];
};

/** The guardrails of one organization that are switched on. */
export type OrganizationGuardrails = {
  /** Those that a call meets, in their order. */
  readonly appliedTo: (principal: Principal, names: () => readonly string[]) => readonly CompiledGuardrail[];
};

/** Store rows → what calls meet. Organizations without guardrails that are switched on are missing. */
export function compileGuardrails(
  rows: readonly Guardrail[],
  compilePatterns: CompilePatterns,
): ReadonlyMap<string, OrganizationGuardrails> {
  const enabled = rows.filter((row) => row.enabled);
  const byOrganization = Map.groupBy(enabled, ({ organizationId }) => organizationId);
  return new Map([...byOrganization].map(([id, own]) => [id, compileOwn(own, compilePatterns)]));
}

type Scoped = {
  readonly compiled: CompiledGuardrail;
  readonly scope: Guardrail['scope'];
  readonly matches: MatchesNames | undefined;
};

function compileOwn(rows: readonly Guardrail[], compilePatterns: CompilePatterns): OrganizationGuardrails {
  const scoped = inOrder(rows).map((guardrail): Scoped => {
    const { scope, models } = guardrail;
    return { compiled: compileGuardrail(guardrail), scope, matches: models && compilePatterns(models) };
  });
  return {
    appliedTo: (principal, names) => {
      const own = scoped.filter(({ scope }) => isInScope(scope, principal));
      const known = own.some(({ matches }) => matches !== undefined) ? names() : [];
      return own.filter(({ matches }) => matches === undefined || matches(known)).map(({ compiled }) => compiled);
    },
  };
}

/** As they are asked: by their order, then as they were made. */
export function inOrder<Row extends Pick<Guardrail, 'order' | 'id'>>(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
}

/** A guardrail ready to look at texts. */
export function compileGuardrail(guardrail: CompiledGuardrail['guardrail']): CompiledGuardrail {
  const { id, organizationId, name, action, place, check, sealed } = guardrail;
  return { guardrail: { id, organizationId, name, action, place, check, sealed }, finders: findersOf(check) };
}

/** Whether a guardrail looks at the texts of a request, or at those of an answer. */
export function looksAt({ place }: { readonly place: GuardrailPlace }, side: 'input' | 'output'): boolean {
  return place === 'both' || place === side;
}

function isInScope(scope: Guardrail['scope'], { projectId, keyId }: Principal): boolean {
  if (scope.kind === 'organization') return true;
  return scope.id === (scope.kind === 'project' ? projectId : keyId);
}

function findersOf(check: GuardrailCheck): readonly Finder[] {
  switch (check.kind) {
    case 'secrets':
      return check.finds.map(secretFinder);
    case 'personal':
      return check.finds.map(personalFinder);
    case 'words':
      return [...(check.words.length === 0 ? [] : [wordFinder(check.words)]), ...check.patterns.map(patternFinder)];
    case 'length':
    case 'http':
      return [];
  }
}
