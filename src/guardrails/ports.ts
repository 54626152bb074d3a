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

/** Of a secret that a guardrail's service knows the hub by. */
export type GuardrailBinding = {
  readonly organizationId: string;
  readonly table: 'guardrails';
  readonly rowId: string;
  readonly field: 'secret';
  readonly baseUrl: string;
};

export type GuardrailVault = {
  readonly seal: (text: string, binding: GuardrailBinding) => string | Promise<string>;
  /** @throws GatewayError `vault.undecryptable` */
  readonly open: (sealed: string, binding: GuardrailBinding) => string | Promise<string>;
};

/**
 * Sends something to the service of an organization, by POST, and follows no redirect.
 * @throws GatewayError where no answer came in time, it was too long, or the address is refused; what the signal was aborted with
 */
export type AskService = (call: {
  readonly organizationId: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}) => Promise<{ readonly status: number; readonly body: string }>;
