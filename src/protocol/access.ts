import type { RuleScope } from './people.ts';

/** Longest pattern of an access list, and the most patterns of one. */
export const PATTERN_CHARS_MAX = 200;
export const PATTERNS_MAX = 500;

export type AccessListName =
  | 'allowed_models'
  | 'denied_models'
  | 'allowed_providers'
  | 'denied_providers'
  | 'allowed_regions'
  | 'denied_regions';

/** Why a key may not call something: which list of which rule says so, and who can change it. */
export type Denial = {
  readonly rule: { readonly scope: RuleScope; readonly id: string; readonly list: AccessListName };
  readonly changedBy: 'operator' | 'organization_admin';
  /** A sentence for the caller; it names nothing of another organization. */
  readonly message: string;
};

/** A deployment as access rules see it. */
export type Callable = {
  /** Every name by which a list of models may allow it. */
  readonly names: readonly string[];
  /** The provider's own name of it, which denies it even where it reads like a pinned name. */
  readonly upstreamModel: string;
  readonly providerId: string;
  readonly region: string | undefined;
};

/** What forbids a call; `undefined` where nothing does. */
export type DenialOf = (callable: Callable) => Denial | undefined;
