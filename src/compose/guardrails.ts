import type { GuardrailsPort } from '../dataplane/guard-request.ts';
import type { Core } from './core.ts';

/** Guardrails for the calls of one process. */
export function composeGuardrails({ snapshot }: Pick<Core, 'snapshot'>): GuardrailsPort {
  return {
    appliedTo: (principal, names) =>
      snapshot.current.guardrails.get(principal.organizationId)?.appliedTo(principal, names) ?? [],
  };
}
