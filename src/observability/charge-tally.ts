import type { Metric } from 'prom-client';
import type { LedgerCharge } from '../protocol/ledger.ts';
import { asMetric, Tally } from './tallies.ts';

/** Counts what calls were charged: made before the metrics are, since a start ends what the last one has left open. */
export class ChargeTally {
  readonly #charges = new Tally({
    name: 'hub_credit_charges_total',
    help: 'Charges of calls: settled by what the provider told, estimated, presumed, or released for nothing.',
    labelNames: ['state'],
  });
  readonly #overruns = new Tally({
    name: 'hub_credit_overruns_total',
    help: 'Calls that used more than was held for them.',
    labelNames: [],
  });
  readonly #overrunNano = new Tally({
    name: 'hub_credit_overrun_nano_total',
    help: 'What calls used beyond what was held for them, in nano-credits: the operator’s loss.',
    labelNames: [],
  });

  get metrics(): readonly Metric[] {
    return [this.#charges, this.#overruns, this.#overrunNano].map(asMetric);
  }

  count(charges: readonly Pick<LedgerCharge, 'state' | 'overrunNano'>[]): void {
    for (const { state, overrunNano } of charges) {
      this.#charges.add(state);
      if (overrunNano === 0n) continue;
      this.#overruns.add('');
      this.#overrunNano.add('', Number(overrunNano));
    }
  }
}
