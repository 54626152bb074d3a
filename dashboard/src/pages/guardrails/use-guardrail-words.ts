import { useAsk } from '../../api/hooks.ts';
import type { Guardrail } from '../../api/types.ts';
import { count, duration } from '../../format/amounts.ts';
import { useWords } from '../../words/index.ts';

const MANY = { query: { limit: 200 } } as const;

/** What guardrails may be about, by kind: the ids and names that there are. */
export function useScopes(): Readonly<
  Record<'project' | 'key', readonly { readonly id: string; readonly name: string }[]>
> {
  const projects = useAsk('listProjects', MANY);
  const keys = useAsk('listKeys', MANY);
  return { project: projects.data?.data ?? [], key: keys.data?.data ?? [] };
}

/** How guardrails are put into words. */
export function useGuardrailWords() {
  const { t, language } = useWords();
  const scopes = useScopes();
  return {
    findsOf: ({ check }: Guardrail): readonly string[] => {
      switch (check.kind) {
        case 'secrets':
        case 'personal':
          return check.finds.map((kind) => t(`guardrails.kinds.${kind}`));
        case 'words':
          return [...check.words, ...check.patterns];
        case 'length':
          return [t('guardrails.charactersOf', { amount: count(check.characters_max, language) })];
        case 'http':
          return [
            check.url,
            t(`guardrails.failureRules.${check.on_failure}`, { time: duration(check.timeout_ms, language) }),
          ];
      }
    },
    scopeOf: ({ scope }: Guardrail): string => {
      if (scope.kind === 'organization') return t('guardrails.scopes.organization');
      return scopes[scope.kind].find(({ id }) => id === scope.id)?.name ?? scope.id ?? '';
    },
  };
}
