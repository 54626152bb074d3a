import { useEffect } from 'react';
import { useRows } from '../../api/pages.ts';
import type { CustomerGroup, PriceRule } from '../../api/types.ts';
import { marginPercent } from '../../format/amounts.ts';
import { useNamesOf } from '../../usage/names.ts';
import { useWords } from '../../words/index.ts';
import type { Scope } from './types.ts';

const PAGE = { limit: 500 } as const;

/** Every rule that is in force; `undefined` while it is asked for. */
export function useRulesInForce(): readonly PriceRule[] | undefined {
  const { rows, hasMore, isLoadingMore, loadMore } = useRows('listPriceRules', { ...PAGE, in_force: 'true' });
  useEffect(() => {
    if (hasMore && !isLoadingMore) loadMore();
  });
  return hasMore ? undefined : rows;
}

/** The customer groups, as far as there is room for them in a choice. */
export function useGroups(): readonly CustomerGroup[] {
  const { rows } = useRows('listCustomerGroups', PAGE);
  return rows ?? [];
}

/** Words for whom and what a rule is about, and for what it says. */
export function useRuleWords() {
  const { t, language } = useWords();
  const groups = useGroups();
  const providerName = useNamesOf('provider');
  const groupName = (id: string | undefined): string =>
    id === undefined ? t('prices.everybody') : (groups.find((group) => group.id === id)?.name ?? id);
  const about = ({ provider_id, model }: Scope): string =>
    model !== undefined
      ? t('prices.aboutModel')
      : provider_id === undefined
        ? t('prices.aboutAll')
        : t('prices.aboutProvider', { name: providerName(provider_id) });
  const says = ({ kind, margin_percent, allow_below_cost }: Omit<PriceRule, 'id'>): string => {
    if (kind === 'none') return t('prices.takenBack');
    const what =
      kind === 'list'
        ? t('prices.ownList')
        : t('prices.marginOf', { margin: marginPercent(margin_percent ?? '0', language) });
    return allow_below_cost ? t('prices.maybeBelow', { what }) : what;
  };
  return {
    groups,
    groupName,
    providerName,
    says,
    scopeName: (scope: Scope): string => `${groupName(scope.customer_group_id)} · ${about(scope)}`,
  };
}
