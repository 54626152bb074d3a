import { GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import type { KeyedDigest } from '../kernel/keyed-digest.ts';
import { type NanoCredits, parseCredits } from '../kernel/money.ts';
import { addressBlock } from '../kernel/networks.ts';
import type { StarterOffer, StarterRefusal } from '../protocol/starter-credits.ts';
import { domainOf } from './email.ts';
import type { StarterClaim, StarterCredit, StarterCreditStore } from './ports.ts';
import type { Throttle, ThrottleRule } from './throttle.ts';

const DAY_MS = 86_400_000;
const GIVEN_AT_ONCE = 100;
/** An office may be behind one address; whoever makes accounts for their credit is stopped soon. */
const FROM_ADDRESS: ThrottleRule = { name: 'starter credit address', limit: 5, windowMs: DAY_MS };

/** Credit that whoever signs up begins with, in an organization of their own. */
export type StarterCredits = {
  /** What a person may begin with of what is offered, to be written down with their organization. */
  readonly claimFor: (
    offer: StarterOffer,
    person: { readonly email: string; readonly address: string | undefined },
    organizationId: string,
  ) => Promise<StarterClaim>;
  /** Gives what was claimed and is not given yet, each once. */
  readonly giveWaiting: () => Promise<void>;
};

export type StarterCreditsDeps = {
  readonly store: StarterCreditStore;
  readonly throttle: Pick<Throttle, 'take'>;
  readonly digest: KeyedDigest;
  readonly give: (credit: StarterCredit) => Promise<void>;
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

export function createStarterCredits(deps: StarterCreditsDeps): StarterCredits {
  const { store, digest, give, newId, now } = deps;
  return {
    claimFor: async (offer, { email, address }, organizationId) => {
      const at = now();
      return {
        id: newId('gr'),
        organizationId,
        name: offer.name,
        personDigest: digest([mailboxOf(email)]),
        amountNano: amountOf(offer),
        expiresAt: offer.lastsDays === undefined ? undefined : at + offer.lastsDays * DAY_MS,
        createdAt: at,
        dayStart: at - (at % DAY_MS),
        perDayMax: offer.perDayMax,
        refusal: await refusalOf(deps, offer, { email, address }),
      };
    },
    giveWaiting: async () => {
      for (;;) {
        const waiting = await store.waiting(GIVEN_AT_ONCE);
        for (const credit of waiting) {
          // Given and not noted, it is given again: a grant of the same id is there already then.
          await give(credit);
          await store.noteGiven(credit.id);
        }
        if (waiting.length < GIVEN_AT_ONCE) return;
      }
    },
  };
}

function amountOf({ amount }: StarterOffer): NanoCredits {
  const nano = parseCredits(amount);
  if (nano === undefined) throw new Error(`the credit to begin with is no amount: ${amount}`);
  return nano;
}

async function refusalOf(
  { throttle }: StarterCreditsDeps,
  { refusedDomains }: StarterOffer,
  { email, address }: { readonly email: string; readonly address: string | undefined },
): Promise<StarterRefusal | undefined> {
  const domain = domainOf(email);
  if (refusedDomains.some((refused) => domain === refused || domain.endsWith(`.${refused}`))) return 'domain';
  if (address === undefined) return undefined;
  try {
    await throttle.take(FROM_ADDRESS, addressBlock(address));
    return undefined;
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'auth.throttled') return 'too_many_from_there';
    throw error;
  }
}

const GMAIL = ['gmail.com', 'googlemail.com'];

/**
 * The one mailbox behind addresses that a person can make up: what follows a plus sign is the person's own (RFC 5233), and
 * Gmail knows no dots and two domains: https://support.google.com/mail/answer/7436150
 */
export function mailboxOf(email: string): string {
  const domain = domainOf(email);
  const [local = ''] = email.slice(0, email.length - domain.length - 1).split('+', 1);
  return GMAIL.includes(domain) ? `${local.replaceAll('.', '')}@gmail.com` : `${local}@${domain}`;
}
