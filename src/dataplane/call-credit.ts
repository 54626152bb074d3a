import { GatewayError } from '../kernel/errors.ts';
import { minCredits, type NanoCredits, NO_CREDITS } from '../kernel/money.ts';
import { endOfHold } from '../ledger/end-hold.ts';
import type { AwaitJob, EndHold, Outcomes, PlaceHold, RaiseHold, Shortage } from '../ledger/operations.ts';
import type { JobWithHold } from '../ledger/ports.ts';
import { affordableOutput, boundPricer } from '../metering/bound-call.ts';
import type { ChargedCall } from '../metering/charge.ts';
import { boundMeasures, countMade, type LikelyMade } from '../metering/count-made.ts';
import { priceCall } from '../metering/price-call.ts';
import type { CallTerms } from '../metering/settle-call.ts';
import type { Deployment } from '../protocol/deployment.ts';
import type { AccountId, AwaitedJob } from '../protocol/ledger.ts';
import type { Principal } from '../protocol/principal.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { type BoundedCall, LIKELY_SHARE } from './call-bound.ts';
import type { MadeBound } from './media/made-bound.ts';
import type { Ending } from './outcome.ts';

/** How long a hold is good for without a sign of life. */
export const HOLD_TTL_MS = 15 * 60_000;
/** How long a job may take; no provider keeps one longer. https://www.volcengine.com/docs/82379/1520757 */
export const JOB_TTL_MS = 48 * 60 * 60_000;
/** When to ask again where calls that are under way hold the credit. */
const HELD_RETRY_SECONDS = 2;

/** Credit, as far as calls need it. */
export type CreditPort = {
  /** Whether calls that begin now are paid for with it; those under way go on as they began. */
  readonly isCharging: () => boolean;
  /** On what terms calls of the deployment are paid; `undefined` where they have no price. */
  readonly termsOf: (deployment: Deployment, organizationId: string, atMs: number) => CallTerms | undefined;
  /** The terms as text, from which they can be made again. */
  readonly describe: (terms: CallTerms) => string;
  /** @throws GatewayError `hub.store_unavailable`; whether credit is held is not known then */
  readonly place: (hold: PlaceHold) => Promise<Outcomes['place']>;
  readonly raise: (hold: RaiseHold) => Promise<Outcomes['raise']>;
  /** Lets the hold wait for a job. @throws GatewayError `hub.store_unavailable` */
  readonly awaitJob: (job: AwaitJob) => Promise<Outcomes['await']>;
  /** Ends the hold that waits for a job of the organization, as `endOf` says; does nothing where none does. Never rejects. */
  readonly endJob: (scope: OrganizationScope, id: string, endOf: EndOfJob) => Promise<void>;
  /** Ends the hold soon; while the store does not answer, as soon as it does. */
  readonly end: (hold: EndHold) => void;
  /** By which link the organization gets more. */
  readonly purchaseLinkOf: (organizationId: string) => string | undefined;
  /** What stands before amounts of credit, as the operator writes them. */
  readonly prefix: () => string | undefined;
  readonly instanceId: string;
};

/** The end of a hold by what became of its job; `terms` are those that were agreed, unless their prices are gone. */
export type EndOfJob = (found: JobWithHold, terms: CallTerms | undefined) => EndHold;

export type CallPayer = {
  readonly recordId: string;
  readonly startedAt: number;
  readonly principal: Principal;
  /** The model as the caller asked for it, by which grants may be bound; known once the body is read. */
  readonly model: () => string;
};

/** When a job is first asked after, and what it is taken to have used if nothing is ever heard of it. */
export type JobPlan = Pick<AwaitJob, 'firstAskMs' | 'fallbackNano'>;

/** What one request holds of its accounts' credit, from before its first call to its end. */
export class CallCredit {
  readonly #port: CreditPort;
  readonly #payer: CallPayer;
  readonly #path: readonly AccountId[];
  /** Whether credit may be held: also where the store was asked and has not answered. */
  #isAsked = false;
  #heldNano = NO_CREDITS;
  #terms: CallTerms | undefined;
  #likely: LikelyMade | undefined;
  #awaitsJob = false;

  constructor(port: CreditPort, payer: CallPayer) {
    this.#port = port;
    this.#payer = payer;
    this.#path = pathOf(payer.principal);
  }

  /** What the call is paid by, once credit is held for it. */
  get terms(): CallTerms | undefined {
    return this.#terms;
  }

  /** What a price takes of the accounts, which is never more than was held, and what stands before such amounts. */
  told(priceNano: NanoCredits): { readonly amountNano: NanoCredits; readonly prefix: string | undefined } {
    return { amountNano: minCredits(priceNano, this.#heldNano), prefix: this.#port.prefix() };
  }

  /**
   * Holds what a call to the deployment can cost at most; of less credit, as much as there is, if it pays for an answer at
   * all. Gives how many tokens each answer may then have; `undefined` where it need not be limited.
   * @throws GatewayError a `credit.*` code
   */
  async hold(deployment: Deployment, { bound, choices, leastAnswerTokens }: BoundedCall): Promise<number | undefined> {
    const { startedAt: at } = this.#payer;
    const terms = this.#termsOf(deployment);
    const priceWith = boundPricer(terms, bound, at);
    const priceOf = (fewer: Parameters<typeof priceWith>[0]): NanoCredits => {
      const price = priceWith(fewer);
      if (price.kind === 'unpriced') throw noPrice(deployment.canonicalModel, price.units);
      return price.priceNano;
    };
    const mostNano = priceOf({});
    const leastNano = priceOf({ outputTokens: leastAnswerTokens * choices });
    const fallbackNano = priceOf({ inputTokens: Math.ceil(bound.inputTokens / LIKELY_SHARE), outputTokens: 0 });
    const amountNano = await this.#secure(terms, { mostNano, leastNano, fallbackNano });
    this.#terms = terms;
    if (amountNano >= mostNano) return undefined;
    const affordable = affordableOutput(terms, { bound, at, amountNano }) ?? 0;
    return Math.max(1, Math.floor(affordable / choices));
  }

  /**
   * Holds what pictures, sound or a film can cost at most: all of it, since half a picture is none.
   * @throws GatewayError a `credit.*` code
   */
  async holdMade(deployment: Deployment, { measures, likely }: MadeBound): Promise<void> {
    const { startedAt: at } = this.#payer;
    const terms = this.#termsOf(deployment);
    const most = boundMeasures(terms, measures, at);
    if (most.kind === 'unpriced') throw noPrice(deployment.canonicalModel, most.units);
    const given = countMade(terms, { usage: NO_USAGE, at, ...likely.made }, likely, false);
    const { priceNano: fallbackNano } = priceCall(terms, given);
    await this.#secure(terms, { mostNano: most.priceNano, leastNano: most.priceNano, fallbackNano });
    this.#terms = terms;
    this.#likely = likely;
  }

  /**
   * Holds what an answer is charged whose usage is known before it is given. Gives the terms of it.
   * @throws GatewayError a `credit.*` code
   */
  async holdUsed(deployment: Deployment, call: ChargedCall): Promise<CallTerms> {
    const terms = this.#termsOf(deployment);
    const { priceNano } = priceCall(terms, call);
    await this.#secure(terms, { mostNano: priceNano, leastNano: priceNano, fallbackNano: priceNano });
    this.#terms = terms;
    return terms;
  }

  /** A call for pictures, sound or a film as it is charged, where its provider did not tell all that counts. */
  count(call: ChargedCall, isAnswered: boolean): ChargedCall {
    if (this.#terms === undefined || this.#likely === undefined) return call;
    return countMade(this.#terms, call, this.#likely, isAnswered);
  }

  /**
   * Keeps what is held until the job has ended that the call began; `fallbackNano` is charged where nothing is ever heard of
   * it. Where that cannot be written the call ends as others do, by what was asked for.
   */
  async awaitJob(job: Omit<AwaitedJob, 'id' | 'startedAt'>, how: JobPlan): Promise<void> {
    if (!this.#isAsked) return;
    const { recordId: id, startedAt } = this.#payer;
    const awaited = { kind: 'await', id, path: this.#path, job: { ...job, id, startedAt } } as const;
    try {
      const { kind } = await this.#port.awaitJob({ ...awaited, ...how, ttlMs: JOB_TTL_MS });
      this.#awaitsJob = kind === 'awaiting';
    } catch (thrown) {
      if (!(thrown instanceof GatewayError)) throw thrown;
    }
  }

  /**
   * Takes what the call has used, and gives back the rest; does nothing where nothing was held. A job that the call began
   * keeps its hold unless it is said to have ended.
   */
  end(ending: Ending): void {
    if (!this.#isAsked || (this.#awaitsJob && ending.isUnderWay !== false)) return;
    const { status, priceNano, usageBasis, charged } = ending;
    const used = { status, priceNano, usageBasis, ...charged };
    this.#port.end(endOfHold({ id: this.#payer.recordId, path: this.#path }, used));
  }

  #termsOf(deployment: Deployment): CallTerms {
    const { principal, startedAt } = this.#payer;
    const terms = this.#port.termsOf(deployment, principal.organizationId, startedAt);
    if (terms === undefined) throw noPrice(deployment.canonicalModel, undefined);
    return terms;
  }

  async #secure(
    terms: CallTerms,
    amounts: Pick<PlaceHold, 'mostNano' | 'leastNano' | 'fallbackNano'>,
  ): Promise<NanoCredits> {
    // What is free is held by nobody. A hold that is large enough is raised all the same: it names the terms of its call.
    if (!this.#isAsked && amounts.mostNano === NO_CREDITS) return NO_CREDITS;
    const { recordId: id, principal, model } = this.#payer;
    const asked = { id, path: this.#path, model: model(), ...amounts, terms: this.#port.describe(terms) };
    const { organizationId, projectId } = principal;
    const { instanceId } = this.#port;
    const outcome = this.#isAsked
      ? await this.#port.raise({ kind: 'raise', ...asked })
      : await this.#place({
          kind: 'place',
          ...asked,
          organizationId,
          projectId,
          instanceId,
          isDispatched: true,
          ttlMs: HOLD_TTL_MS,
        });
    if (outcome.kind === 'short') throw this.#shortage(outcome);
    if (outcome.kind !== 'held') throw new GatewayError('hub.store_unavailable', { retryAfterSeconds: 1 });
    this.#heldNano = outcome.amountNano;
    return outcome.amountNano;
  }

  async #place(hold: PlaceHold): Promise<Outcomes['place']> {
    this.#isAsked = true;
    const outcome = await this.#port.place(hold);
    if (outcome.kind === 'short') this.#isAsked = false;
    return outcome;
  }

  #shortage({ cause, accountId }: Shortage): GatewayError {
    const [account] = accountId.split('/', 1);
    if (cause === 'held') {
      return new GatewayError('credit.held', { retryAfterSeconds: HELD_RETRY_SECONDS, details: { account } });
    }
    const link = this.#port.purchaseLinkOf(this.#payer.principal.organizationId);
    return new GatewayError('credit.exhausted', { details: { account, ...(link === undefined ? {} : { link }) } });
  }
}

function noPrice(model: string, units: readonly string[] | undefined): GatewayError {
  return new GatewayError('credit.no_price', { details: { model, ...(units && { units }) } });
}

/** The accounts that a call pays from, as far as they are there. */
export function pathOf({
  organizationId,
  teamId,
  projectId,
  memberId,
  keyId,
}: Pick<Principal, 'organizationId' | 'teamId' | 'projectId' | 'memberId' | 'keyId'>): readonly AccountId[] {
  return [
    `organization/${organizationId}`,
    ...(teamId === undefined ? [] : [`team/${teamId}` as const]),
    `project/${projectId}`,
    ...(memberId === undefined ? [] : [`member/${memberId}` as const]),
    `key/${keyId}`,
  ];
}
