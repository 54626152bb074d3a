import { answerCell } from './answer-cells.ts';
import { ANSWER_FEATURES, type AnswerFeatureId } from './answer-features.ts';
import { CALLERS } from './callers/index.ts';
import type { Cell } from './cell.ts';
import { PROVIDERS } from './providers.ts';
import { requestCell } from './request-cells.ts';
import { REQUEST_FEATURES, type RequestFeatureId } from './request-features.ts';

/** One feature of one caller’s dialect: a cell for each provider, in the order of `PROVIDERS`. */
export type Row = { readonly about: 'request' | 'answer'; readonly feature: string; readonly cells: readonly Cell[] };

/** The rows of each caller’s dialect. */
export type Matrix = ReadonlyMap<string, readonly Row[]>;

/** Sends every feature through every pair of dialects. */
export function runMatrix(): Matrix {
  const providers = Object.keys(PROVIDERS);
  // The keys of the features are their ids.
  const asked = Object.keys(REQUEST_FEATURES) as RequestFeatureId[];
  const answered = Object.keys(ANSWER_FEATURES) as AnswerFeatureId[];
  return new Map(
    Object.keys(CALLERS).map((caller): [string, readonly Row[]] => [
      caller,
      [
        ...asked.map((feature): Row => {
          const cells = providers.map((provider) => requestCell(caller, provider, feature));
          return { about: 'request', feature, cells };
        }),
        ...answered.map((feature): Row => {
          const cells = providers.map((provider) => answerCell(caller, provider, feature));
          return { about: 'answer', feature, cells };
        }),
      ],
    ]),
  );
}
