import type { ChargedPrice } from '../../api/types.ts';
import { marginPercent } from '../../format/amounts.ts';
import { Badge } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import type { RulesInForce } from './marks.tsx';
import { scopeKey, scopesFor } from './types.ts';
import { useRuleWords } from './use-rules.ts';

type RuleOrderProps = {
  readonly offer: ChargedPrice;
  readonly groupId: string | undefined;
  readonly rules: RulesInForce;
};

/** The rules that may count for a model in the order in which they are asked, and which of them counts. */
export function RuleOrder({ offer, groupId, rules = [] }: RuleOrderProps) {
  const { t, language } = useWords();
  const { scopeName, says } = useRuleWords();
  const byScope = new Map(rules.map((rule) => [scopeKey(rule), rule]));
  const isSettings = offer.priced && offer.rule_id === undefined;
  const margin = offer.lines[0]?.margin_percent;
  return (
    <>
      <p className="text-[13px] text-dim">{t('prices.whyText')}</p>
      <ol className="divide-y divide-line">
        {scopesFor(groupId, offer).map((scope) => {
          const rule = byScope.get(scopeKey(scope));
          return (
            <Step
              key={scopeKey(scope)}
              name={scopeName(scope)}
              says={rule && says(rule)}
              isInForce={rule !== undefined && rule.id === offer.rule_id}
            />
          );
        })}
        <Step
          // Their margin is told only where it counts.
          name={t('prices.settings')}
          says={
            isSettings && margin !== undefined ? t('prices.marginOf', { margin: marginPercent(margin, language) }) : ''
          }
          isInForce={isSettings}
        />
      </ol>
    </>
  );
}

type StepProps = { readonly name: string; readonly says: string | undefined; readonly isInForce: boolean };

function Step({ name, says, isInForce }: StepProps) {
  const { t } = useWords();
  return (
    <li
      aria-current={isInForce || undefined}
      className={`flex flex-wrap items-center gap-x-3 gap-y-1 py-2 ${isInForce ? 'font-medium' : 'text-dim'}`}
    >
      <span className="min-w-0 flex-1 wrap-anywhere">{name}</span>
      {isInForce && <Badge tone="good">{t('prices.inForce')}</Badge>}
      <span>{says ?? '–'}</span>
    </li>
  );
}
