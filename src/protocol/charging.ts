/** On what terms calls are paid for with credit, and how amounts of it are shown. */
export type ChargingTerms = {
  /** What one credit is worth, in dollars. */
  readonly priceUsd: string;
  /** What is added to the provider's cost where no rule says otherwise, in percent of it. */
  readonly marginPercent: string;
  /** Credits, as decimal text; `0`: nobody is told that little is left. */
  readonly low: string;
  /** Where whoever is out of credit gets more. */
  readonly purchaseUrl: string | undefined;
  readonly name: string | undefined;
  readonly prefix: string | undefined;
  readonly decimals: number;
};

/** What is said in one place, the settings or the installation; `undefined`: nothing. */
export type ChargingSaid = {
  readonly enabled: boolean | undefined;
} & { readonly [Name in keyof ChargingTerms]: ChargingTerms[Name] | undefined };

export const CREDIT_DECIMALS = 2;

export const NOTHING_SAID: ChargingSaid = {
  enabled: undefined,
  priceUsd: undefined,
  marginPercent: undefined,
  low: undefined,
  purchaseUrl: undefined,
  name: undefined,
  prefix: undefined,
  decimals: undefined,
};

const DEFAULTS: ChargingTerms = {
  priceUsd: '1',
  marginPercent: '0',
  low: '1',
  purchaseUrl: undefined,
  name: undefined,
  prefix: undefined,
  decimals: CREDIT_DECIMALS,
};

/** The terms that calls are paid on, or would be: what the settings say rules, then what the installation says. */
export function termsOfCharging(settings: ChargingSaid, installation: ChargingSaid): ChargingTerms {
  return {
    priceUsd: settings.priceUsd ?? installation.priceUsd ?? DEFAULTS.priceUsd,
    marginPercent: settings.marginPercent ?? installation.marginPercent ?? DEFAULTS.marginPercent,
    low: settings.low ?? installation.low ?? DEFAULTS.low,
    purchaseUrl: settings.purchaseUrl ?? installation.purchaseUrl,
    name: settings.name ?? installation.name,
    prefix: settings.prefix ?? installation.prefix,
    decimals: settings.decimals ?? installation.decimals ?? DEFAULTS.decimals,
  };
}

/** Whether calls are paid for with credit. */
export function isCharging(settings: ChargingSaid, installation: ChargingSaid): boolean {
  return settings.enabled ?? installation.enabled ?? false;
}
