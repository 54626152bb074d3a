import { GatewayError } from '../kernel/errors.ts';
import { type ChargingSaid, type ChargingTerms, isCharging, termsOfCharging } from '../protocol/charging.ts';
import type { Installation, InstallationCharging } from '../protocol/installation.ts';
import type { CreditWorth, InstallationSettings } from './ports.ts';

/**
 * What has to be laid down before calls are paid for with credit: what a credit is worth, what is added to the cost, that
 * customers are offered anything, how they come to credit, and that nobody who signs up joins the operator's own
 * organization, which sees everything.
 */
export const CHARGING_STEPS = ['unit', 'margin', 'offers', 'payment', 'sign_up'] as const;
export type ChargingStep = (typeof CHARGING_STEPS)[number];

/** What does not hinder, but should be known: calls of the operator’s own are refused too, nobody gets mails, nobody can get starter credits. */
export const CHARGING_ADVICE = ['own_credit', 'mail', 'starter_credits'] as const;
export type ChargingAdvice = (typeof CHARGING_ADVICE)[number];

/** Whether and how calls are paid for with credit, and what is still missing. */
export type ChargingStatus = {
  readonly isOn: boolean;
  readonly terms: ChargingTerms;
  readonly payment: InstallationCharging['payment'];
  /** What the settings say, which nobody changes here. */
  readonly ruled: readonly ChargingField[];
  /** What one credit is worth for good, in dollars, since some was given already. */
  readonly settledPriceUsd: string | undefined;
  readonly missing: readonly ChargingStep[];
  readonly advice: readonly ChargingAdvice[];
  /** Models that customers could call. */
  readonly offered: number;
  readonly revision: number;
};

export type ChargingField = keyof ChargingSaid;
/** What is missing stays; `undefined` that is given takes back what was said. */
export type ChargingChange = Partial<InstallationCharging>;

export type ChargingService = {
  readonly status: () => Promise<ChargingStatus>;
  /**
   * @throws GatewayError `resource.read_only` for what the settings say, `resource.conflict` for another worth than credit
   *   was given at, `charging.incomplete`, `resource.changed`
   */
  readonly change: (change: ChargingChange, ifRevision: number | undefined) => Promise<ChargingStatus>;
};

export type ChargingServiceDeps = {
  readonly settings: ChargingSaid;
  readonly installation: InstallationSettings;
  readonly worth: CreditWorth;
  /** Models that are published and can be called. */
  readonly countOffered: () => Promise<number>;
  /** Whether the operator's own organization has credit left. */
  readonly hasOwnCredit: () => Promise<boolean>;
  readonly areMailsSent: boolean;
};

export function createChargingService(deps: ChargingServiceDeps): ChargingService {
  const { settings, installation, worth } = deps;
  const status = async (): Promise<ChargingStatus> => {
    const found = await installation.get();
    const { charging, revision } = found;
    const offered = await deps.countOffered();
    return {
      isOn: isCharging(settings, charging),
      terms: termsOfCharging(settings, charging),
      payment: charging.payment,
      ruled: RULABLE.filter((field) => settings[field] !== undefined),
      settledPriceUsd: await worth.settled(),
      missing: missingOf(deps, found, offered),
      advice: await adviceOf(deps, found),
      offered,
      revision,
    };
  };
  return {
    status,
    change: async (change, ifRevision) => {
      const before = await installation.get();
      if (ifRevision !== undefined && ifRevision !== before.revision) throw new GatewayError('resource.changed');
      const ruled = RULABLE.find((field) => Object.hasOwn(change, field) && settings[field] !== undefined);
      if (ruled !== undefined) throw ruledBySettings(ruled);
      const { revision, ...present } = before;
      const after = { ...present, charging: { ...present.charging, ...change } };
      await assertComplete(deps, before, { ...after, revision });
      if (change.priceUsd !== undefined || isCharging(settings, after.charging))
        await agreeOnWorth(deps, after.charging);
      if (!(await installation.update(after, revision))) throw new GatewayError('resource.changed');
      return await status();
    },
  };
}

const RULABLE = [
  'enabled',
  'priceUsd',
  'marginPercent',
  'low',
  'purchaseUrl',
  'name',
  'prefix',
  'decimals',
] as const satisfies readonly ChargingField[];

/** Nothing is begun that is not laid down, and nothing that is needed is taken away while it runs. */
async function assertComplete(deps: ChargingServiceDeps, before: Installation, after: Installation): Promise<void> {
  const { settings, countOffered } = deps;
  if (!isCharging(settings, after.charging)) return;
  const offered = await countOffered();
  const known = isCharging(settings, before.charging) ? missingOf(deps, before, offered) : [];
  const missing = missingOf(deps, after, offered).filter((step) => !known.includes(step));
  if (missing.length > 0) throw new GatewayError('charging.incomplete', { details: { missing } });
}

async function agreeOnWorth({ settings, worth }: ChargingServiceDeps, charging: ChargingSaid): Promise<void> {
  const { priceUsd } = termsOfCharging(settings, charging);
  const settled = await worth.agree(priceUsd);
  if (settled === undefined) return;
  throw new GatewayError('resource.conflict', {
    message: `Credit was already given at ${settled} dollars each: what it is worth stays.`,
    param: 'price_usd',
  });
}

function missingOf(
  { settings }: ChargingServiceDeps,
  { charging, signUp, signUpJoins }: Installation,
  offered: number,
): readonly ChargingStep[] {
  const { purchaseUrl } = termsOfCharging(settings, charging);
  const isThere: Readonly<Record<ChargingStep, boolean>> = {
    unit: (settings.priceUsd ?? charging.priceUsd) !== undefined,
    margin: (settings.marginPercent ?? charging.marginPercent) !== undefined,
    offers: offered > 0,
    payment: purchaseUrl !== undefined || charging.payment === 'by_hand',
    sign_up: signUp === 'invitation' || signUpJoins === 'personal',
  };
  return CHARGING_STEPS.filter((step) => !isThere[step]);
}

async function adviceOf(
  { hasOwnCredit, areMailsSent }: ChargingServiceDeps,
  { signUp, signUpJoins, starterCredits }: Installation,
): Promise<readonly ChargingAdvice[]> {
  const mayAnybodySignUp = signUp !== 'invitation';
  const isGiven: Readonly<Record<ChargingAdvice, boolean>> = {
    own_credit: !(await hasOwnCredit()),
    mail: mayAnybodySignUp && !areMailsSent,
    starter_credits: starterCredits !== undefined && !(mayAnybodySignUp && signUpJoins === 'personal'),
  };
  return CHARGING_ADVICE.filter((each) => isGiven[each]);
}

function ruledBySettings(field: ChargingField): GatewayError {
  return new GatewayError('resource.read_only', {
    message: 'The settings of the hub say this: it can only be changed there.',
    param: field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  });
}
