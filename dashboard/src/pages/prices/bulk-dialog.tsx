import { useState } from 'react';
import { useAsk } from '../../api/hooks.ts';
import { count } from '../../format/amounts.ts';
import { SelectField, TextField } from '../../ui/field.tsx';
import { optionalTextOf, textOf } from '../../ui/form-fields.ts';
import { useWords } from '../../words/index.ts';
import type { RulesInForce } from './marks.tsx';
import { BelowCostField, GroupField, RuleDialog } from './rule-dialog.tsx';
import { type ModelAt, marginProblem, type NewRules, scopeOf } from './types.ts';
import { useRuleWords } from './use-rules.ts';

const ABOUT = ['models', 'provider', 'all'] as const;
type About = (typeof ABOUT)[number];
const ACTS = ['margin', 'withdraw', 'withdrawModels'] as const;
type Act = (typeof ACTS)[number];

type BulkDialogProps = {
  /** Those that were selected. */
  readonly models: readonly ModelAt[];
  readonly rules: RulesInForce;
  readonly groupId: string | undefined;
  readonly provider: string | undefined;
  readonly onDone: () => void;
  readonly onClose: () => void;
};

/** Sets or takes back the prices of many models at once. */
export function BulkDialog({ models, rules, groupId, provider, onDone, onClose }: BulkDialogProps) {
  const { t, language } = useWords();
  const [about, setAbout] = useState<About>(models.length > 0 ? 'models' : provider === undefined ? 'all' : 'provider');
  const [act, setAct] = useState<Act>('margin');
  const acts = ACTS.filter((one) => about !== 'models' || one !== 'withdraw');
  const shown = acts.includes(act) ? act : 'margin';
  const rulesOf = (fields: FormData): NewRules => {
    const group = optionalTextOf(fields, 'group');
    const at = about === 'provider' ? { provider_id: textOf(fields, 'provider') } : {};
    if (shown === 'withdrawModels') {
      return ownRules(about === 'models' ? models : undefined, rules ?? [], group, at.provider_id);
    }
    const scopes = about === 'models' ? models.map((model) => scopeOf(group, model)) : [scopeOf(group, at)];
    if (shown === 'withdraw') return scopes.map((scope) => ({ ...scope, withdraw: true }));
    const says = {
      margin_percent: textOf(fields, 'margin'),
      ...(fields.has('below_cost') ? { allow_below_cost: true } : {}),
    };
    return scopes.map((scope) => ({ ...scope, ...says }));
  };
  return (
    <RuleDialog
      title={t('prices.bulkTitle')}
      rulesOf={rulesOf}
      isBeside={(param) => shown === 'margin' && param.startsWith('rules')}
      onDone={onDone}
      onClose={onClose}
    >
      {(error) => (
        <>
          <SelectField
            label={t('prices.whichModels')}
            value={about}
            onChange={(event) => setAbout(ABOUT.find((one) => one === event.target.value) ?? 'all')}
          >
            {models.length > 0 && (
              <option value="models">
                {t('prices.selected', { count: models.length, text: count(models.length, language) })}
              </option>
            )}
            <option value="provider">{t('prices.ofProvider')}</option>
            <option value="all">{t('prices.allModels')}</option>
          </SelectField>
          {about === 'provider' && <ProviderField provider={provider} />}
          <GroupField groupId={groupId} />
          <SelectField
            label={t('prices.whatToDo')}
            value={shown}
            onChange={(event) => setAct(acts.find((one) => one === event.target.value) ?? 'margin')}
            hint={t(`prices.actHints.${about === 'models' && shown === 'margin' ? 'marginModels' : shown}`)}
          >
            {acts.map((one) => (
              <option key={one} value={one}>
                {t(`prices.acts.${one}`)}
              </option>
            ))}
          </SelectField>
          {shown === 'margin' && (
            <>
              <MarginField problem={marginProblem(error)} />
              <BelowCostField />
            </>
          )}
        </>
      )}
    </RuleDialog>
  );
}

/** Takes back what is said of single models: of these, or of all of a provider. */
function ownRules(
  models: readonly ModelAt[] | undefined,
  rules: NonNullable<RulesInForce>,
  groupId: string | undefined,
  providerId: string | undefined,
): NewRules {
  const isMeant = ({ provider_id, model }: Partial<ModelAt>): boolean =>
    models === undefined
      ? providerId === undefined || provider_id === providerId
      : models.some((one) => one.provider_id === provider_id && one.model === model);
  return rules
    .filter((rule) => rule.customer_group_id === groupId && rule.model !== undefined && isMeant(rule))
    .map(({ provider_id, model }) => ({ ...scopeOf(groupId, { provider_id, model }), withdraw: true }));
}

function ProviderField({ provider }: { readonly provider: string | undefined }) {
  const { t } = useWords();
  const { providerName } = useRuleWords();
  const asked = useAsk('listChargedPrices', { query: { limit: 1 } });
  const providers = asked.data?.providers ?? [];
  return (
    <SelectField
      // Its choice has to be there before it can be chosen.
      key={providers.length}
      label={t('prices.provider')}
      name="provider"
      required
      defaultValue={provider}
    >
      {providers.map((id) => (
        <option key={id} value={id}>
          {providerName(id)}
        </option>
      ))}
    </SelectField>
  );
}

type MarginFieldProps = { readonly problem: string | undefined; readonly initially?: string | undefined };

export function MarginField({ problem, initially }: MarginFieldProps) {
  const { t } = useWords();
  return (
    <TextField
      label={t('prices.marginPercent')}
      name="margin"
      inputMode="decimal"
      required
      maxLength={12}
      defaultValue={initially}
      hint={t('prices.marginHint')}
      problem={problem}
    />
  );
}
