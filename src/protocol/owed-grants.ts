import type { NanoCredits } from '../kernel/money.ts';
import type { GrantKind } from './ledger.ts';

/**
 * Credit that an organization's account is to be given: written down first, with the id that its grant will have, and given
 * then. Whatever happens in between, it is given, and once.
 */
export type OwedGrant = {
  /** The grant's. */
  readonly id: string;
  readonly organizationId: string;
  /** What it is known by to whoever ordered it: no two grants of an installation have the same. */
  readonly reference: string;
  readonly kind: GrantKind;
  readonly name: string;
  readonly amountNano: NanoCredits;
  readonly expiresAt: number | undefined;
  readonly actorId: string | undefined;
  readonly reason: string | undefined;
  readonly createdAt: number;
};

/** Whether a grant that is owed is what is asked for by the same reference, whoever asks and when. */
export function isSameOwed(owed: OwedGrant, wanted: Omit<OwedGrant, 'id' | 'actorId' | 'createdAt'>): boolean {
  const { organizationId, reference, kind, name, amountNano, expiresAt, reason } = wanted;
  return (
    owed.organizationId === organizationId &&
    owed.reference === reference &&
    owed.kind === kind &&
    owed.name === name &&
    owed.amountNano === amountNano &&
    owed.expiresAt === expiresAt &&
    owed.reason === reason
  );
}

const ORDER = 'order/';

/** The reference of something that was ordered elsewhere, apart from those that the hub makes. */
export function orderReference(given: string): string {
  return `${ORDER}${given}`;
}

/** What {@link orderReference} was given. */
export function givenReference(reference: string): string {
  return reference.startsWith(ORDER) ? reference.slice(ORDER.length) : reference;
}
