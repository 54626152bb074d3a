import type { Guardrail } from '../protocol/guardrails.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';

/** Where guardrails are kept. */
export type GuardrailStore = {
  readonly list: (scope: OrganizationScope) => Promise<readonly Guardrail[]>;
  readonly get: (scope: OrganizationScope, id: string) => Promise<Guardrail | undefined>;
  readonly insert: (guardrail: Guardrail) => Promise<void>;
  /** Replaces the one of the revision before. Returns false when there is none. */
  readonly replace: (guardrail: Guardrail) => Promise<boolean>;
  /** Removes the guardrail of that revision. Returns false when there is none. */
  readonly remove: (scope: OrganizationScope, id: string, revision: number) => Promise<boolean>;
};
