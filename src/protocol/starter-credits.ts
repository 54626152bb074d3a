/** Credit that whoever signs up begins with. */
export type StarterOffer = {
  /** What people see it called among what they were given. */
  readonly name: string;
  /** Credits, as decimal text. */
  readonly amount: string;
  /** Days for which it may be used; `undefined`: for good. */
  readonly lastsDays: number | undefined;
  /** People who may get it in one day, in UTC. */
  readonly perDayMax: number;
  /** Mail domains whose people get none; lower case. */
  readonly refusedDomains: readonly string[];
};

/** Why somebody who signed up got none: had it before, too many came that day or from that place, or the mail domain. */
export const STARTER_REFUSALS = ['had_before', 'day_is_full', 'too_many_from_there', 'domain'] as const;
export type StarterRefusal = (typeof STARTER_REFUSALS)[number];

/** What became of the credit that one person was to begin with. */
export const STARTER_STATES = ['waiting', 'given', 'refused'] as const;
export type StarterState = (typeof STARTER_STATES)[number];
