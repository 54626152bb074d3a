import { GatewayError } from '../../kernel/errors.ts';
import { NO_CREDITS } from '../../kernel/money.ts';
import type { KitBacklog, KitCustomer } from '../../payments/kit-ports.ts';
import type { KitAccount } from '../../payments/payment-kit/account.ts';
import type { PaymentKit } from '../../payments/payment-kit/payment-kit.ts';
import { TEST_NOW } from './memory-state.ts';

/** A Payment Kit that has all that it is asked for, and to which nothing has happened. */
export function memoryPaymentKit(): PaymentKit {
  let account: KitAccount | undefined;
  const customers = new Map<string, KitCustomer>();
  const customerOf = (organizationId: string): KitCustomer => {
    const found = customers.get(organizationId);
    if (found === undefined) throw new GatewayError('resource.not_found');
    return found;
  };
  const nothing = async (): Promise<void> => undefined;
  return {
    accounts: {
      get: async () => account,
      set: async ({ address = '', mode = 'test', meter = '', leads = 'hub', checkSeconds = 60, ...change }) => {
        const { componentDid, paymentLinkId, enabled = true } = change;
        const revision = (account?.revision ?? 0) + 1;
        const found = { currencyId: 'pc_1', places: 2, place: `${mode}/pc_1`, maskedKey: '…1234', updatedAt: TEST_NOW };
        account = {
          address,
          mode,
          meter,
          componentDid,
          paymentLinkId,
          enabled,
          leads,
          checkSeconds,
          revision,
          ...found,
        };
        return account;
      },
      remove: async () => {
        if (account === undefined) throw new GatewayError('resource.not_found');
        account = undefined;
      },
    },
    offered: async () => account?.mode,
    checkout: async () => ({ url: 'https://pay.example.com/checkout/pay/plink_1' }),
    receive: nothing,
    link: async ({ organizationId }, did) => {
      const linked = { place: 'test/pc_1', organizationId, customerId: 'cus_1', did };
      const customer = { ...linked, untoldNano: NO_CREDITS, nextCheckAt: TEST_NOW, checks: 0, checkedAt: undefined };
      customers.set(organizationId, customer);
      return customer;
    },
    customers: async () => [...customers.values()].map((each) => ({ ...each, organizationName: each.organizationId })),
    compare: async ({ organizationId }) => ({
      customer: customerOf(organizationId),
      leftNano: NO_CREDITS,
      backlog: NO_BACKLOG,
      remainingNano: NO_CREDITS,
      pendingNano: NO_CREDITS,
      canContinue: false,
      elsewhereNano: NO_CREDITS,
      toTakeNano: undefined,
    }),
    backlog: async () => account && NO_BACKLOG,
    check: nothing,
    gather: nothing,
    deliver: nothing,
    tellNow: nothing,
    checkNow: async ({ organizationId }) => void customerOf(organizationId),
  };
}

const NO_BACKLOG: KitBacklog = {
  waiting: 0,
  waitingNano: NO_CREDITS,
  oldestAt: undefined,
  problem: undefined,
  lastDeliveredAt: undefined,
};
