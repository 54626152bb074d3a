import { GatewayError } from '../kernel/errors.ts';
import { nanoCredits } from '../kernel/money.ts';
import type { AppliedLimit, AppliedLimits, CallFacts } from '../limits/applicable.ts';
import type { Granted, LimitCounters, Standing, Take, TakeResult, TakingCall } from '../limits/ports.ts';
import { NOTHING_USED, tokensOf } from '../limits/used.ts';
import { affordableOutput, boundPricer } from '../metering/bound-call.ts';
import { boundMeasures } from '../metering/count-made.ts';
import type { PriceTerms } from '../metering/price-call.ts';
import type { Deployment } from '../protocol/deployment.ts';
import type { LimitMeasure } from '../protocol/limits.ts';
import type { Principal } from '../protocol/principal.ts';
import { NO_USAGE, type Usage } from '../protocol/usage.ts';
import type { BoundedCall } from './call-bound.ts';
import type { MadeBound } from './media/made-bound.ts';
import type { Ending } from './outcome.ts';

/** Limits, as far as calls need them. */
export type LimitsPort = Pick<LimitCounters, 'take' | 'end'> & {
  /** The limits that a call meets; none for most. */
  readonly appliedTo: (principal: Principal, facts: () => CallFacts) => AppliedLimits;
  readonly now: () => number;
  readonly instanceId: string;
  /** What a call of the deployment is counted as in budgets; `undefined` where it has no price. */
  readonly termsOf: (deployment: Deployment, organizationId: string, atMs: number) => PriceTerms | undefined;
};

/** What a call likely uses of tokens, before it is made. */
export type LikelyTokens = { readonly inputTokens: number; readonly outputTokens: number };

/** A limit as its call was told of it. */
export type ToldLimit = { readonly applied: AppliedLimit; standing: Standing };

type Amounts = Pick<Take, 'amount' | 'least'>;
const ONE: Amounts = { amount: 1n, least: 1n };
const NOTHING: Amounts = { amount: 0n, least: 0n };

/** What one request takes of the limits that it meets, from before its first call to its end. */
export class CallLimits {
  readonly #port: LimitsPort;
  readonly #call: TakingCall;
  readonly #applied: AppliedLimits;
  readonly #told: ToldLimit[] = [];
  #hasTaken = false;
  #isHeld = false;

  constructor(port: LimitsPort, call: TakingCall, applied: AppliedLimits) {
    this.#port = port;
    this.#call = call;
    this.#applied = applied;
  }

  /** How the limits stand that the call has taken from. */
  get told(): readonly ToldLimit[] {
    return this.#told;
  }

  /** Takes what counts whatever the call uses. @throws GatewayError `limit.exceeded`, `hub.store_unavailable` */
  admit(): void | Promise<void> {
    const { atOnce, later } = this.#applied;
    this.#isHeld = later.length === 0;
    if (atOnce.length === 0) return;
    const taking = this.#take(atOnce, oneEach);
    return taking instanceof Promise ? taking.then(() => undefined) : undefined;
  }

  /**
   * Takes what the call can cost at most and what it likely uses of tokens; of a budget that is smaller as much as there is,
   * if it pays for an answer at all. Gives how many tokens each answer may then have; `undefined` where it need not be
   * limited.
   * @throws GatewayError `limit.exceeded`, `budget.exhausted`, `budget.no_price`, `hub.store_unavailable`
   */
  hold(
    deployment: Deployment,
    tokens: LikelyTokens,
    boundOf: () => BoundedCall,
  ): number | undefined | Promise<number | undefined> {
    const terms = this.#applied.hasBudget ? this.#termsOf(deployment) : undefined;
    return terms === undefined ? this.#holdTokens(tokens) : this.#holdMoney(terms, { deployment, tokens, boundOf });
  }

  async #holdMoney(
    terms: PriceTerms,
    {
      deployment,
      tokens,
      boundOf,
    }: { readonly deployment: Deployment; readonly tokens: LikelyTokens; readonly boundOf: () => BoundedCall },
  ): Promise<number | undefined> {
    const { bound, choices, leastAnswerTokens } = boundOf();
    const { at } = this.#call;
    const priceOf = boundPricer(terms, bound, at);
    const most = priceOf({});
    const least = priceOf({ outputTokens: leastAnswerTokens * choices });
    if (most.kind === 'unpriced' || least.kind === 'unpriced') {
      this.#refuseUnpriced(deployment);
      return await this.#holdTokens(tokens);
    }
    const granted = await this.#takeAmounts(tokens, { amount: most.priceNano, least: least.priceNano });
    if (granted >= most.priceNano) return undefined;
    const affordable = affordableOutput(terms, { bound, at, amountNano: nanoCredits(granted) }) ?? 0;
    return Math.max(1, Math.floor(affordable / choices));
  }

  /** The same for pictures, sound or a film, of which there is no part. @throws GatewayError as {@link hold} */
  async holdMade(deployment: Deployment, boundOf: () => MadeBound): Promise<void> {
    if (this.#isHeld) return;
    const { measures, likely } = boundOf();
    const tokens = mostTokens(likely.whole);
    const terms = this.#applied.hasBudget ? this.#termsOf(deployment) : undefined;
    const most = terms && boundMeasures(terms, measures, this.#call.at);
    if (most?.kind === 'unpriced') this.#refuseUnpriced(deployment);
    const price = most?.kind === 'most' ? { amount: most.priceNano, least: most.priceNano } : NOTHING;
    await this.#takeAmounts(tokens, price);
  }

  /** The call uses nothing that is counted in tokens or money, as one that asks for a count of tokens. */
  holdNothing(): void {
    this.#isHeld = true;
  }

  /** Holds off a call whose most nobody has asked about: a mistake in this build. */
  assertHeld(): void {
    if (!this.#isHeld) throw new Error('a call leaves whose limits were not asked');
  }

  /** Puts what was used in place of what was taken; does nothing where nothing was. */
  end({ status, usage, usageBasis, costNano, priceNano }: Ending): void {
    if (!this.#hasTaken) return;
    this.#hasTaken = false;
    // What was refused before it left is no request that counts.
    const requests = status === 'rejected' ? 0 : 1;
    // What an answer had used that was given again was counted then.
    const { inputTokens, outputTokens } = tokensOf(usageBasis === 'cached' ? NO_USAGE : usage);
    const moneyNano = priceNano ?? costNano ?? 0n;
    this.#port.end(this.#call.id, { requests, inputTokens, outputTokens, moneyNano });
  }

  /** Gives everything back that was taken, unless the call has ended otherwise. */
  abandon(): void {
    if (this.#hasTaken) this.#port.end(this.#call.id, NOTHING_USED);
  }

  #termsOf(deployment: Deployment): PriceTerms | undefined {
    const terms = this.#port.termsOf(deployment, this.#call.organizationId, this.#call.at);
    if (terms === undefined) this.#refuseUnpriced(deployment);
    return terms;
  }

  /** What has no price would leave a budget untouched, however much it costs. */
  #refuseUnpriced({ upstreamModel }: Deployment): void {
    const hard = this.#applied.later.find(
      ({ compiled: { limit } }) => limit.measure === 'money' && limit.mode === 'hard',
    );
    if (hard === undefined) return;
    throw new GatewayError('budget.no_price', { details: { model: upstreamModel, ...describe(hard) } });
  }

  /** Where no money is counted, or what it costs is not known. */
  #holdTokens(tokens: LikelyTokens): undefined | Promise<undefined> {
    const taking = this.#takeAmounts(tokens, NOTHING);
    return taking instanceof Promise ? taking.then(() => undefined) : undefined;
  }

  /** Gives how much money was granted by the strictest budget. */
  #takeAmounts(tokens: LikelyTokens, money: Amounts): bigint | Promise<bigint> {
    this.#isHeld = true;
    const { later, hasBudget } = this.#applied;
    if (later.length === 0) return money.amount;
    const taking = this.#take(later, (measure) => {
      if (measure === 'money') return money;
      const amount = BigInt(likelyOf(tokens, measure));
      return { amount, least: amount };
    });
    const strictest = (granted: readonly Granted[]): bigint =>
      hasBudget ? leastMoney(later, granted, money.amount) : money.amount;
    return taking instanceof Promise ? taking.then(strictest) : strictest(taking);
  }

  /** At once where the counts are in this process: most calls of most hubs need not wait for them. */
  #take(
    applied: readonly AppliedLimit[],
    amountOf: (measure: LimitMeasure) => Amounts,
  ): readonly Granted[] | Promise<readonly Granted[]> {
    const takes: Take[] = [];
    for (const { compiled, subject } of applied) {
      const { id: limitId, countsSince, measure, amount: cap, mode } = compiled.limit;
      const span = compiled.spanAt(this.#call.at);
      const { amount, least } = amountOf(measure);
      takes.push({ limitId, countsSince, subject, measure, span, cap, isHard: mode === 'hard', amount, least });
    }
    // From now on it is for the counts to know: where they did not answer in time they may have been changed all the same.
    this.#hasTaken = true;
    const taking = this.#port.take(this.#call, takes);
    return taking instanceof Promise
      ? taking.then((result) => this.#grantedOf(applied, result))
      : this.#grantedOf(applied, taking);
  }

  #grantedOf(applied: readonly AppliedLimit[], result: TakeResult): readonly Granted[] {
    if (result.kind === 'refused') {
      const refusing = applied[result.place];
      if (refusing !== undefined) throw this.#refusal(refusing, result.standing);
      throw new Error('a limit refuses that was not asked');
    }
    for (const [place, each] of applied.entries()) {
      const standing = result.granted[place];
      if (standing !== undefined) this.#tell(each, standing);
    }
    return result.granted;
  }

  /** What a limit says later counts. */
  #tell(applied: AppliedLimit, standing: Standing): void {
    const told = this.#told.find((each) => each.applied === applied);
    if (told === undefined) this.#told.push({ applied, standing });
    else told.standing = standing;
  }

  #refusal(applied: AppliedLimit, standing: Standing): GatewayError {
    const { limit } = applied.compiled;
    this.#tell(applied, standing);
    const retryAfterSeconds = Math.max(1, Math.ceil((standing.resetAtMs - this.#port.now()) / 1000));
    const isBudget = limit.measure === 'money';
    return new GatewayError(isBudget ? 'budget.exhausted' : 'limit.exceeded', {
      message: `${isBudget ? 'The budget' : 'The limit'} “${limit.name}” ${isBudget ? 'does not cover this call' : 'is reached'}.`,
      retryAfterSeconds,
      details: { ...describe(applied), resets_at: new Date(standing.resetAtMs).toISOString() },
    });
  }
}

function oneEach(): Amounts {
  return ONE;
}

function leastMoney(applied: readonly AppliedLimit[], granted: readonly Granted[], most: bigint): bigint {
  return granted.reduce((least, { granted: given }, place) => {
    return applied[place]?.compiled.limit.measure === 'money' && given < least ? given : least;
  }, most);
}

function describe({ compiled: { limit }, subject }: AppliedLimit) {
  const { id, name, measure } = limit;
  const own = subject === '' ? limit.subject.id : subject;
  return { limit: id, name, measure, subject: { kind: limit.subject.kind, ...(own === undefined ? {} : { id: own }) } };
}

function likelyOf({ inputTokens, outputTokens }: LikelyTokens, measure: LimitMeasure): number {
  if (measure === 'input_tokens') return inputTokens;
  return measure === 'output_tokens' ? outputTokens : inputTokens + outputTokens;
}

function mostTokens(measures: readonly Partial<Usage>[]): LikelyTokens {
  const each = measures.map(tokensOf);
  return {
    inputTokens: Math.max(0, ...each.map(({ inputTokens }) => inputTokens)),
    outputTokens: Math.max(0, ...each.map(({ outputTokens }) => outputTokens)),
  };
}
