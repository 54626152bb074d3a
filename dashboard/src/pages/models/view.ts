import type { Taken } from '../../api/call.ts';
import type { Model } from '../../api/types.ts';
import { useAddress } from '../../app/address.ts';

const TABS = ['callable', 'models', 'aliases', 'identities'] as const;
export type Tab = (typeof TABS)[number];

export const STATES = ['enabled', 'hidden', 'awaiting_approval', 'withdrawn'] as const;
export const MODALITIES = ['text', 'image', 'audio', 'video', 'file', 'embedding'] as const;
export const CONTEXTS = [8_000, 32_000, 128_000, 200_000, 1_000_000] as const;

const FILTERS = ['search', 'connection', 'state', 'input', 'output', 'context'] as const;
const NEW_MS = 7 * 86_400_000;

export type View = {
  readonly tab: Tab;
  /** The model that is open. */
  readonly model: string | undefined;
  readonly filters: Partial<Record<(typeof FILTERS)[number], string>>;
  readonly isFiltered: boolean;
  readonly query: NonNullable<Taken<'listModels'>['query']>;
};

export type ChangeView = (changes: Readonly<Record<string, string | undefined>>) => void;

/** What the page looks at: all of it stands in the address. Who pays for calls begins with what may be called and its price. */
export function useView({ isPaying }: { readonly isPaying: boolean }) {
  const { said: search, say } = useAddress();
  const tabs = TABS.filter((name) => name !== 'callable' || isPaying);
  const filters: View['filters'] = Object.fromEntries(
    FILTERS.flatMap((name) => (search[name] === undefined ? [] : [[name, search[name]]])),
  );
  const isFiltered = Object.keys(filters).length > 0;
  const isOfConnections = !isPaying || isFiltered || search['model'] !== undefined;
  const view: View = {
    tab: tabs.find((one) => one === search['tab']) ?? (isOfConnections ? 'models' : 'callable'),
    model: search['model'],
    filters,
    isFiltered,
    query: queryOf(filters),
  };
  // Without its filters the address would lead elsewhere.
  const change: ChangeView = (changes) => say({ ...(isPaying && { tab: view.tab }), ...changes });
  const clear = (): void => change(Object.fromEntries(FILTERS.map((name) => [name, undefined])));
  return { view, tabs, change, clear, search };
}

function queryOf({ search, connection, state, input, output, context }: View['filters']): View['query'] {
  const known = STATES.find((one) => one === state);
  const tokens = Number(context);
  return {
    ...(search === undefined ? {} : { search }),
    ...(connection === undefined ? {} : { connection_id: connection }),
    ...(known === undefined
      ? {}
      : known === 'withdrawn'
        ? { withdrawn: 'true' }
        : { state: known, withdrawn: 'false' }),
    ...(input === undefined ? {} : { input_modality: input }),
    ...(output === undefined ? {} : { output_modality: output }),
    ...(Number.isInteger(tokens) && tokens > 0 ? { context_tokens_min: tokens } : {}),
  };
}

export function isNew({ first_seen_at, withdrawn_at }: Model): boolean {
  return withdrawn_at === undefined && Date.now() - Date.parse(first_seen_at) < NEW_MS;
}
