import type { NewWireId } from '../kernel/ids.ts';
import { addCredits, formatCredits, NO_CREDITS } from '../kernel/money.ts';
import { CUSTOMER_USAGE } from './catalogue.ts';
import { messageBody } from './message.ts';
import type { CustomerMovement, CustomerUsageStore, UsageMessage, UsageSlice } from './ports.ts';

/** Seals in one slice, each of a thousand entries at most. */
const SEALS_MAX = 10;
/** Movements in one message. */
const MOVEMENTS_MAX = 500;

export type UsageTellerInput = {
  readonly store: CustomerUsageStore;
  /** Whose webhooks are told. */
  readonly operatorId: string;
  readonly newId: NewWireId;
  readonly now: () => number;
};

/** Tells the operator's webhooks what customers of a platform used that they were not told of, until `signal` is aborted. */
export async function tellOfUsage(
  { store, operatorId, newId, now }: UsageTellerInput,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const slice = await store.next(SEALS_MAX);
    if (slice === undefined) return;
    const at = now();
    const to = { organizationId: operatorId, at, newId: () => newId('whd') };
    if (!(await store.tell(slice, messagesOf(slice, { operatorId, at }), to))) return;
  }
}

/** Messages of a slice, each about one customer. Its id follows from what it covers. */
export function messagesOf(
  { after, upTo, movements }: UsageSlice,
  { operatorId, at }: { readonly operatorId: string; readonly at: number },
): readonly UsageMessage[] {
  const ofCustomers = Map.groupBy(movements, ({ organizationId }) => organizationId);
  return [...ofCustomers].flatMap(([organizationId, all]) => {
    const parts = Array.from({ length: Math.ceil(all.length / MOVEMENTS_MAX) }, (_, part) =>
      all.slice(part * MOVEMENTS_MAX, (part + 1) * MOVEMENTS_MAX),
    );
    return parts.map((part, index): UsageMessage => {
      const messageId = `usg_${organizationId}_${after + 1}_${upTo}_${index + 1}`;
      const data = { event_id: messageId, organization_id: organizationId, ...toData(part) };
      const body = messageBody({ kind: CUSTOMER_USAGE, organizationId: operatorId, raisedAt: at, data });
      return { messageId, kind: CUSTOMER_USAGE, body };
    });
  });
}

function toData(movements: readonly CustomerMovement[]) {
  const total = movements.map(({ amountNano }) => amountNano).reduce(addCredits, NO_CREDITS);
  return {
    external_id: movements[0]?.externalId ?? '',
    credits: formatCredits(total),
    movements: movements.map(({ id, chargeId, kind, amountNano, at, call }) => ({
      id,
      charge_id: chargeId,
      kind,
      credits: formatCredits(amountNano),
      at: new Date(at).toISOString(),
      ...(call && { project_id: call.projectId, key_id: call.keyId, model: call.model }),
    })),
  };
}
