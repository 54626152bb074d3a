import { fingerprintOf } from '../cache/fingerprint.ts';
import { CACHE_HEADER, planFor } from '../cache/plan.ts';
import type { ReadRequest } from '../dialects/contract.ts';
import { type NanoUsd, NO_CREDITS, ZERO_NANO_USD } from '../kernel/money.ts';
import { settleCall } from '../metering/settle-call.ts';
import type { CachedAnswer } from '../protocol/cached-answer.ts';
import type { Deployment } from '../protocol/deployment.ts';
import type { Principal } from '../protocol/principal.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import type { StreamDeps } from './caller-stream.ts';
import type { Exchange } from './exchange.ts';
import type { Ending } from './outcome.ts';
import { sendWhole } from './relay-whole.ts';

/** A longer answer is not kept. */
const ANSWER_BYTES_MAX = 1024 * 1024;
/** Headers of callers that change what they are answered. */
const ANSWER_HEADERS = ['accept', 'anthropic-version', 'anthropic-beta', 'openai-beta'];

/** Answers that are given again, as far as calls need them. */
export type CachePort = {
  /** The answer to the same request; `undefined` where there is none, or none that can be had in time. */
  readonly find: (scope: OrganizationScope, id: string) => Promise<CachedAnswer | undefined>;
  /** Keeps an answer soon. Never rejects: one that could not be kept is asked for again. */
  readonly keep: (scope: OrganizationScope, id: string, answer: CachedAnswer) => void;
  /** Notes that an answer was there, and what it had cost, or that none was. */
  readonly note: (scope: OrganizationScope, saved: NanoUsd | 'miss') => void;
  /** Whether who pays with credit pays for an answer that is given again as for the first. */
  readonly isCharged: boolean;
};

/** What one request has to do with the cache. There is none on a request of which nobody asked for it. */
export class CallCache {
  readonly #port: CachePort;
  readonly #scope: OrganizationScope;
  readonly #id: string;
  readonly #seconds: number;
  #pieces: Buffer[] | undefined = [];
  #bytes = 0;
  #contentType = '';

  constructor(
    port: CachePort,
    scope: OrganizationScope,
    { id, seconds }: { readonly id: string; readonly seconds: number },
  ) {
    this.#port = port;
    this.#scope = scope;
    this.#id = id;
    this.#seconds = seconds;
  }

  /** A piece of the answer as it is given to the caller. */
  takeAnswer(piece: Buffer | string, contentType: string): void {
    if (this.#pieces === undefined) return;
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    this.#bytes += bytes.length;
    this.#contentType = contentType;
    if (this.#bytes > ANSWER_BYTES_MAX) this.#pieces = undefined;
    else this.#pieces.push(bytes);
  }

  /** The request is over: its answer is kept where it was a whole one. */
  keep({ losses, clock }: Pick<Exchange, 'losses' | 'clock'>, ending: Ending | undefined): void {
    const pieces = this.#pieces;
    this.#pieces = undefined;
    if (pieces === undefined || pieces.length === 0 || ending?.status !== 'success') return;
    const { usage, made, costNano, servedModel, finishReason } = ending;
    const storedAt = clock.now();
    this.#port.keep(this.#scope, this.#id, {
      body: Buffer.concat(pieces),
      contentType: this.#contentType,
      usage,
      made,
      costNano,
      servedModel,
      finishReason,
      losses: [...losses],
      storedAt,
      expiresAt: storedAt + this.#seconds * 1000,
    });
  }
}

export type CacheLookup = {
  readonly principal: Principal;
  readonly request: ReadRequest;
  /** Who may answer it. */
  readonly deployments: readonly Deployment[];
};

/**
 * The answer that was given to the same request before; `undefined` where it is to be asked for. From then on the exchange
 * knows what its answer is to say of the cache, and keeps it where that was asked for.
 * @throws GatewayError `request.invalid`
 */
export async function findCached(
  exchange: Exchange,
  { principal, request, deployments }: CacheLookup,
  port: CachePort,
): Promise<CachedAnswer | undefined> {
  const header = exchange.header(CACHE_HEADER);
  if (header === undefined && principal.cacheSeconds === undefined) return undefined;
  const plan = planFor({
    header,
    keySeconds: principal.cacheSeconds,
    operation: exchange.operation,
    body: request.body,
    refersToKept: request.references.length > 0 || isOwnForEach(exchange),
  });
  if (plan === undefined) return undefined;
  exchange.cacheOutcome = { kind: 'bypass' };
  if (plan.kind === 'bypass') return undefined;
  const id = idOf(exchange, { principal, request, deployments });
  const found = plan.reads ? await port.find(principal, id) : undefined;
  if (found === undefined) {
    if (plan.reads) port.note(principal, 'miss');
    exchange.cacheOutcome = { kind: 'miss' };
    exchange.cache = new CallCache(port, principal, { id, seconds: plan.seconds });
    return undefined;
  }
  exchange.cacheOutcome = {
    kind: 'hit',
    ageSeconds: Math.max(0, Math.floor((exchange.startedAt - found.storedAt) / 1000)),
  };
  port.note(principal, found.costNano ?? ZERO_NANO_USD);
  return found;
}

/**
 * Whose answers say what they took hold that in their body; whoever has no key is nobody to keep something for; and what
 * guardrails have looked at may hold what was masked for one caller, and would be looked at otherwise tomorrow.
 */
function isOwnForEach({ credit, caller, guard }: Exchange): boolean {
  if (guard !== undefined) return true;
  return caller.tells !== undefined || (credit !== undefined && caller.dialect.startsWith('aigne'));
}

function idOf(exchange: Exchange, { principal, request, deployments }: CacheLookup): string {
  const { organizationId } = principal;
  const path = exchange.request.url?.split('?', 1)[0] ?? '';
  const more = [
    exchange.streamed,
    exchange.streamsAs,
    exchange.refusesLosses,
    exchange.credit !== undefined,
    ...ANSWER_HEADERS.map((name) => exchange.header(name)),
  ];
  return fingerprintOf(
    {
      organizationId,
      dialect: exchange.caller.dialect,
      operation: exchange.operation,
      path,
      model: exchange.requestedModel,
      servedBy: deployments.map(({ canonicalModel }) => canonicalModel),
      more,
    },
    request.body,
  );
}

/** Gives an answer again: recorded like any other, but that no provider was asked and nothing was spent. */
export async function answerCached(
  exchange: Exchange,
  found: CachedAnswer,
  { deployments, isCharged }: { readonly deployments: readonly Deployment[]; readonly isCharged: boolean },
  deps: StreamDeps,
): Promise<void> {
  exchange.addLosses(found.losses);
  exchange.firstByteMs = exchange.elapsedMs();
  exchange.wholeBytes = found.body.length;
  const ending: Ending = {
    status: 'success',
    httpStatus: 200,
    error: undefined,
    usage: found.usage,
    usageBasis: 'cached',
    made: found.made,
    costNano: ZERO_NANO_USD,
    rateCard: undefined,
    servedModel: found.servedModel,
    finishReason: found.finishReason,
    ...(await pricedAgain(exchange, found, isCharged ? deployments[0] : undefined)),
  };
  await deps.settle(ending);
  const { body, contentType, servedModel } = found;
  sendWhole(exchange, body, { servedModel, metered: ending, contentType });
}

/** What is paid for it: nothing, or by the operator's choice as for the first, whose usage is known. */
async function pricedAgain(
  exchange: Exchange,
  { usage, made }: CachedAnswer,
  deployment: Deployment | undefined,
): Promise<Pick<Ending, 'priceNano' | 'charged'>> {
  const { credit, startedAt: at, operation } = exchange;
  if (credit === undefined) return { priceNano: undefined };
  if (deployment === undefined) return { priceNano: NO_CREDITS };
  const call = { usage, at, ...made };
  const terms = await credit.holdUsed(deployment, call);
  const { priceNano, usageBasis, broken } = settleCall(terms, {
    call,
    usageBasis: 'reported',
    deliveredTokens: undefined,
    operation,
  });
  return { priceNano, charged: { usageBasis, broken } };
}
