import { z } from 'zod';
import { GatewayError } from '../../kernel/errors.ts';
import { invalid } from '../../kernel/invalid.ts';
import { parseJson } from '../../kernel/json.ts';
import type { PaymentAccount, PaymentMode } from '../../protocol/payments.ts';
import type { KitPlace, KitUsageStore } from '../kit-ports.ts';
import type { PaymentAccountStore, PaymentBinding, PaymentFetch, PaymentVault } from '../ports.ts';
import { createPaymentKitClient, type KitIdentity, KitRefusal, type PaymentKitClient } from './client.ts';
import { readPublicKey, readSigningKey } from './signature.ts';

const METHOD = 'payment_kit';
/** Whose balance decides what is left: the hub's, or Payment Kit's, which the hub's ledger follows then. */
export const KIT_LEADERS = ['hub', 'payment_kit'] as const;
export type KitLeader = (typeof KIT_LEADERS)[number];

const DEFAULT_CHECK_SECONDS = 60;
const SHOWN_AT_END = 4;
const DID = /^z[1-9A-HJ-NP-Za-km-z]{25,60}$/;

/** Either the app's secret key, or an access key and the public key that messages are signed by. */
const secretsSchema = z.strictObject({
  secretKey: z.string().optional(),
  accessKey: z.string().optional(),
  publicKey: z.string().optional(),
});
type Secrets = z.output<typeof secretsSchema>;

const settingsSchema = z.strictObject({
  componentDid: z.string().optional(),
  meter: z.string(),
  currencyId: z.string(),
  places: z.int(),
  paymentLinkId: z.string().optional(),
  leads: z.enum(KIT_LEADERS).default('hub'),
  checkSeconds: z.int().default(DEFAULT_CHECK_SECONDS),
});
export type KitSettings = z.output<typeof settingsSchema>;

export type KitAccountChange = Secrets & {
  readonly address?: string | undefined;
  readonly mode?: PaymentMode | undefined;
  readonly componentDid?: string | undefined;
  readonly meter?: string | undefined;
  readonly paymentLinkId?: string | undefined;
  readonly leads?: KitLeader | undefined;
  /** How often a customer that uses credit is compared, where Payment Kit leads. */
  readonly checkSeconds?: number | undefined;
  readonly enabled?: boolean | undefined;
};

/** How the hub is known to a Payment Kit. */
export type KitAccount = Pick<PaymentAccount, 'mode' | 'enabled' | 'address' | 'maskedKey' | 'updatedAt' | 'revision'> &
  KitSettings & { readonly place: KitPlace };

/** What it needs to speak to it and to believe it. */
export type ConnectedKit = KitAccount & {
  readonly client: PaymentKitClient;
  readonly publicKey: NonNullable<ReturnType<typeof readPublicKey>>;
};

export type KitAccounts = {
  readonly get: () => Promise<KitAccount | undefined>;
  /** Asks Payment Kit for what it is told, so that nothing is kept that does not work. @throws GatewayError */
  readonly set: (change: KitAccountChange, ifRevision: number | undefined) => Promise<KitAccount>;
  /** What was written down of its places stays. @throws GatewayError `resource.not_found` */
  readonly remove: () => Promise<void>;
  /** `undefined` where none is connected, or it is switched off. */
  readonly connected: () => Promise<ConnectedKit | undefined>;
};

export type KitAccountsInput = {
  readonly store: PaymentAccountStore;
  readonly usage: Pick<KitUsageStore, 'begin'>;
  readonly vault: PaymentVault;
  readonly fetch: PaymentFetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

export function createKitAccounts(input: KitAccountsInput): KitAccounts {
  const { store, vault } = input;
  let known: { readonly row: string; readonly kit: ConnectedKit } | undefined;
  return {
    get: async () => {
      const account = await store.get(METHOD);
      return account && toAccount(account);
    },
    set: (change, ifRevision) => setAccount(input, change, ifRevision),
    remove: async () => {
      if (!(await store.remove(METHOD))) throw new GatewayError('resource.not_found');
    },
    connected: async () => {
      const account = await store.get(METHOD);
      if (account === undefined || !account.enabled) return undefined;
      const row = `${account.revision} ${account.sealed}`;
      if (known?.row !== row) {
        const shown = toAccount(account);
        known = { row, kit: connect(input, { ...shown, secrets: secretsOf(vault, account) }) };
      }
      return known.kit;
    },
  };
}

async function setAccount(
  input: KitAccountsInput,
  change: KitAccountChange,
  ifRevision: number | undefined,
): Promise<KitAccount> {
  const { store, usage, vault, now } = input;
  const stored = await store.get(METHOD);
  const before = stored && toAccount(stored);
  const address = change.address ?? before?.address;
  const mode = change.mode ?? before?.mode;
  const meter = change.meter ?? before?.meter;
  if (address === undefined) throw invalid('address', 'is missing.');
  if (mode === undefined) throw invalid('mode', 'is missing.');
  if (meter === undefined) throw invalid('meter', 'is missing.');
  // The secrets of another address are not sent to this one.
  const kept = stored?.address === address ? secretsOf(vault, stored) : {};
  const secrets = secretsAfter(kept, change);
  const componentDid = change.componentDid ?? before?.componentDid;
  const { client } = connect(input, { address, mode, componentDid, secrets });
  const found = await readSettings(client, {
    mode,
    meter,
    paymentLinkId: change.paymentLinkId ?? before?.paymentLinkId,
  });
  const leads = change.leads ?? before?.leads ?? 'hub';
  const checkSeconds = change.checkSeconds ?? before?.checkSeconds ?? DEFAULT_CHECK_SECONDS;
  const settings: KitSettings = { ...found, componentDid, leads, checkSeconds };
  const account: PaymentAccount<typeof METHOD> = {
    method: METHOD,
    mode,
    enabled: change.enabled ?? before?.enabled ?? true,
    sealed: await vault.seal(JSON.stringify(secrets), bindingOf(address)),
    address,
    maskedKey: `…${(secrets.secretKey ?? secrets.accessKey ?? '').slice(-SHOWN_AT_END)}`,
    settings: JSON.stringify(settings),
    updatedAt: now(),
    revision: (before?.revision ?? 0) + 1,
  };
  await usage.begin(placeOf(mode, settings), now());
  if (!(await store.put(account, ifRevision ?? before?.revision))) throw new GatewayError('resource.changed');
  return toAccount(account);
}

/** One way to prove who the hub is replaces the other. */
function secretsAfter(kept: Secrets, { secretKey, accessKey, publicKey }: KitAccountChange): Secrets {
  if (secretKey !== undefined && accessKey !== undefined) {
    throw invalid('access_key', 'is one way to be known and `secret_key` the other; not both.');
  }
  if (secretKey !== undefined) return { secretKey };
  if (accessKey !== undefined) return { accessKey, publicKey: publicKey ?? kept.publicKey };
  return kept.accessKey !== undefined && publicKey !== undefined ? { ...kept, publicKey } : kept;
}

type Connecting = Pick<KitAccount, 'address' | 'mode' | 'componentDid'> & { readonly secrets: Secrets };

/** @throws GatewayError `request.invalid` for what nothing could be signed or checked with */
function identityOf({ componentDid, secrets }: Connecting): {
  readonly identity: KitIdentity;
  readonly publicKey: ConnectedKit['publicKey'];
} {
  const { secretKey = '', accessKey = '' } = secrets;
  if (accessKey !== '') {
    const publicKey = readPublicKey(secrets.publicKey ?? '');
    // Without one, anybody could say that credit was bought.
    if (publicKey === undefined) throw invalid('public_key', 'is no public key of an app: 64 hexadecimal digits.');
    return { identity: { kind: 'bearer', token: accessKey }, publicKey };
  }
  const key = readSigningKey(secretKey);
  if (key === undefined) throw invalid('secret_key', 'is no secret key of an app: 128 hexadecimal digits.');
  if (componentDid === undefined || !DID.test(componentDid))
    throw invalid('component_did', 'is no DID of a component.');
  return { identity: { kind: 'component', did: componentDid, key }, publicKey: key.public };
}

function connect<Known extends Connecting>(
  { fetch, now }: Pick<KitAccountsInput, 'fetch' | 'now'>,
  { secrets, ...known }: Known,
): Omit<Known, 'secrets'> & Pick<ConnectedKit, 'client' | 'publicKey'> {
  const { identity, publicKey } = identityOf({ ...known, secrets });
  const { address, mode } = known;
  return { ...known, client: createPaymentKitClient({ address, mode, identity, fetch, now }), publicKey };
}

/** @throws GatewayError `request.invalid` for what Payment Kit does not have, `payment.refused` */
async function readSettings(
  client: PaymentKitClient,
  { mode, meter, paymentLinkId }: Pick<KitAccount, 'mode' | 'meter' | 'paymentLinkId'>,
): Promise<Omit<KitSettings, 'componentDid' | 'leads' | 'checkSeconds'>> {
  const found = await named('meter', () => client.meter(meter));
  if (found.livemode !== (mode === 'live')) throw invalid('meter', `is not of ${mode} mode.`);
  if (found.status !== 'active') throw invalid('meter', 'is not active.');
  const currencyId = found.currency_id ?? undefined;
  if (currencyId === undefined) throw invalid('meter', 'has no currency that credit is counted in.');
  const currency = await named('meter', () => client.currency(currencyId));
  const linkId = paymentLinkId ?? currency.recharge_config?.payment_link_id ?? undefined;
  if (linkId !== undefined) {
    const link = await named('payment_link', () => client.paymentLink(linkId));
    if (link.livemode === (mode !== 'live')) throw invalid('payment_link', `is not of ${mode} mode.`);
  }
  return {
    meter: found.event_name,
    currencyId,
    places: currency.decimal,
    ...(linkId === undefined ? {} : { paymentLinkId: linkId }),
  };
}

async function named<T>(param: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof KitRefusal && error.status === 404) throw invalid(param, 'is none that Payment Kit has.');
    throw new GatewayError('payment.refused', { cause: error });
  }
}

/** @throws GatewayError `vault.undecryptable` */
function secretsOf(vault: PaymentVault, { sealed, address }: Pick<PaymentAccount, 'sealed' | 'address'>): Secrets {
  return secretsSchema.parse(parseJson(vault.open(sealed, bindingOf(address))));
}

function toAccount(account: PaymentAccount<typeof METHOD>): KitAccount {
  const { mode, enabled, address, maskedKey, updatedAt, revision } = account;
  const settings = settingsSchema.parse(parseJson(account.settings ?? '{}'));
  return { mode, enabled, address, maskedKey, updatedAt, revision, ...settings, place: placeOf(mode, settings) };
}

function placeOf(mode: PaymentMode, { currencyId }: Pick<KitSettings, 'currencyId'>): KitPlace {
  return `${mode}/${currencyId}`;
}

function bindingOf(address: string): PaymentBinding {
  return { organizationId: '', table: 'payment_accounts', rowId: METHOD, field: 'secret', baseUrl: address };
}
