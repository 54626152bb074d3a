import type { VideosFace } from '../../dialects/media-contract.ts';
import { isJsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import { NO_CREDITS } from '../../kernel/money.ts';
import { accountsOf, endOfHold } from '../../ledger/end-hold.ts';
import { type ChargedCall } from '../../metering/charge.ts';
import { countMade, isCountedAsTold } from '../../metering/count-made.ts';
import { settleCall } from '../../metering/settle-call.ts';
import type { AskedVideo, FilmMeasure, VideoJob } from '../../protocol/media.ts';
import type { ReadUsage } from '../../protocol/usage.ts';
import type { EndOfJob } from '../call-credit.ts';
import { likelyFilm } from './film-bound.ts';

/** What a film was asked to be, as far as its price hangs on it. */
export type AskedSize = Pick<AskedVideo, 'seconds' | 'size' | 'extra'>;

/** What is known of a film that is being made: as it was asked for, as far as that was said, and what it likely is. */
type KnownFilm = {
  readonly seconds: number | undefined;
  readonly size: string | undefined;
  readonly likely: FilmMeasure;
};

/** What of a film has to be known to charge it once it is made, by whoever hears of that. */
export function describeAsked(face: VideosFace, asked: AskedSize, begun: VideoJob): string {
  const { seconds, usage, made } = face.expect(asked, begun);
  const { likely } = face.bound({ prompt: '', ...asked });
  const known: KnownFilm = {
    seconds,
    size: made.imageSize,
    likely: {
      seconds: seconds ?? likely.seconds,
      outputTokens: usage.outputTokens ?? likely.outputTokens,
    },
  };
  return JSON.stringify(known);
}

/**
 * The end of a hold by what became of its film: what the provider says that it bills, else what was asked for. What could
 * not be made is free: no provider says that it bills it (decision 0028).
 */
export function endOfFilm(film: VideoJob, face: VideosFace): EndOfJob {
  return (found, terms) => {
    const { job, hold } = found;
    const held = { id: hold.id, path: accountsOf(hold) };
    if (film.status === 'failed') {
      return { kind: 'end', ...held, state: 'released', amountNano: NO_CREDITS, basis: 'it could not be made' };
    }
    if (terms === undefined) return END_WITHOUT_PRICES(found, terms);
    const { seconds, size, likely } = readAsked(job.asked);
    const expected = face.expect({ seconds, size, extra: { resolution: size } }, film);
    const told = toldOf(film);
    const call: ChargedCall = { usage: (told ?? expected).usage, at: job.startedAt, ...expected.made };
    const measure = {
      seconds: expected.seconds ?? likely.seconds,
      outputTokens: expected.usage.outputTokens ?? likely.outputTokens,
    };
    const counted = countMade(terms, call, likelyFilm(measure, expected.made), true);
    const usageBasis = told !== undefined && isCountedAsTold(counted, call) ? 'reported' : 'estimated';
    const { operation } = job;
    const { charged, priceNano } = settleCall(terms, {
      call: counted,
      usageBasis,
      operation,
      deliveredTokens: undefined,
    });
    const { imageSize, imageQuality } = charged;
    return {
      ...endOfHold(held, { status: 'success', usageBasis, priceNano }),
      used: { usage: charged.usage, usageBasis, made: { imageSize, imageQuality } },
    };
  };
}

/** The end of the hold of a film of which its provider knows nothing any more: nobody can say that it was not billed. */
export const END_OF_UNKNOWN_FILM: EndOfJob = presumedEnd('estimated, its provider no longer knows it');

const END_WITHOUT_PRICES: EndOfJob = presumedEnd('estimated, its prices are gone');

/** What a provider says that it bills for a film; `undefined` where it does not. */
export function toldOf({ usage: read }: VideoJob): ReadUsage | undefined {
  const { seconds, outputTokens } = read.usage;
  return seconds === undefined && outputTokens === undefined ? undefined : read;
}

/** What was taken for likely when the film was begun. */
function presumedEnd(basis: string): EndOfJob {
  return ({ hold }) => {
    const held = { id: hold.id, path: accountsOf(hold) };
    return { kind: 'end', ...held, state: 'estimated', amountNano: hold.fallbackNano, basis };
  };
}

function readAsked(text: string): KnownFilm {
  const told = parseJsonOrUndefined(text);
  const { seconds, size, likely } = isJsonObject(told) ? told : {};
  const measure = isJsonObject(likely) ? likely : {};
  return {
    seconds: numberOf(seconds),
    size: typeof size === 'string' ? size : undefined,
    likely: { seconds: numberOf(measure['seconds']) ?? 0, outputTokens: numberOf(measure['outputTokens']) },
  };
}

function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
