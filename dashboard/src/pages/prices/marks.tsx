import type { ReactNode } from 'react';
import type { ChargedPrice, PriceRule } from '../../api/types.ts';
import { Badge } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { useRuleWords } from './use-rules.ts';

export type RulesInForce = readonly PriceRule[] | undefined;

/** What is to be known of a price at a glance. */
export function useMarks(rules: RulesInForce): (offer: ChargedPrice) => ReactNode {
  const { t } = useWords();
  const { groupName } = useRuleWords();
  const byId = new Map(rules?.map((rule) => [rule.id, rule]));
  return (offer) => {
    const rule = byId.get(offer.rule_id ?? '');
    const group = rule?.customer_group_id;
    return (
      <span className="inline-flex flex-wrap gap-1">
        {!offer.priced && <Badge tone="bad">{t('prices.unpriced')}</Badge>}
        {offer.below_cost && <Badge tone="warn">{t('prices.belowCost')}</Badge>}
        {offer.listed && <Badge tone="accent">{t('prices.ownList')}</Badge>}
        {rule !== undefined && !offer.listed && <Badge>{t(`prices.ruleOf.${levelOf(rule)}`)}</Badge>}
        {group !== undefined && <Badge>{groupName(group)}</Badge>}
        {offer.priced && offer.rule_id === undefined && <Badge>{t('prices.ruleOf.settings')}</Badge>}
      </span>
    );
  };
}

function levelOf({ provider_id, model }: PriceRule): 'model' | 'provider' | 'all' {
  return model !== undefined ? 'model' : provider_id !== undefined ? 'provider' : 'all';
}
