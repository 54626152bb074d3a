import type { NewWireId } from '../kernel/ids.ts';
import { formatCredits, type NanoCredits } from '../kernel/money.ts';
import type { NotificationKindName } from './catalogue.ts';
import { messageBody } from './message.ts';
import { type CreditLeft, type CreditLeftReader, type NotificationStore, OPEN_EPISODE, type Raising } from './ports.ts';

/** What is held while an organization has little credit, or next to none, begins so. */
const CREDIT = `${OPEN_EPISODE}credit.`;
const CREDIT_LOW = `${CREDIT}low:`;
const CREDIT_OUT = `${CREDIT}out:`;
/** Less than this part of what is little pays for no call that makes sense. */
const NEXT_TO_NONE = 100n;

export type CreditLooks = {
  /** Organizations that have spent credit and have less than `lowNano` left, and those that are held. */
  readonly left: readonly CreditLeft[];
  readonly lowNano: NanoCredits;
  /** The names that are held. */
  readonly held: ReadonlySet<string>;
  readonly purchaseLinkOf: (organizationId: string) => string | undefined;
  readonly now: number;
  readonly newId: NewWireId;
};

/** What is to be told of organizations' credit: once that little is left, once that there is none, and once that there is again. */
export function findCreditEpisodes({
  left,
  lowNano,
  held,
  purchaseLinkOf,
  now,
  newId,
}: CreditLooks): readonly Raising[] {
  return left.flatMap(({ organizationId, leftNano }): readonly Raising[] => {
    const [low, out] = [`${CREDIT_LOW}${organizationId}`, `${CREDIT_OUT}${organizationId}`];
    const raising = (kind: NotificationKindName, condition: Pick<Raising, 'holds' | 'releases'>): Raising => {
      const link = purchaseLinkOf(organizationId);
      const more = link === undefined ? {} : { purchase_url: link };
      const data = { left: formatCredits(leftNano), low: formatCredits(lowNano), ...more };
      const about = { id: newId('ntf'), organizationId, subject: organizationId, raisedAt: now };
      const notification = { ...about, kind, data };
      return { notification, ...condition, body: messageBody(notification) };
    };
    if (leftNano * NEXT_TO_NONE < lowNano) return held.has(out) ? [] : [raising('credit.out', { holds: out })];
    const over = [out, low].filter((name) => held.has(name));
    if (leftNano >= lowNano) return over.length === 0 ? [] : [raising('credit.restored', { releases: over })];
    if (held.has(low)) return held.has(out) ? [raising('credit.restored', { releases: [out] })] : [];
    return [raising('credit.low', { holds: low, releases: over })];
  });
}

export type CreditTellerInput = Pick<CreditLooks, 'lowNano' | 'purchaseLinkOf' | 'newId'> & {
  readonly store: Pick<NotificationStore, 'held' | 'raise'>;
  readonly credit: CreditLeftReader;
  readonly clock: () => number;
};

/** Looks at what organizations have left, and raises what they were not told of. */
export async function tellOfCredit({ store, credit, clock, ...looks }: CreditTellerInput): Promise<void> {
  const held = await store.held(CREDIT);
  const told = held.map((name) => name.slice(name.lastIndexOf(':') + 1));
  const left = await credit.little(looks.lowNano, [...new Set(told)]);
  const raisings = findCreditEpisodes({ ...looks, left, held: new Set(held), now: clock() });
  if (raisings.length > 0) await store.raise(raisings, () => looks.newId('whd'));
}
