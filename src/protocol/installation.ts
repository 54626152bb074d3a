import { type ChargingSaid, NOTHING_SAID } from './charging.ts';
import type { Issuer } from './credit-notes.ts';
import type { CreditSale } from './payments.ts';
import type { StarterOffer } from './starter-credits.ts';

/** Who may make an account by themselves. */
export const SIGN_UP_POLICIES = ['invitation', 'approval', 'domain', 'open'] as const;
export type SignUpPolicy = (typeof SIGN_UP_POLICIES)[number];

/** What visitors may ask of models without an account, and who pays for it. */
export type GuestPlayground = {
  readonly enabled: boolean;
  /** Names as the paying organization calls them, in the order in which visitors see them. */
  readonly models: readonly string[];
  /** Whose calls they are; `undefined` for the installation’s own organization. */
  readonly organizationId: string | undefined;
  readonly visitorRequestsPerDay: number;
  /** Of all visitors together. */
  readonly requestsPerDay: number;
  /** Of one answer, what is thought included. */
  readonly outputTokensMax: number;
  /** The key of the hub’s own that the calls are made with; nobody knows a secret of it. */
  readonly keyId: string | undefined;
};

/** How customers come to credit: by a page of the operator’s, or because somebody gives it to them. */
export const PAYMENT_WAYS = ['link', 'by_hand'] as const;
export type PaymentWay = (typeof PAYMENT_WAYS)[number];

export type InstallationCharging = ChargingSaid & {
  /** `undefined` until somebody has decided. */
  readonly payment: PaymentWay | undefined;
};

/** What the operator sets while the hub runs. Every page and mail that people see carries the names and links. */
export type Installation = {
  readonly name: string;
  /** A `data:` URL of a picture, so that no page fetches anything elsewhere. */
  readonly logo: string | undefined;
  readonly supportAddress: string | undefined;
  /** `#rrggbb`, as somebody chose it: each theme shows the shade of it that can be read there. */
  readonly accent: string | undefined;
  readonly termsUrl: string | undefined;
  readonly privacyUrl: string | undefined;
  readonly signUp: SignUpPolicy;
  /** Mail domains that may sign up where the policy is `domain`; lower case. */
  readonly signUpDomains: readonly string[];
  /** What a sign-up joins: an organization of its own, or the installation's first one as a viewer. */
  readonly signUpJoins: 'personal' | 'first';
  /** Whether organizations may add provider credentials of their own, unless said otherwise of one. */
  readonly ownCredentials: boolean;
  /** Whether who is not signed in sees which models the installation’s own organization may call. */
  readonly publicModels: boolean;
  /** Whether who is not signed in sees what published models cost, where calls are paid for with credit. */
  readonly publicPrices: boolean;
  /** What whoever signs up into an organization of their own begins with, where calls are paid for with credit. */
  readonly starterCredits: StarterOffer | undefined;
  /** How credits are sold; `undefined`: not by the hub. */
  readonly creditSale: CreditSale | undefined;
  /** Who sells it, as statements and credit notes name it. */
  readonly issuer: Issuer | undefined;
  readonly guestPlayground: GuestPlayground;
  /** Whether and how calls are paid for with credit, as far as the settings leave that open. */
  readonly charging: InstallationCharging;
  readonly revision: number;
};

export const INSTALLATION_DEFAULTS: Omit<Installation, 'revision'> = {
  name: 'AIGNE Hub',
  logo: undefined,
  supportAddress: undefined,
  accent: undefined,
  termsUrl: undefined,
  privacyUrl: undefined,
  signUp: 'invitation',
  signUpDomains: [],
  signUpJoins: 'first',
  ownCredentials: false,
  publicModels: false,
  publicPrices: false,
  starterCredits: undefined,
  creditSale: undefined,
  issuer: undefined,
  guestPlayground: {
    enabled: false,
    models: [],
    organizationId: undefined,
    visitorRequestsPerDay: 10,
    requestsPerDay: 200,
    outputTokensMax: 512,
    keyId: undefined,
  },
  charging: { ...NOTHING_SAID, payment: undefined },
};
