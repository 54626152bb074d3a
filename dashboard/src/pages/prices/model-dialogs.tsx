import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import type { ChargedPrice, PriceRule, RateCard } from '../../api/types.ts';
import { useToast } from '../../app/toasts.tsx';
import { price } from '../../format/amounts.ts';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { optionalTextOf, textOf } from '../../ui/form-fields.ts';
import { useWords } from '../../words/index.ts';
import { MarginField } from './bulk-dialog.tsx';
import { type Draft, draftOf, FIRST_DRAFTS, LineEditor, lineOf, lineProblem } from './line-editor.tsx';
import { BelowCostField, GroupField, RuleDialog } from './rule-dialog.tsx';
import { type ModelAt, marginProblem, type NewRule, PRICES_CHANGED, placeOf, scopeOf } from './types.ts';

type OfModel = {
  readonly offer: ChargedPrice;
  readonly groupId: string | undefined;
  readonly onClose: () => void;
};

/** A margin of one model’s own. */
export function MarginDialog({ offer, groupId, rule, onClose }: OfModel & { readonly rule: PriceRule | undefined }) {
  const { t } = useWords();
  return (
    <RuleDialog
      title={t('prices.setMargin')}
      isBeside={(param) => param.startsWith('rules')}
      rulesOf={(fields) => [
        {
          ...scopeOf(optionalTextOf(fields, 'group'), offer),
          margin_percent: textOf(fields, 'margin'),
          ...(fields.has('below_cost') ? { allow_below_cost: true } : {}),
        },
      ]}
      onClose={onClose}
    >
      {(error) => (
        <>
          <GroupField groupId={groupId} />
          <MarginField initially={rule?.margin_percent} problem={marginProblem(error)} />
          <BelowCostField isAllowed={rule?.allow_below_cost ?? false} />
        </>
      )}
    </RuleDialog>
  );
}

/** A list of one model’s own, which begins as what is charged now. */
export function ListDialog({ offer, groupId, onClose }: OfModel) {
  const { t, language } = useWords();
  const [drafts, setDrafts] = useState(() =>
    draftsOf(offer, (usd) => t('prices.costs', { cost: price(usd, language) })),
  );
  return (
    <RuleDialog
      title={t('prices.setList')}
      isBeside={(param) => /\bprices\.\d+\./.test(param)}
      rulesOf={(fields) => [
        {
          ...scopeOf(optionalTextOf(fields, 'group'), offer),
          prices: drafts.map((draft) => ({ ...lineOf(draft), credits_per_million: draft.amount.trim() })),
          ...(fields.has('below_cost') ? { allow_below_cost: true } : {}),
        },
      ]}
      onClose={onClose}
    >
      {(error) => (
        <>
          <p className="text-dim">{t('prices.setListText')}</p>
          <GroupField groupId={groupId} />
          <LineEditor
            drafts={drafts}
            amountLabel={t('prices.creditsPerMillion')}
            problemOf={(index) => lineProblem(error, index)}
            onChange={setDrafts}
          />
          <BelowCostField isAllowed={offer.listed && !offer.charges_cost_at_least} />
        </>
      )}
    </RuleDialog>
  );
}

function draftsOf({ lines }: ChargedPrice, note: (usd: string) => string): readonly Draft[] {
  if (lines.length === 0) return FIRST_DRAFTS;
  return lines.map((line, key) =>
    draftOf(line, {
      key,
      amount: line.credits_per_million,
      note: line.usd_per_million === undefined ? undefined : note(line.usd_per_million),
    }),
  );
}

/** Takes back what is said of this model. */
export function TakeBackDialog({ offer, groupId, onClose }: OfModel) {
  const { t } = useWords();
  return (
    <RuleDialog
      title={t('prices.takeBack')}
      rulesOf={() => [{ ...scopeOf(groupId, offer), withdraw: true }]}
      onClose={onClose}
    >
      {() => <p>{t('prices.takeBackText')}</p>}
    </RuleDialog>
  );
}

/** The same list, with its price allowed below cost, or not any more. */
export function BelowCostDialog({ offer, rule, onClose }: OfModel & { readonly rule: PriceRule }) {
  const { t } = useWords();
  const isAllowing = !rule.allow_below_cost;
  return (
    <RuleDialog
      title={t(isAllowing ? 'prices.allowBelow' : 'prices.chargeCost')}
      rulesOf={() => [sameList(rule, isAllowing)]}
      onClose={onClose}
    >
      {() => <p>{t(isAllowing ? 'prices.allowBelowText' : 'prices.chargeCostText', { model: offer.model })}</p>}
    </RuleDialog>
  );
}

function sameList({ customer_group_id, provider_id, model, prices = [] }: PriceRule, isAllowed: boolean): NewRule {
  return {
    ...scopeOf(customer_group_id, { provider_id, model }),
    prices: prices.map((line) => ({ ...placeOf(line), credits_per_million: line.credits_per_million })),
    ...(isAllowed ? { allow_below_cost: true } : {}),
  };
}

type CostDialogProps = {
  readonly model: ModelAt;
  /** What is in force. */
  readonly card: RateCard | undefined;
  readonly onClose: () => void;
};

/** What the model costs the operator, where no catalogue knows it or it is another price that was agreed. */
export function CostDialog({ model: { provider_id, model }, card, onClose }: CostDialogProps) {
  const { t } = useWords();
  const toast = useToast();
  const set = useChange('setPrice', PRICES_CHANGED);
  const [drafts, setDrafts] = useState(() => costDraftsOf(card));
  const isBeside = set.error?.param !== undefined && /^prices\.\d+\./.test(set.error.param);
  return (
    <FormDialog
      title={t('prices.setCost')}
      action={t('app.save')}
      isPanel
      error={isBeside ? null : set.error}
      isBusy={set.isPending}
      onSubmit={() =>
        set.mutate(
          {
            body: {
              provider_id,
              model,
              prices: drafts.map((draft) => ({ ...lineOf(draft), usd_per_million: draft.amount.trim() })),
            },
          },
          {
            onSuccess: () => {
              toast(t('prices.costSet'));
              onClose();
            },
          },
        )
      }
      onClose={onClose}
    >
      <p className="text-dim">{t('prices.setCostText')}</p>
      <LineEditor
        drafts={drafts}
        amountLabel={t('prices.dollarsPerMillion')}
        problemOf={(index) => lineProblem(set.error, index)}
        onChange={setDrafts}
      />
    </FormDialog>
  );
}

function costDraftsOf(card: RateCard | undefined): readonly Draft[] {
  if (card === undefined || card.prices.length === 0) return FIRST_DRAFTS;
  return card.prices.map((line, key) => draftOf(line, { key, amount: line.usd_per_million, note: undefined }));
}
