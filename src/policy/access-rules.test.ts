import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Callable } from '../protocol/access.ts';
import type { AccessLists } from '../protocol/people.ts';
import { addRules, denialUnder, NO_RULES, type RuleInForce } from './access-rules.ts';

const GPT: Callable = {
  names: ['gpt-4o', 'acme/gpt-4o', 'openai/gpt-4o'],
  upstreamModel: 'gpt-4o',
  providerId: 'openai',
  region: 'us-east-1',
};
const NOWHERE: Callable = { ...GPT, region: undefined };

function rule(scope: RuleInForce['scope'], lists: Partial<AccessLists>): RuleInForce {
  return { scope, scopeId: `${scope}_1`, name: scope === 'team' ? undefined : 'Search', lists };
}

function ask(rules: readonly RuleInForce[], callable: Callable) {
  return denialUnder(addRules(NO_RULES, rules))?.(callable);
}

/** `scope list` of what refuses; `allowed` where nothing does. */
function verdict(rules: readonly RuleInForce[], callable: Callable = GPT): string {
  const denial = ask(rules, callable);
  return denial === undefined ? 'allowed' : `${denial.rule.scope} ${denial.rule.list}`;
}

describe('one rule', () => {
  it.each<[string, Partial<AccessLists>, Callable, string]>([
    ['nothing', {}, GPT, 'allowed'],
    ['the model among those allowed', { allowedModels: ['gpt-*'] }, GPT, 'allowed'],
    ['the model by one of its other names', { allowedModels: ['openai/*'] }, GPT, 'allowed'],
    ['other models allowed', { allowedModels: ['claude-*'] }, GPT, 'project allowed_models'],
    ['no model allowed', { allowedModels: [] }, GPT, 'project allowed_models'],
    ['the model denied', { deniedModels: ['gpt-4o'] }, GPT, 'project denied_models'],
    ['the model denied in other letters', { deniedModels: ['GPT-4O'] }, GPT, 'project denied_models'],
    ['nothing denied', { deniedModels: [] }, GPT, 'allowed'],
    ['both allowed and denied', { allowedModels: ['gpt-*'], deniedModels: ['*-4o'] }, GPT, 'project denied_models'],
    [
      'denied by a provider’s own name of it that reads like a pinned one',
      { deniedModels: ['qwen/*'] },
      { ...GPT, names: ['qwen3-32b', 'openrouter/qwen/qwen3-32b'], upstreamModel: 'qwen/qwen3-32b' },
      'project denied_models',
    ],
    ['the provider allowed', { allowedProviders: ['OpenAI'] }, GPT, 'allowed'],
    ['another provider allowed', { allowedProviders: ['anthropic'] }, GPT, 'project allowed_providers'],
    ['the provider denied', { deniedProviders: ['open*'] }, GPT, 'project denied_providers'],
    ['the region allowed', { allowedRegions: ['us-*'] }, GPT, 'allowed'],
    ['another region allowed', { allowedRegions: ['eu-*'] }, GPT, 'project allowed_regions'],
    ['the region denied', { deniedRegions: ['US-EAST-1'] }, GPT, 'project denied_regions'],
    ['a region that nobody knows, among any', { allowedRegions: ['*'] }, NOWHERE, 'project allowed_regions'],
    ['a region that nobody knows, denied others', { deniedRegions: ['*'] }, NOWHERE, 'allowed'],
  ])('%s', (_what, lists, callable, expected) => {
    expect(verdict([rule('project', lists)], callable)).toBe(expected);
  });
});

describe('several rules', () => {
  const operator = rule('operator', { deniedProviders: ['deepseek'] });
  const organization = rule('organization', { allowedModels: ['gpt-*', 'claude-*'] });
  it.each<[string, readonly RuleInForce[], string]>([
    ['that all agree', [operator, organization, rule('key', { allowedModels: ['gpt-4o'] })], 'allowed'],
    [
      'of which the narrowest refuses',
      [organization, rule('key', { allowedModels: ['claude-*'] })],
      'key allowed_models',
    ],
    [
      'of which a narrower one allows what a wider does not',
      [rule('organization', { allowedModels: ['claude-*'] }), rule('key', { allowedModels: ['*'] })],
      'organization allowed_models',
    ],
    [
      'of which a narrower one allows what a wider denies',
      [rule('operator', { deniedModels: ['gpt-*'] }), rule('project', { allowedModels: ['gpt-4o'] })],
      'operator denied_models',
    ],
    [
      'which deny and do not allow: what is denied is told first',
      [rule('organization', { allowedModels: ['claude-*'] }), rule('team', { deniedModels: ['gpt-*'] })],
      'team denied_models',
    ],
    [
      'which both refuse: the widest is told, for no other could allow it',
      [rule('organization', { allowedModels: [] }), rule('key', { allowedModels: [] })],
      'organization allowed_models',
    ],
  ])('%s', (_what, rules, expected) => {
    expect(verdict(rules)).toBe(expected);
  });

  it('never allow more than fewer of them do', () => {
    const list = fc.option(fc.subarray(['gpt-*', 'claude-*', 'gpt-4o', '*']), { nil: undefined });
    const lists = fc.record({ allowedModels: list, deniedModels: list });
    fc.assert(
      fc.property(fc.array(lists, { maxLength: 4 }), lists, (some, another) => {
        const rules = some.map((fields) => rule('organization', fields));
        const more = [...rules, rule('key', another)];
        if (verdict(rules) !== 'allowed') expect(verdict(more)).not.toBe('allowed');
      }),
    );
  });
});

describe('a refusal', () => {
  it.each<[RuleInForce, string, string]>([
    [
      rule('operator', { deniedModels: ['*'] }),
      'operator',
      'The operator’s rules for the organization “Search” (operator_1) deny this model. The operator of this hub can change that.',
    ],
    [
      rule('team', { allowedProviders: [] }),
      'organization_admin',
      'The provider of this model is not among those that the rules of the team team_1 allow. An owner or admin of the organization can change that.',
    ],
    [
      rule('key', { deniedRegions: ['*'] }),
      'organization_admin',
      'The rules of the key “Search” (key_1) deny the region that this model answers from. An owner or admin of the organization can change that.',
    ],
  ])('names the rule and who can change it: %#', (refusing, changedBy, message) => {
    const [list] = Object.keys(refusing.lists);
    const name = list?.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const rules = { scope: refusing.scope, id: refusing.scopeId, list: name };
    expect(ask([refusing], GPT)).toEqual({ rule: rules, changedBy, message });
  });

  it('says when it is the region’s being unknown', () => {
    expect(ask([rule('project', { allowedRegions: ['eu'] })], NOWHERE)?.message).toContain('is not known');
  });
});

it('asks nothing where there is no rule', () => {
  expect(denialUnder(addRules(NO_RULES, [rule('project', {}), rule('key', { deniedModels: [] })]))).toBeUndefined();
});
