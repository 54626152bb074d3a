import type { Price } from './rate-card.ts';

/** What a catalogue says that a model costs, where another price is in force. Times are milliseconds since the epoch. */
export type PriceProposal = {
  readonly id: string;
  readonly providerId: string;
  readonly model: string;
  readonly prices: readonly Price[];
  /** Where it was read: an address, a file, or `built-in`. */
  readonly origin: string;
  /** When these prices were first read. */
  readonly foundAt: number;
  /** Somebody decided to leave the price as it is. */
  readonly dismissedAt: number | undefined;
};
