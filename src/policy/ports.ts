import type { AccessLists, AccessRule, RuleScope } from '../protocol/people.ts';

/** What an access rule stands on, within its organization. */
export type RuleKey = { readonly organizationId: string; readonly scope: RuleScope; readonly scopeId: string };

/** Where access rules lie. Every change bumps the configuration version in the same commit. */
export type AccessRuleStore = {
  readonly list: (organizationId: string) => Promise<readonly AccessRule[]>;
  readonly get: (key: RuleKey) => Promise<AccessRule | undefined>;
  /**
   * Lays down the rule, in place of the one of that revision; `undefined` where there is none so far. Returns the rule as it
   * lies now, or `undefined` where somebody else was quicker.
   */
  readonly put: (
    rule: RuleKey & AccessLists & { readonly updatedAt: number },
    revision: number | undefined,
  ) => Promise<AccessRule | undefined>;
  /** Removes the rule of that revision. Returns false when there is none. */
  readonly remove: (key: RuleKey, revision: number) => Promise<boolean>;
};
