import { GatewayError } from '../kernel/errors.ts';
import type { AccessLists, AccessRule, RuleScope } from '../protocol/people.ts';
import type { AccessRuleStore, RuleKey } from './ports.ts';

/** Whether the organization has what a rule is to stand on. */
export type RulePlaces = (key: RuleKey) => Promise<boolean>;

export type RuleChange = { readonly before: AccessRule | undefined; readonly after: AccessRule | undefined };

/** Access rules of an organization. With `ifRevision` a change is made only while that is the rule's revision. */
export type AccessRuleService = {
  /** In the order of what they stand on. */
  readonly list: (organizationId: string) => Promise<readonly AccessRule[]>;
  readonly get: (key: RuleKey) => Promise<AccessRule | undefined>;
  /**
   * Lays down all lists of a rule.
   * @throws resource.not_found where the organization has nothing of that id; resource.changed
   */
  readonly put: (key: RuleKey, lists: AccessLists, ifRevision?: number) => Promise<RuleChange>;
  /** @throws resource.not_found, resource.changed */
  readonly remove: (key: RuleKey, ifRevision?: number) => Promise<RuleChange>;
};

export function createAccessRuleService(input: {
  readonly store: AccessRuleStore;
  readonly isThere: RulePlaces;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): AccessRuleService {
  const { store, isThere, now } = input;
  const current = async (key: RuleKey, ifRevision: number | undefined): Promise<AccessRule | undefined> => {
    const rule = await store.get(key);
    if (ifRevision !== undefined && rule?.revision !== ifRevision) throw new GatewayError('resource.changed');
    return rule;
  };
  return {
    list: async (organizationId) =>
      (await store.list(organizationId)).toSorted((a, b) => (ruleId(a) < ruleId(b) ? -1 : 1)),
    get: (key) => store.get(key),
    put: async (key, lists, ifRevision) => {
      if (!(await isThere(key))) throw new GatewayError('resource.not_found');
      const before = await current(key, ifRevision);
      const after = await store.put({ ...key, ...lists, updatedAt: now() }, before?.revision);
      if (after === undefined) throw new GatewayError('resource.changed');
      return { before, after };
    },
    remove: async (key, ifRevision) => {
      const before = await current(key, ifRevision);
      if (before === undefined) throw new GatewayError('resource.not_found');
      if (!(await store.remove(key, before.revision))) throw new GatewayError('resource.changed');
      return { before, after: undefined };
    },
  };
}

/** The name of a rule within its organization. */
export function ruleId({ scope, scopeId }: { readonly scope: RuleScope; readonly scopeId: string }): string {
  return `${scope}:${scopeId}`;
}
