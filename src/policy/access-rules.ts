import type { AccessListName, Callable, Denial, DenialOf } from '../protocol/access.ts';
import type { AccessLists, RuleScope } from '../protocol/people.ts';
import { compileAnyCase, compilePatterns } from './patterns.ts';

/** A rule, and what it stands on as its own organization calls it. */
export type RuleInForce = {
  readonly scope: RuleScope;
  readonly scopeId: string;
  /** `undefined` where only the id is known. */
  readonly name: string | undefined;
  readonly lists: Partial<AccessLists>;
};

/** One list, compiled: what it says of a deployment. */
type Check = DenialOf;

/** Rules compiled: what is denied is asked of all of them before what is allowed. */
export type CompiledRules = { readonly denies: readonly Check[]; readonly allows: readonly Check[] };

export const NO_RULES: CompiledRules = { denies: [], allows: [] };

/**
 * Adds rules to compiled ones, from the widest to the narrowest. All of them have to agree: what one denies is denied, and
 * what one does not allow is not allowed by any other.
 */
export function addRules(wider: CompiledRules, rules: readonly RuleInForce[]): CompiledRules {
  const denies = rules.flatMap(compileDenies);
  const allows = rules.flatMap(compileAllows);
  if (denies.length + allows.length === 0) return wider;
  return { denies: [...wider.denies, ...denies], allows: [...wider.allows, ...allows] };
}

/** What forbids a call under the rules: the widest that does, since no narrower one could allow it. */
export function denialUnder({ denies, allows }: CompiledRules): DenialOf | undefined {
  const checks = [...denies, ...allows];
  if (checks.length === 0) return undefined;
  return (callable) => {
    for (const check of checks) {
      const denial = check(callable);
      if (denial !== undefined) return denial;
    }
    return undefined;
  };
}

function compileDenies(rule: RuleInForce): readonly Check[] {
  const { deniedModels, deniedProviders, deniedRegions } = rule.lists;
  const checks: Check[] = [];
  if (deniedModels !== undefined && deniedModels.length > 0) {
    const matches = compileAnyCase(deniedModels);
    const denial = denialBy(rule, 'denied_models', `${whose(rule)} deny this model.`);
    checks.push(({ names, upstreamModel }) => (matches(names) || matches([upstreamModel]) ? denial : undefined));
  }
  if (deniedProviders !== undefined && deniedProviders.length > 0) {
    const matches = compileAnyCase(deniedProviders);
    const denial = denialBy(rule, 'denied_providers', `${whose(rule)} deny the provider of this model.`);
    checks.push(({ providerId }) => (matches([providerId]) ? denial : undefined));
  }
  if (deniedRegions !== undefined && deniedRegions.length > 0) {
    const matches = compileAnyCase(deniedRegions);
    const denial = denialBy(rule, 'denied_regions', `${whose(rule)} deny the region that this model answers from.`);
    checks.push(({ region }) => (region !== undefined && matches([region]) ? denial : undefined));
  }
  return checks;
}

function compileAllows(rule: RuleInForce): readonly Check[] {
  const { allowedModels, allowedProviders, allowedRegions } = rule.lists;
  const checks: Check[] = [];
  if (allowedModels !== undefined) {
    const matches = compilePatterns(allowedModels);
    const denial = denialBy(rule, 'allowed_models', `This model is not among those that ${whoseWithin(rule)} allow.`);
    checks.push(({ names }: Callable) => (matches(names) ? undefined : denial));
  }
  if (allowedProviders !== undefined) {
    const matches = compileAnyCase(allowedProviders);
    const message = `The provider of this model is not among those that ${whoseWithin(rule)} allow.`;
    const denial = denialBy(rule, 'allowed_providers', message);
    checks.push(({ providerId }) => (matches([providerId]) ? undefined : denial));
  }
  if (allowedRegions !== undefined) {
    const matches = compileAnyCase(allowedRegions);
    const named = `among those that ${whoseWithin(rule)} allow`;
    const elsewhere = denialBy(rule, 'allowed_regions', `The region that this model answers from is not ${named}.`);
    const unknown = denialBy(
      rule,
      'allowed_regions',
      `Which region this model answers from is not known, so it is not ${named}.`,
    );
    checks.push(({ region }) => {
      if (region === undefined) return unknown;
      return matches([region]) ? undefined : elsewhere;
    });
  }
  return checks;
}

function denialBy({ scope, scopeId }: RuleInForce, list: AccessListName, sentence: string): Denial {
  const changedBy = scope === 'operator' ? 'operator' : 'organization_admin';
  const who = scope === 'operator' ? 'The operator of this hub' : 'An owner or admin of the organization';
  return { rule: { scope, id: scopeId, list }, changedBy, message: `${sentence} ${who} can change that.` };
}

function whose(rule: RuleInForce): string {
  const words = whoseWithin(rule);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function whoseWithin({ scope, scopeId, name }: RuleInForce): string {
  const called = name === undefined ? scopeId : `“${name}” (${scopeId})`;
  return scope === 'operator'
    ? `the operator’s rules for the organization ${called}`
    : `the rules of the ${scope} ${called}`;
}
