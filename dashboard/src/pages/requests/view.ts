import { useState } from 'react';
import type { Taken } from '../../api/call.ts';
import type { UsageRecord } from '../../api/types.ts';
import { useAddress } from '../../app/address.ts';
import type { Tone } from '../../ui/parts.tsx';
import { RANGES, rangeOf } from '../../usage/range.ts';

export type Status = UsageRecord['status'];
export const TONE_OF = {
  success: 'good',
  upstream_error: 'bad',
  rejected: 'warn',
  client_closed: 'calm',
  cut: 'bad',
  timeout: 'bad',
  interrupted: 'bad',
} as const satisfies Record<Status, Tone>;
// The names are those of the record above.
export const STATUSES = Object.keys(TONE_OF) as readonly Status[];

export const PRESETS = ['any', '1h', ...RANGES, 'custom'] as const;
export type Preset = (typeof PRESETS)[number];

/** The filters of the address that are not a time, and what each is called in the API. */
const FILTERS = {
  project: 'project_id',
  key: 'key_id',
  model: 'model',
  provider: 'provider_id',
  connection: 'connection_id',
  end_user: 'end_user',
  application: 'application',
  text: 'text',
} as const;
export type FilterName = keyof typeof FILTERS;
// The names are those of the record above.
const FILTER_NAMES = Object.keys(FILTERS) as readonly FilterName[];

export type View = {
  readonly preset: Preset;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly status: Status | undefined;
  readonly filters: Partial<Record<FilterName, string>>;
  readonly isFiltered: boolean;
  /** The request that is open. */
  readonly request: string | undefined;
  readonly query: NonNullable<Taken<'listUsageRecords'>['query']>;
};

export type ChangeView = (changes: Readonly<Record<string, string | undefined>>) => void;

const HOUR_MS = 3_600_000;

/** What the page looks at: all of it stands in the address. */
export function useView() {
  const { said: search, say: change } = useAddress();
  // A time that ends now keeps its beginning while the page is looked at, so that what is new joins what is shown.
  const [openedAt] = useState(() => Date.now());
  const isCustom = search['from'] !== undefined || search['to'] !== undefined;
  const preset = isCustom ? 'custom' : (PRESETS.find((one) => one === search['range']) ?? 'any');
  const time = isCustom ? { from: isoOr(search['from']), to: isoOr(search['to']) } : timeOf(preset, openedAt);
  const status = STATUSES.find((one) => one === search['status']);
  const filters = Object.fromEntries(
    FILTER_NAMES.flatMap((name) => (search[name] === undefined ? [] : [[name, search[name]]])),
  );
  const asked = Object.entries(filters).map(([name, value]) => [FILTERS[name as FilterName], value]);
  const view: View = {
    preset,
    ...time,
    status,
    filters,
    isFiltered: preset !== 'any' || status !== undefined || asked.length > 0,
    request: search['request'],
    query: { ...defined({ ...time, status }), ...Object.fromEntries(asked) },
  };
  const clear = (): void =>
    change(Object.fromEntries(['range', 'from', 'to', 'status', ...FILTER_NAMES].map((name) => [name, undefined])));
  return { view, change, clear, search };
}

function timeOf(preset: Preset, nowMs: number): Pick<View, 'from' | 'to'> {
  if (preset === 'any' || preset === 'custom') return { from: undefined, to: undefined };
  if (preset === '1h') return { from: new Date(nowMs - HOUR_MS).toISOString(), to: undefined };
  const { from, to } = rangeOf(preset, nowMs);
  return { from, to: preset === 'last_month' ? to : undefined };
}

/** An address may be typed; what is no time is none. */
function isoOr(text: string | undefined): string | undefined {
  const at = new Date(text ?? '');
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

function defined<Value extends object>(fields: Value): { [Name in keyof Value]?: Exclude<Value[Name], undefined> } {
  // Exactly the fields that are there.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Value]?: Exclude<Value[Name], undefined>;
  };
}
