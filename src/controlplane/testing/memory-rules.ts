import { createAccessRuleService, ruleId } from '../../policy/access-rule-service.ts';
import type { RuleKey } from '../../policy/ports.ts';
import type { AccessRule } from '../../protocol/people.ts';
import type { ControlServices } from '../services.ts';
import { type MemoryState, TEST_NOW } from './memory-state.ts';

/** The real service over rules in memory. */
export function ruleServices(state: MemoryState): Pick<ControlServices, 'accessRules'> {
  const rules = new Map<string, AccessRule>();
  const name = (key: RuleKey): string => `${key.organizationId} ${ruleId(key)}`;
  const { organizations, teams, projects } = state.people;
  return {
    accessRules: createAccessRuleService({
      now: () => TEST_NOW,
      isThere: async ({ organizationId, scope, scopeId }) => {
        const things = { team: teams, project: projects, key: state.keys };
        if (scope === 'operator' || scope === 'organization')
          return scopeId === organizationId && organizations.has(scopeId);
        return things[scope].get(scopeId)?.organizationId === organizationId;
      },
      store: {
        list: async (organizationId) => [...rules.values()].filter((rule) => rule.organizationId === organizationId),
        get: async (key) => rules.get(name(key)),
        put: async (rule, revision = 0) => {
          if ((rules.get(name(rule))?.revision ?? 0) !== revision) return undefined;
          const stored = { ...rule, revision: revision + 1 };
          rules.set(name(rule), stored);
          return stored;
        },
        remove: async (key) => rules.delete(name(key)),
      },
    }),
  };
}
