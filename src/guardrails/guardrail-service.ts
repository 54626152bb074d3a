import { GatewayError } from '../kernel/errors.ts';
import type { NewWireId } from '../kernel/ids.ts';
import type { ExternalCheck, Guardrail, GuardrailTerms } from '../protocol/guardrails.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import { compileGuardrail, inOrder } from './applicable.ts';
import { bindingOf, type Judge } from './external.ts';
import type { GuardrailStore, GuardrailVault } from './ports.ts';
import { type Tried, tryGuardrails } from './try-guardrails.ts';
import { patternFault } from './words.ts';

/** The most guardrails of one organization: each text is looked at by all that its call meets. */
const GUARDRAILS_MAX = 50;
/** The most of them that ask services: a call waits for one after the other. */
const EXTERNAL_MAX = 5;

/** What somebody enters of a guardrail: a secret for its service, `null` for none, `undefined` for the one that is there. */
export type GuardrailEntry = GuardrailTerms & { readonly secret: string | null | undefined };

export type GuardrailChange = { readonly before: Guardrail; readonly after: Guardrail };

/** What guardrails are tried on a text; where neither is given, all that are stored and switched on. */
export type Trial = {
  readonly text: string;
  readonly place: 'input' | 'output';
  readonly guardrails: readonly GuardrailEntry[] | undefined;
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
  readonly create: (scope: OrganizationScope, entry: GuardrailEntry) => Promise<Guardrail>;
  /** Lays down all terms anew; the secret stays with its address. @throws request.invalid */
  readonly replace: (
    scope: OrganizationScope,
    at: { readonly id: string; readonly ifRevision: number | undefined },
    entry: GuardrailEntry,
  ) => Promise<GuardrailChange>;
  readonly remove: (scope: OrganizationScope, id: string, ifRevision?: number) => Promise<Guardrail>;
  /** Looks at a text without a call; nothing of it is kept. @throws request.invalid */
  readonly test: (scope: OrganizationScope, trial: Trial) => Promise<Tried>;
};

export type GuardrailServiceInput = {
  readonly store: GuardrailStore;
  readonly vault: Pick<GuardrailVault, 'seal'>;
  /** Asks the services of guardrails that are tried. */
  readonly judge: Judge;
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
    create: async ({ organizationId }, { secret, ...terms }) => {
      await assertSound({ organizationId }, terms, input);
      const others = await store.list({ organizationId });
      if (others.length >= GUARDRAILS_MAX) throw invalid('name', `There are ${GUARDRAILS_MAX} guardrails already.`);
      assertFewAsk([...others, terms]);
      const at = now();
      const place = { organizationId, id: newId('grl') };
      const sealed = await sealedFor(input.vault, { ...place, ...terms }, { secret, before: undefined });
      const guardrail = { ...terms, ...place, sealed, createdAt: at, updatedAt: at, revision: 1 };
      await store.insert(guardrail);
      await input.refresh();
      return guardrail;
    },
    replace: async (scope, { id, ifRevision }, { secret, ...terms }) => {
      const before = await current(scope, id, ifRevision);
      await assertSound(scope, terms, input);
      assertFewAsk([...(await store.list(scope)).filter((each) => each.id !== id), terms]);
      const sealed = await sealedFor(input.vault, { ...before, ...terms }, { secret, before });
      const after = { ...before, ...terms, sealed, updatedAt: now(), revision: before.revision + 1 };
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
      for (const terms of guardrails ?? []) assertTryable(terms);
      const { organizationId } = scope;
      const given = (guardrails ?? []).map((terms, index) => ({
        ...terms,
        organizationId,
        id: `given_${index + 1}`,
        sealed: undefined,
      }));
      const asked = await Promise.all((ids ?? []).map((id) => current(scope, id)));
      const isOpen = guardrails === undefined && ids === undefined;
      const stored = isOpen ? (await store.list(scope)).filter(({ enabled }) => enabled) : asked;
      return await tryGuardrails([...inOrder(stored), ...given].map(compileGuardrail), {
        text,
        place,
        judge: input.judge,
      });
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

/** A service is asked by what its organization decided on, and by nobody who only looks. @throws GatewayError `request.invalid` */
function assertTryable(terms: GuardrailTerms): void {
  assertTerms(terms);
  if (terms.check.kind !== 'http') return;
  throw invalid('guardrails', 'A guardrail that asks a service is tried once it is stored.');
}

/** @throws GatewayError `request.invalid` */
function assertFewAsk(all: readonly Pick<Guardrail, 'check'>[]): void {
  if (all.filter(({ check }) => check.kind === 'http').length <= EXTERNAL_MAX) return;
  throw invalid('check', `At most ${EXTERNAL_MAX} guardrails ask a service.`);
}

/** @throws GatewayError `request.invalid` */
function assertTerms({ check, action, place }: GuardrailTerms): void {
  if (check.kind === 'http') return assertExternal(check, action);
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

/** A password in an address would stand in lists and in the audit log. @throws GatewayError `request.invalid` */
function assertExternal({ url }: ExternalCheck, action: Guardrail['action']): void {
  if (action === 'mask') {
    throw invalid('action', 'The service says what becomes of a text: `block` does it, and `flag` only tells of it.');
  }
  const { username, password } = new URL(url);
  if (username !== '' || password !== '') throw invalid('check.url', 'The address holds a user name or a password.');
}

/** The secret as it is to be stored: it goes to no address but the one that it was entered for. */
async function sealedFor(
  vault: Pick<GuardrailVault, 'seal'>,
  guardrail: Pick<Guardrail, 'id' | 'organizationId' | 'check'>,
  { secret, before }: { readonly secret: GuardrailEntry['secret']; readonly before: Guardrail | undefined },
): Promise<string | undefined> {
  const { check } = guardrail;
  if (check.kind !== 'http' || secret === null) return undefined;
  if (secret !== undefined) return await vault.seal(secret, bindingOf(guardrail, check));
  const isSame = before?.check.kind === 'http' && before.check.url === check.url;
  if (before?.sealed === undefined || isSame) return before?.sealed;
  throw invalid('check.secret', 'A secret belongs to the address it was entered for: enter it again.');
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError('request.invalid', { param, message });
}
