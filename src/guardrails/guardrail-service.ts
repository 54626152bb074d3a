import { GatewayError } from '../kernel/errors.ts';
import type { NewWireId } from '../kernel/ids.ts';
import type { Guardrail, GuardrailTerms } from '../protocol/guardrails.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import { compileGuardrail, inOrder } from './applicable.ts';
import type { GuardrailStore } from './ports.ts';
import { type Tried, tryGuardrails } from './try-guardrails.ts';
import { patternFault } from './words.ts';

/** The most guardrails of one organization: each text is looked at by all that its call meets. */
const GUARDRAILS_MAX = 50;

export type GuardrailChange = { readonly before: Guardrail; readonly after: Guardrail };

/** What guardrails are tried on a text; where neither is given, all that are stored and switched on. */
export type Trial = {
  readonly text: string;
  readonly place: 'input' | 'output';
  readonly guardrails: readonly GuardrailTerms[] | undefined;
  readonly ids: readonly string[] | undefined;
};

/**
 * Guardrails of an organization. Everything throws `resource.not_found`, and `resource.changed` for another revision.
 */
export type GuardrailService = {
  /** In the order in which they are asked. */
  readonly list: (scope: OrganizationScope) => Promise<readonly Guardrail[]>;
  readonly get: (scope: OrganizationScope, id: string) => Promise<Guardrail>;
  /** @throws request.invalid */
  readonly create: (scope: OrganizationScope, terms: GuardrailTerms) => Promise<Guardrail>;
  /** Lays down all terms anew. @throws request.invalid */
  readonly replace: (
    scope: OrganizationScope,
    at: { readonly id: string; readonly ifRevision: number | undefined },
    terms: GuardrailTerms,
  ) => Promise<GuardrailChange>;
  readonly remove: (scope: OrganizationScope, id: string, ifRevision?: number) => Promise<Guardrail>;
  /** Looks at a text without a call; nothing of it is kept. @throws request.invalid */
  readonly test: (scope: OrganizationScope, trial: Trial) => Promise<Tried>;
};

export type GuardrailServiceInput = {
  readonly store: GuardrailStore;
  /** Whether the organization has what a guardrail is to be about. */
  readonly isThere: (scope: OrganizationScope, kind: 'project' | 'key', id: string) => Promise<boolean>;
  /** Brings this process up to what was changed. */
  readonly refresh: () => Promise<void>;
  readonly newId: NewWireId;
  readonly now: () => number;
};

export function createGuardrailService(input: GuardrailServiceInput): GuardrailService {
  const { store, newId, now } = input;
  const current = async (scope: OrganizationScope, id: string, ifRevision?: number): Promise<Guardrail> => {
    const guardrail = await store.get(scope, id);
    if (guardrail === undefined) throw new GatewayError('resource.not_found');
    if (ifRevision !== undefined && guardrail.revision !== ifRevision) throw new GatewayError('resource.changed');
    return guardrail;
  };
  return {
    list: async (scope) => inOrder(await store.list(scope)),
    get: current,
    create: async ({ organizationId }, terms) => {
      await assertSound({ organizationId }, terms, input);
      const { length } = await store.list({ organizationId });
      if (length >= GUARDRAILS_MAX) throw invalid('name', `There are ${GUARDRAILS_MAX} guardrails already.`);
      const at = now();
      const guardrail = { ...terms, organizationId, id: newId('grl'), createdAt: at, updatedAt: at, revision: 1 };
      await store.insert(guardrail);
      await input.refresh();
      return guardrail;
    },
    replace: async (scope, { id, ifRevision }, terms) => {
      const before = await current(scope, id, ifRevision);
      await assertSound(scope, terms, input);
      const after = { ...before, ...terms, updatedAt: now(), revision: before.revision + 1 };
      if (!(await store.replace(after))) throw new GatewayError('resource.changed');
      await input.refresh();
      return { before, after };
    },
    remove: async (scope, id, ifRevision) => {
      const guardrail = await current(scope, id, ifRevision);
      if (!(await store.remove(scope, id, guardrail.revision))) throw new GatewayError('resource.changed');
      await input.refresh();
      return guardrail;
    },
    test: async (scope, { text, place, guardrails, ids }) => {
      for (const terms of guardrails ?? []) assertTerms(terms);
      const given = (guardrails ?? []).map((terms, index) => ({ ...terms, id: `given_${index + 1}` }));
      const asked = await Promise.all((ids ?? []).map((id) => current(scope, id)));
      const isOpen = guardrails === undefined && ids === undefined;
      const stored = isOpen ? (await store.list(scope)).filter(({ enabled }) => enabled) : asked;
      return tryGuardrails([...inOrder(stored), ...given].map(compileGuardrail), { text, place });
    },
  };
}

async function assertSound(
  scope: OrganizationScope,
  terms: GuardrailTerms,
  { isThere }: Pick<GuardrailServiceInput, 'isThere'>,
): Promise<void> {
  assertTerms(terms);
  const { scope: of } = terms;
  if (of.kind !== 'organization' && !(await isThere(scope, of.kind, of.id))) {
    throw invalid('scope.id', `The organization has no such ${of.kind}.`);
  }
}

/** @throws GatewayError `request.invalid` */
function assertTerms({ check, action, place }: GuardrailTerms): void {
  if (check.kind === 'length' && action === 'mask') throw invalid('action', 'What is too long cannot be masked.');
  if (check.kind === 'length' && place !== 'input') throw invalid('place', 'Only the length of input is looked at.');
  if (check.kind !== 'words') return;
  if (check.words.length + check.patterns.length === 0) {
    throw invalid('check.words', 'There has to be a word or a pattern.');
  }
  for (const [index, pattern] of check.patterns.entries()) {
    const fault = patternFault(pattern);
    const at = `check.patterns.${index}`;
    if (fault === 'syntax') throw invalid(at, `The pattern \`${pattern}\` is not in the syntax of RE2.`);
    if (fault === 'empty') throw invalid(at, `The pattern \`${pattern}\` fits where there is nothing.`);
  }
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError('request.invalid', { param, message });
}
