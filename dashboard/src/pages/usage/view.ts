import { useAddress } from '../../app/address.ts';
import { usePlace } from '../../app/session.tsx';
import { type Measure, measuresIn } from '../../usage/measures.ts';
import { type Dimension, dimensionsIn } from '../../usage/names.ts';
import { type ChosenTime, chosenTime } from '../../usage/time-choice.tsx';

export const STEPS = ['auto', 'quarter_hour', 'hour', 'day', 'week', 'month'] as const;
export type Step = (typeof STEPS)[number];

/** How a dimension is filtered by in the API. */
const FILTER_OF = {
  model: 'model',
  provider: 'provider_id',
  connection: 'connection_id',
  project: 'project_id',
  team: 'team_id',
  member: 'member_id',
  key: 'key_id',
  application: 'application',
  tag: 'tag',
  end_user: 'end_user',
  operation: 'operation',
  status: 'status',
} as const satisfies Record<Dimension, string>;

/** What the page looks at: all of it stands in the address. */
export type View = ChosenTime & {
  readonly dimension: Dimension;
  readonly measure: Measure;
  readonly step: Step;
  /** The values of the filters by dimension. */
  readonly chosen: Partial<Record<Dimension, string>>;
  /** The same as the API takes them. */
  readonly filters: Readonly<Record<string, string>>;
};

export type ChangeView = (changes: Readonly<Record<string, string | undefined>>) => void;

export function useView(nowMs: number): { readonly view: View; readonly change: ChangeView } {
  const { said: search, say: change } = useAddress();
  const place = usePlace();
  const dimensions = dimensionsIn(place);
  const measures = measuresIn(place);
  const chosen = Object.fromEntries(
    dimensions.flatMap((dimension) => (search[dimension] === undefined ? [] : [[dimension, search[dimension]]])),
  );
  const view: View = {
    ...chosenTime(search, nowMs),
    dimension: dimensions.find((one) => one === search['by']) ?? 'model',
    measure: measures.find((one) => one === search['show']) ?? measures[0] ?? 'requests',
    step: STEPS.find((one) => one === search['step']) ?? 'auto',
    chosen,
    filters: Object.fromEntries(
      dimensions.flatMap((dimension) => {
        const value = search[dimension];
        return value === undefined ? [] : [[FILTER_OF[dimension], value]];
      }),
    ),
  };
  return { view, change };
}
