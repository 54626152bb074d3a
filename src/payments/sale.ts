import { GatewayError } from '../kernel/errors.ts';
import { invalid } from '../kernel/invalid.ts';
import { creditsFor, type MinorUnits, type NanoCredits, parseCredits } from '../kernel/money.ts';
import type { CreditSale } from '../protocol/payments.ts';
import { placesOf, readAmount } from './currency.ts';

/** What somebody wants to buy: a pack, or credits for an amount of money. */
export type Wanted = {
  readonly currency: string;
  readonly packId?: string | undefined;
  readonly amount?: string | undefined;
};

export type Priced = {
  /** `undefined` where the buyer chose the amount. */
  readonly packName: string | undefined;
  readonly amountMinor: MinorUnits;
  readonly creditsNano: NanoCredits;
};

/** What it costs and what is given for it, as the operator offers it now. @throws GatewayError `request.invalid` */
export function priceOf(sale: CreditSale | undefined, { currency, packId, amount }: Wanted): Priced {
  if (sale === undefined) throw new GatewayError('payment.unavailable');
  if (packId !== undefined) return packPrice(sale, packId, currency);
  const offered = sale.amounts.find((each) => each.currency === currency);
  if (offered === undefined) throw invalid('currency', 'is none that credits are sold in.');
  const amountMinor = readAmount(amount ?? '', currency);
  if (amountMinor === undefined) throw invalid('amount', 'is no amount that can be paid in that currency.');
  const [least, most] = [readAmount(offered.least, currency), readAmount(offered.most, currency)];
  if ((least !== undefined && amountMinor < least) || (most !== undefined && amountMinor > most)) {
    throw invalid('amount', `has to be from ${offered.least} to ${offered.most}.`);
  }
  const creditsNano = creditsFor(amountMinor, placesOf(currency), offered.creditPrice);
  if (creditsNano <= 0n) throw invalid('amount', 'is too little for any credit.');
  return { packName: undefined, amountMinor, creditsNano };
}

function packPrice({ packs }: CreditSale, packId: string, currency: string): Priced {
  const pack = packs.find(({ id }) => id === packId);
  if (pack === undefined) throw invalid('pack_id', 'is no pack that is offered.');
  const price = pack.prices.find((each) => each.currency === currency);
  if (price === undefined) throw invalid('currency', 'is none that the pack is sold in.');
  const amountMinor = readAmount(price.amount, currency);
  const creditsNano = parseCredits(pack.credits);
  // What the operator sets is checked when it is set.
  if (amountMinor === undefined || creditsNano === undefined) throw new GatewayError('payment.unavailable');
  return { packName: pack.name, amountMinor, creditsNano };
}
