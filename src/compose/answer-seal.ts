import type { IdempotencyInput } from '../identity/idempotency.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { Binding, Vault } from '../vault/vault.ts';

/**
 * Seals the answers that are kept for who sends a request again. A rotation of the master key does not wrap them anew:
 * they are gone within a day, and one that no key opens any more is as one that was lost.
 */
export function createAnswerSeal(vault: Pick<Vault, 'seal' | 'open'>): Pick<IdempotencyInput, 'seal' | 'open'> {
  return {
    seal: (text, rowId) => vault.seal(text, bindingOf(rowId)),
    open: (sealed, rowId) => {
      try {
        return vault.open(sealed, bindingOf(rowId));
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'vault.undecryptable') return undefined;
        throw error;
      }
    },
  };
}

/** The row's id is made of who asked, so that no organization needs to stand beside it. */
function bindingOf(rowId: string): Binding {
  return { organizationId: '', table: 'idempotency_records', rowId, field: 'answer', baseUrl: '' };
}
