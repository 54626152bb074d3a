import type { Account } from '../../api/types.ts';
import { Badge, type Tone } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

const TONE_OF = {
  awaiting_approval: 'warn',
  active: 'good',
  suspended: 'warn',
  closed: 'calm',
  erased: 'calm',
} as const satisfies Record<Account['state'], Tone>;

export function UserState({ user: { state } }: { readonly user: Account }) {
  const { t } = useWords();
  return <Badge tone={TONE_OF[state]}>{t(`organization.userStates.${state}`)}</Badge>;
}
