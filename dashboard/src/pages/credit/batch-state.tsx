import type { Answer } from '../../api/call.ts';
import { Badge } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

export type CodeBatch = Answer<'listCodeBatches'>['data'][number];

const TONES = { open: 'good', expired: 'calm', withdrawn: 'warn' } as const;

/** Whether codes of a batch are redeemed. */
export function BatchState({ batch: { state } }: { readonly batch: CodeBatch }) {
  const { t } = useWords();
  return <Badge tone={TONES[state]}>{t(`credit.codes.states.${state}`)}</Badge>;
}
