import { z } from 'zod';
import { GatewayError } from '../kernel/errors.ts';
import { parseJson } from '../kernel/json.ts';
import { PAYMENT_METHODS, type PaymentAccount, type PaymentMethodName } from '../protocol/payments.ts';
import type { PaymentMethod, PaymentSecrets, PaymentService } from './contract.ts';
import type { PaymentAccountStore, PaymentBinding, PaymentVault } from './ports.ts';

const secretsSchema = z.strictObject({ secretKey: z.string(), webhookSecret: z.string() });

/** What of a key is shown: what kind it is, and its end. */
const SHOWN_AT_END = 4;

export type AccountChange = {
  readonly secretKey?: string | undefined;
  readonly webhookSecret?: string | undefined;
  readonly enabled?: boolean | undefined;
};

/** How the hub is known to the services that take payments. */
export type PaymentAccounts = {
  readonly get: PaymentAccountStore['get'];
  /** @throws GatewayError `request.invalid`, `resource.changed` */
  readonly set: (
    method: PaymentMethodName,
    change: AccountChange,
    ifRevision: number | undefined,
  ) => Promise<PaymentAccount>;
  /** @throws GatewayError `resource.not_found` */
  readonly remove: (method: PaymentMethodName) => Promise<void>;
  /** Those that take payments now. */
  readonly ready: () => Promise<readonly PaymentAccount[]>;
  /** @throws GatewayError `payment.unavailable` */
  readonly service: (method: PaymentMethodName) => Promise<PaymentService & Pick<PaymentAccount, 'mode'>>;
};

export type PaymentAccountsInput = {
  readonly store: PaymentAccountStore;
  readonly vault: PaymentVault;
  readonly methods: Readonly<Record<PaymentMethodName, PaymentMethod>>;
  readonly now: () => number;
};

export function createPaymentAccounts(input: PaymentAccountsInput): PaymentAccounts {
  const { store, methods } = input;
  /** One for each method, made anew when its secrets are others. */
  const connected = new Map<
    PaymentMethodName,
    { readonly sealed: string; readonly service: Promise<PaymentService> }
  >();
  return {
    get: store.get,
    set: async (method, change, ifRevision) => setAccount(input, method, change, ifRevision),
    remove: async (method) => {
      if (!(await store.remove(method))) throw new GatewayError('resource.not_found');
    },
    ready: async () => {
      const accounts = await Promise.all(PAYMENT_METHODS.map((method) => store.get(method)));
      return accounts.filter((account) => account?.enabled === true).flatMap((account) => account ?? []);
    },
    service: async (method) => {
      const account = await store.get(method);
      if (account === undefined || !account.enabled) throw new GatewayError('payment.unavailable');
      const known = connected.get(method);
      if (known?.sealed === account.sealed) return { ...(await known.service), mode: account.mode };
      const service = methods[method].connect(secretsOf(input.vault, account));
      connected.set(method, { sealed: account.sealed, service });
      service.catch(() => connected.delete(method));
      return { ...(await service), mode: account.mode };
    },
  };
}

async function setAccount(
  { store, vault, methods, now }: PaymentAccountsInput,
  method: PaymentMethodName,
  { secretKey, webhookSecret, enabled }: AccountChange,
  ifRevision: number | undefined,
): Promise<PaymentAccount> {
  const before = await store.get(method);
  const { address, modeOf } = methods[method];
  // The secrets of another address are not sent to this one.
  const kept = before?.address === address ? secretsOf(vault, before) : undefined;
  const secrets: PaymentSecrets = {
    secretKey: secretKey ?? kept?.secretKey ?? '',
    webhookSecret: webhookSecret ?? kept?.webhookSecret ?? '',
  };
  const account: PaymentAccount = {
    method,
    mode: modeOf(secrets),
    enabled: enabled ?? before?.enabled ?? true,
    sealed: await vault.seal(JSON.stringify(secrets), bindingOf({ method, address })),
    address,
    maskedKey: masked(secrets.secretKey),
    updatedAt: now(),
    revision: (before?.revision ?? 0) + 1,
  };
  if (!(await store.put(account, ifRevision ?? before?.revision))) throw new GatewayError('resource.changed');
  return account;
}

/** @throws GatewayError `vault.undecryptable` */
function secretsOf(vault: PaymentVault, account: PaymentAccount): PaymentSecrets {
  return secretsSchema.parse(parseJson(vault.open(account.sealed, bindingOf(account))));
}

function bindingOf({ method, address }: Pick<PaymentAccount, 'method' | 'address'>): PaymentBinding {
  return { organizationId: '', table: 'payment_accounts', rowId: method, field: 'secret', baseUrl: address };
}

/** `sk_live_51H…` → `sk_live_…1234`. */
function masked(key: string): string {
  const [kind = ''] = /^[a-z]{2}_[a-z]+_/.exec(key) ?? [];
  return `${kind}…${key.slice(-SHOWN_AT_END)}`;
}
