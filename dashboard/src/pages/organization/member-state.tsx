import type { Member } from '../../api/types.ts';
import { Badge } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

export function nameOf({ name, email, id }: Pick<Member, 'name' | 'email' | 'id'>): string {
  return name ?? email ?? id;
}

/** What keeps a member from acting: the membership's state, or the person's own. */
export function MemberState({ member: { state, user_state } }: { readonly member: Member }) {
  const { t } = useWords();
  if (user_state !== 'active') {
    return (
      <Badge tone="warn">
        {t('organization.members.account', { state: t(`organization.userStates.${user_state}`) })}
      </Badge>
    );
  }
  return (
    <Badge tone={state === 'active' ? 'good' : 'warn'}>
      {state === 'active' ? t('organization.active') : t('organization.suspended')}
    </Badge>
  );
}
