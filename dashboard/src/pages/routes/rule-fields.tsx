import type { CallError } from '../../api/call.ts';
import type { Route } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import { problemOf } from '../../ui/form-fields.ts';
import { useWords } from '../../words/index.ts';
import { type Condition, conditionOf, KINDS, type Kind, whenOf } from './conditions.ts';
import { readTiers, writeTiers } from './targets.ts';

type Rule = Route['rules'][number];

/** A rule as it is being written. */
export type RuleDraft = {
  readonly id: number;
  readonly rule: Rule | undefined;
  readonly condition: Condition;
  readonly targets: string;
};

export function draftOf(rule: Rule, id: number): RuleDraft {
  const condition = conditionOf(rule.when);
  return {
    id,
    // What this form cannot show stays as it is.
    rule: condition === undefined ? rule : undefined,
    condition: condition ?? { kind: 'tags', name: '', values: '' },
    targets: writeTiers(rule.tiers),
  };
}

export function ruleOf({ rule, condition, targets }: RuleDraft): Rule {
  return rule === undefined
    ? { when: whenOf(condition), tiers: readTiers(targets, []) }
    : { ...rule, tiers: readTiers(targets, rule.tiers) };
}

type RuleFieldsProps = {
  readonly drafts: readonly RuleDraft[];
  readonly error: CallError | null;
  readonly onChange: (drafts: readonly RuleDraft[]) => void;
};

/** The rules of a route, each with one condition and who serves what fits it. */
export function RuleFields({ drafts, error, onChange }: RuleFieldsProps) {
  const { t } = useWords();
  const change = (id: number, changes: Partial<RuleDraft>): void =>
    onChange(drafts.map((draft) => (draft.id === id ? { ...draft, ...changes } : draft)));
  const add = (): void => {
    const id = Math.max(-1, ...drafts.map((draft) => draft.id)) + 1;
    onChange([...drafts, { id, rule: undefined, condition: { kind: 'tags', name: '', values: '' }, targets: '' }]);
  };
  return (
    <>
      <p className="text-[13px] text-dim">{t('routes.rulesHint')}</p>
      {drafts.map((draft, index) => (
        <fieldset key={draft.id} className="flex flex-col gap-3 rounded-lg border border-line p-3">
          <legend className="px-1 text-[13px] text-dim">{t('routes.rule', { count: index + 1 })}</legend>
          {draft.rule === undefined ? (
            <ConditionFields
              condition={draft.condition}
              problem={problemOf(error, `rules.${index}.when`)}
              onChange={(condition) => change(draft.id, { condition })}
            />
          ) : (
            <p className="text-dim">{t('routes.manyConditions')}</p>
          )}
          <AreaField
            label={t('routes.targets')}
            rows={2}
            required
            value={draft.targets}
            onChange={(event) => change(draft.id, { targets: event.target.value })}
            problem={problemOf(error, `rules.${index}.tiers`)}
          />
          <div>
            <Button
              icon="trash"
              label={t('routes.ruleRemove', { count: index + 1 })}
              onClick={() => onChange(drafts.filter(({ id }) => id !== draft.id))}
            />
          </div>
        </fieldset>
      ))}
      <div>
        <Button icon="plus" onClick={add}>
          {t('routes.ruleAdd')}
        </Button>
      </div>
    </>
  );
}

type ConditionFieldsProps = {
  readonly condition: Condition;
  readonly problem: string | undefined;
  readonly onChange: (condition: Condition) => void;
};

function ConditionFields({ condition, problem, onChange }: ConditionFieldsProps) {
  const { t } = useWords();
  const { kind, name, values } = condition;
  const isNamed = kind === 'tags' || kind === 'headers';
  const isSwitch = kind === 'tools' || kind === 'images';
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <SelectField
        label={t('routes.ruleWhen')}
        value={kind}
        onChange={(event) => onChange({ ...condition, kind: kindOf(event.target.value) })}
      >
        {KINDS.map((each) => (
          <option key={each} value={each}>
            {t(`routes.kinds.${each}`)}
          </option>
        ))}
      </SelectField>
      {isNamed && (
        <TextField
          label={t('routes.ruleName')}
          required
          value={name}
          maxLength={256}
          onChange={(event) => onChange({ ...condition, name: event.target.value })}
        />
      )}
      {!isSwitch && (
        <TextField
          label={t('routes.ruleValues')}
          hint={kind.startsWith('input') ? undefined : t('routes.ruleValuesHint')}
          required
          value={values}
          onChange={(event) => onChange({ ...condition, values: event.target.value })}
          problem={problem}
        />
      )}
    </div>
  );
}

function kindOf(value: string): Kind {
  return KINDS.find((kind) => kind === value) ?? 'tags';
}
