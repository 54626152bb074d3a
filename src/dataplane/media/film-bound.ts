import type { VideosFace } from '../../dialects/media-contract.ts';
import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import { NOTHING_BOUND } from '../../metering/bound-call.ts';
import type { LikelyMade } from '../../metering/count-made.ts';
import type { BoundVideo, FilmMeasure, MadeAs, VideoRequest } from '../../protocol/media.ts';
import type { MadeBound } from './made-bound.ts';

/** Fields in which providers of OpenAI's form are told how long a film is to be, and how many there are to be. */
const SECONDS_FIELDS = ['seconds', 'duration', 'n_seconds'] as const;
const COUNT_FIELDS = ['n', 'n_variants'] as const;
/** The longest that OpenAI makes in one go: https://developers.openai.com/api/docs/guides/video-generation */
const SECONDS_MAX = 20;
const FILMS_MAX = 4;
/** Longer than anybody makes, and short enough to be reckoned with. */
const TOLD_MAX = 1_000_000;

/** A film that is asked for in the provider's own form. */
export function boundFilm(request: VideoRequest, face: VideosFace): MadeBound {
  return madeBound(face.bound(request), 1);
}

/**
 * A film that is asked for in OpenAI's form, whose bytes go on as they came: a provider may read them in its own way.
 * `before` is that out of which it is made anew: it is as long and as large, unless the provider takes another's word.
 */
export function boundPassedFilm(
  body: JsonObject,
  face: VideosFace,
  before?: { readonly seconds: number | undefined; readonly size: string | undefined },
): MadeBound {
  const said = SECONDS_FIELDS.flatMap((field) => numberOf(body[field], SECONDS_MAX) ?? []);
  const told = before === undefined ? said : [...said, before.seconds ?? SECONDS_MAX];
  const { size } = body;
  const bound = face.bound({
    prompt: '',
    seconds: told.length === 0 ? undefined : Math.max(...told),
    size: typeof size === 'string' ? size : before?.size,
    extra: body,
  });
  const isSaid = size !== undefined && size !== null;
  const isSizeUnclear = before === undefined ? isSaid && typeof size !== 'string' : isSaid || before.size === undefined;
  const count = Math.max(...COUNT_FIELDS.map((field) => Math.ceil(numberOf(body[field], FILMS_MAX) ?? 1)));
  return madeBound(isSizeUnclear ? { ...bound, made: {} } : bound, count);
}

function madeBound({ most, likely, made }: BoundVideo, count: number): MadeBound {
  const { seconds, outputTokens } = most;
  return {
    measures: [
      { ...NOTHING_BOUND, madeAs: made, filmSeconds: seconds * count },
      ...(outputTokens === undefined
        ? []
        : [{ ...NOTHING_BOUND, outputTokens: outputTokens * count, outputClasses: ['outputTokens'] as const }]),
    ],
    likely: likelyFilm(likely, made),
  };
}

/** Whoever began a film pays for it, whether or not the provider's answer arrived: it is made to the end. */
export function likelyFilm({ seconds, outputTokens }: FilmMeasure, made: MadeAs): LikelyMade {
  const whole = [...(outputTokens === undefined ? [] : [{ outputTokens }]), { seconds }];
  return { units: ['video-second', 'audio-second', 'output'], made, whole, given: whole };
}

/** A number above zero, as JSON has it or as a form spells it; what is said and is none stands for the most. */
function numberOf(value: JsonValue | undefined, most: number): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
  return Number.isFinite(number) && number > 0 ? Math.min(number, TOLD_MAX) : most;
}
