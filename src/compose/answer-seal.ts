import type { SealedShelfDeps } from '../cache/sealed-shelf.ts';
import type { CallsOnceInput } from '../identity/calls-once.ts';
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
    open: (sealed, rowId) => openOrUndefined(vault, sealed, bindingOf(rowId)),
  };
}

/** The same for the answers to calls, each of which belongs to an organization. */
export function createCallAnswerSeal(vault: Pick<Vault, 'seal' | 'open'>): Pick<CallsOnceInput, 'seal' | 'open'> {
  return {
    seal: (text, claim) => vault.seal(text, bindingOfCall(claim)),
    open: (sealed, claim) => openOrUndefined(vault, sealed, bindingOfCall(claim)),
  };
}

/** The same for answers that are given again to who in their organization asks for the same. */
export function createCacheSeal(vault: Pick<Vault, 'seal' | 'open'>): Pick<SealedShelfDeps, 'seal' | 'open'> {
  const bindingOfCached = ({ id, organizationId }: Parameters<SealedShelfDeps['seal']>[1]): Binding => ({
    organizationId,
    table: 'cached_answers',
    rowId: id,
    field: 'answer',
    baseUrl: '',
  });
  return {
    seal: (text, place) => vault.seal(text, bindingOfCached(place)),
    open: (sealed, place) => openOrUndefined(vault, sealed, bindingOfCached(place)),
  };
}

function openOrUndefined(vault: Pick<Vault, 'open'>, sealed: string, binding: Binding): string | undefined {
  try {
    return vault.open(sealed, binding);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'vault.undecryptable') return undefined;
    throw error;
  }
}

/** The row's id is made of who asked, so that no organization needs to stand beside it. */
function bindingOf(rowId: string): Binding {
  return { organizationId: '', table: 'idempotency_records', rowId, field: 'answer', baseUrl: '' };
}

function bindingOfCall({ id, organizationId }: Parameters<CallsOnceInput['seal']>[1]): Binding {
  return { organizationId, table: 'idempotent_calls', rowId: id, field: 'content', baseUrl: '' };
}
