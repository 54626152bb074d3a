import type { Answer } from '../api/call.ts';
import { useAsk } from '../api/hooks.ts';
import { useWords } from '../words/index.ts';
import { type Place, usePlace } from './session.tsx';

export type CallableModel = Answer<'listCallableModels'>['data'][number];

const MANY = 500;

type SaidWords = NonNullable<CallableModel['offer']>['display_name'];

/** What an operator wrote, in the language that is spoken or in the other. */
export function useOfferWords(): (words: SaidWords | undefined) => string | undefined {
  const { language } = useWords();
  return (words) => words?.[language] ?? words?.en ?? words?.['zh-TW'];
}

/** Who sees which models there are; the hub decides what it tells. */
export function maySeeModels({ role }: Place): boolean {
  return role !== 'billing';
}

/** The models that the organization's keys may call, as far as there is room for them in a choice. */
export function useCallableModels() {
  return useAsk('listCallableModels', { query: { limit: MANY } }, { enabled: maySeeModels(usePlace()) });
}
