import { useState } from 'react';
import { useAsk } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import type { ChargedPrice, PriceRule } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Id } from '../../ui/id.tsx';
import { Loading, Notice, Problem } from '../../ui/parts.tsx';
import { Section } from '../../ui/section.tsx';
import { useWords } from '../../words/index.ts';
import { ChargedLines } from './charged-lines.tsx';
import { type RulesInForce, useMarks } from './marks.tsx';
import { BelowCostDialog, CostDialog, ListDialog, MarginDialog, TakeBackDialog } from './model-dialogs.tsx';
import { RuleOrder } from './rule-order.tsx';
import { Timeline } from './timeline.tsx';
import { type ModelAt, modelNamed, scopeKey, scopeOf } from './types.ts';
import { useRuleWords } from './use-rules.ts';

type PanelProps = {
  /** `provider/model` */
  readonly name: string;
  readonly groupId: string | undefined;
  readonly rules: RulesInForce;
  readonly onClose: () => void;
};

/** What one model costs and what is charged for it, why, and how that came to be; with an address of its own. */
export function ModelPanel({ name, groupId, rules, onClose }: PanelProps) {
  const { t } = useWords();
  const at = modelNamed(name);
  const asked = useAsk('listChargedPrices', {
    query: {
      provider_id: at.provider_id,
      search: at.model,
      limit: 500,
      ...(groupId === undefined ? {} : { customer_group_id: groupId }),
    },
  });
  const offer = asked.data?.data.find(({ model }) => model === at.model);
  return (
    <Dialog isPanel title={at.model} onClose={onClose}>
      <Problem error={asked.error} onRetry={() => void asked.refetch()} />
      {asked.data === undefined && asked.error === null && <Loading rows={10} />}
      {asked.data !== undefined && offer === undefined && <Notice tone="warn">{t('prices.notCallable')}</Notice>}
      {offer !== undefined && <Detail offer={offer} groupId={groupId} rules={rules} />}
      {asked.data !== undefined && (
        <Section title={t('prices.history')}>
          <Timeline model={at} />
        </Section>
      )}
    </Dialog>
  );
}

type DetailProps = Omit<PanelProps, 'name' | 'onClose'> & { readonly offer: ChargedPrice };

function Detail({ offer, groupId, rules }: DetailProps) {
  const { t } = useWords();
  const marks = useMarks(rules);
  const { groupName, providerName } = useRuleWords();
  return (
    <>
      {marks(offer)}
      <Facts
        facts={[
          { name: t('models.upstreamModel'), value: <Id text={offer.model} /> },
          { name: t('prices.provider'), value: providerName(offer.provider_id) },
          { name: t('prices.asPaidBy'), value: groupName(groupId) },
        ]}
      />
      <Actions offer={offer} groupId={groupId} rules={rules} />
      <Section title={t('prices.lines')}>
        <ChargedLines offer={offer} />
      </Section>
      <Section title={t('prices.why')}>
        <RuleOrder offer={offer} groupId={groupId} rules={rules} />
      </Section>
    </>
  );
}

type Open = 'margin' | 'list' | 'take-back' | 'below-cost' | 'cost';

function Actions({ offer, groupId, rules }: DetailProps) {
  const { t } = useWords();
  const [open, setOpen] = useState<Open>();
  const own = rules?.find((rule) => scopeKey(rule) === scopeKey(scopeOf(groupId, offer)));
  const inForce = rules?.find(({ id }) => id === offer.rule_id);
  const list = inForce?.kind === 'list' ? inForce : undefined;
  const close = (): void => setOpen(undefined);
  const all = { offer, groupId, onClose: close };
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => setOpen('margin')}>{t('prices.setMargin')}</Button>
        <Button onClick={() => setOpen('list')}>{t('prices.setList')}</Button>
        {own !== undefined && (
          <Button look="danger" onClick={() => setOpen('take-back')}>
            {t('prices.takeBack')}
          </Button>
        )}
        <Button onClick={() => setOpen('cost')}>{t('prices.setCost')}</Button>
      </div>
      {list !== undefined && <BelowCost offer={offer} list={list} onOpen={() => setOpen('below-cost')} />}
      {open === 'margin' && <MarginDialog {...all} rule={own} />}
      {open === 'list' && <ListDialog {...all} />}
      {open === 'take-back' && <TakeBackDialog {...all} />}
      {open === 'below-cost' && list !== undefined && <BelowCostDialog {...all} rule={list} />}
      {open === 'cost' && <Cost model={offer} cardId={offer.rate_card_id} onClose={close} />}
    </div>
  );
}

type CostProps = { readonly model: ModelAt; readonly cardId: string | undefined; readonly onClose: () => void };

/** Opens with the card that is in force, once it is known. */
function Cost({ model: { provider_id, model }, cardId, onClose }: CostProps) {
  const { rows } = useRows('listPriceHistory', { provider_id, model, limit: 500 });
  if (rows === undefined) return null;
  const card = rows.find(({ id }) => id === cardId);
  return <CostDialog model={{ provider_id, model }} card={card} onClose={onClose} />;
}

type BelowCostProps = { readonly offer: ChargedPrice; readonly list: PriceRule; readonly onOpen: () => void };

/** What a list below cost comes to, and the way to the other. */
function BelowCost({ offer, list, onOpen }: BelowCostProps) {
  const { t } = useWords();
  if (!offer.below_cost && !list.allow_below_cost) return null;
  return (
    <Notice tone="warn">
      <p>{t(list.allow_below_cost ? 'prices.isAllowedBelow' : 'prices.isChargedCost')}</p>
      <Button className="mt-2" onClick={onOpen}>
        {t(list.allow_below_cost ? 'prices.chargeCost' : 'prices.allowBelow')}
      </Button>
    </Notice>
  );
}
