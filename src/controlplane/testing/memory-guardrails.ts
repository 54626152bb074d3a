import { createGuardrailService } from '../../guardrails/guardrail-service.ts';
import type { Guardrail } from '../../protocol/guardrails.ts';
import type { ControlServices } from '../services.ts';
import { type MemoryState, TEST_NOW } from './memory-state.ts';

/** The real service over guardrails in memory. */
export function guardrailServices(
  state: MemoryState,
  newId: (prefix: string) => string,
): Pick<ControlServices, 'guardrails'> {
  const guardrails = new Map<string, Guardrail>();
  return {
    guardrails: createGuardrailService({
      now: () => TEST_NOW,
      newId,
      vault: { seal: (secret, { baseUrl }) => `sealed to ${baseUrl}: ${secret.length}` },
      judge: async () => ({ action: 'block', reason: 'as the service says' }),
      refresh: async () => undefined,
      isThere: async ({ organizationId }, kind, id) =>
        (kind === 'project' ? state.people.projects : state.keys).get(id)?.organizationId === organizationId,
      store: {
        list: async ({ organizationId }) =>
          [...guardrails.values()].filter((each) => each.organizationId === organizationId),
        get: async ({ organizationId }, id) => {
          const guardrail = guardrails.get(id);
          return guardrail?.organizationId === organizationId ? guardrail : undefined;
        },
        insert: async (guardrail) => void guardrails.set(guardrail.id, guardrail),
        replace: async (guardrail) => {
          if (guardrails.get(guardrail.id)?.revision !== guardrail.revision - 1) return false;
          guardrails.set(guardrail.id, guardrail);
          return true;
        },
        remove: async (_scope, id) => guardrails.delete(id),
      },
    }),
  };
}
