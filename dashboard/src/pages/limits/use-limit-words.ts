import { useAsk } from '../../api/hooks.ts';
import type { Limit } from '../../api/types.ts';
import { useCredits } from '../../app/credits.ts';
import { usePlace } from '../../app/session.tsx';
import { count, price } from '../../format/amounts.ts';
import { useWords } from '../../words/index.ts';

const MANY = { query: { limit: 200 } } as const;

/** How limits are put into words. */
export function useLimitWords() {
  const { t, language } = useWords();
  const { credit } = usePlace();
  const credits = useCredits();
  const nameOf = useSubjectNames();
  const textOf = (amount: string, measure: Limit['measure']): string => {
    if (measure !== 'money') return count(Number(amount), language);
    return credit === undefined ? price(amount, language) : credits.named(amount);
  };
  return {
    nameOf,
    textOf,
    amountOf: ({ amount, measure }: Limit): string => t(`limits.units.${measure}`, { amount: textOf(amount, measure) }),
    windowOf: ({ window }: Limit): string => {
      if (window === undefined) return t('limits.measures.concurrent');
      if (window.kind === 'rolling') return t('limits.rolling', { seconds: count(window.seconds, language) });
      return t(`limits.windows.${window.unit}`);
    },
    subjectOf: ({ subject: { kind, id } }: Limit): string => {
      if (kind === 'organization') return t('limits.subjects.organization');
      if (kind === 'tag' && id !== undefined && !id.includes('=')) return t('limits.each.tag', { name: id });
      if (id === undefined) return t(`limits.each.${kind}`);
      return `${t(`limits.subjects.${kind}`)}: ${nameOf(kind, id)}`;
    },
  };
}

/** What limits are about, by kind: the ids and names that there are. */
export function useSubjects(): Partial<
  Record<Limit['subject']['kind'], readonly { readonly id: string; readonly name: string }[] | undefined>
> {
  const teams = useAsk('listTeams', MANY);
  const projects = useAsk('listProjects', MANY);
  const keys = useAsk('listKeys', MANY);
  return { team: teams.data?.data, project: projects.data?.data, key: keys.data?.data };
}

function useSubjectNames(): (kind: Limit['subject']['kind'], id: string) => string {
  const subjects = useSubjects();
  return (kind, id) => subjects[kind]?.find((each) => each.id === id)?.name ?? id;
}
