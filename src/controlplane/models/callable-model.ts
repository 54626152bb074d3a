import type { PriceReport } from '../../metering/price-report.ts';
import type { ModelFacts } from '../../protocol/configuration.ts';
import type { ModelOffer } from '../../protocol/model-offer.ts';
import type { Operation } from '../../protocol/operation.ts';
import type { TokenPrices } from '../../protocol/rate-card.ts';

/** What may be said in a chat, as OpenAI's form names it. */
export const CHAT_PARAMETERS = [
  'temperature',
  'top_p',
  'max_tokens',
  'seed',
  'stop',
  'reasoning_effort',
  'tools',
  'response_format',
] as const;
export type ChatParameter = (typeof CHAT_PARAMETERS)[number];

/** A model as who calls it needs to know it. */
export type CallableModel = {
  readonly name: string;
  readonly isAlias: boolean;
  /** What the operator says of it to customers; `undefined` where they are no customers, or it is their own. */
  readonly offer: ModelOffer | undefined;
  readonly facts: ModelFacts;
  readonly operations: readonly Operation[];
  readonly parameters: readonly ChatParameter[];
  readonly prices: TokenPrices | undefined;
  /** What calls are charged, line by line; `undefined` where nobody is, or where it has no price and cannot be called. */
  readonly charged: PriceReport['lines'] | undefined;
  readonly isSimulated: boolean;
};

/** The models of one moment: what is offered in its order, all others by name. `describe` throws resource.not_found for any other name. */
export type CallableModels = {
  readonly names: readonly string[];
  readonly describe: (name: string) => CallableModel;
};
