import { type FormEvent, type ReactNode, useState } from 'react';
import type { Answer, CallError } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import { useToast } from '../../app/toasts.tsx';
import { count } from '../../format/amounts.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { AreaField, SelectField } from '../../ui/field.tsx';
import { optionalTextOf, problemOf } from '../../ui/form-fields.ts';
import { Notice, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { Preview } from './preview.tsx';
import { type NewRules, PRICES_CHANGED, RULES_MAX } from './types.ts';
import { useRuleWords } from './use-rules.ts';

type RuleDialogProps = {
  readonly title: string;
  /** What is to be set, from what was entered. */
  readonly rulesOf: (fields: FormData) => NewRules;
  /** Whether what the hub said of a part of the body is said beside its field. */
  readonly isBeside?: (param: string) => boolean;
  readonly onDone?: () => void;
  readonly onClose: () => void;
  readonly children: (error: CallError | null) => ReactNode;
};

type Looked = { readonly rules: NewRules; readonly preview: Answer<'previewPriceRules'> };

/** A form that changes prices: it shows what comes of it, asks why, and only then does it. */
export function RuleDialog(props: RuleDialogProps) {
  const { title, rulesOf, isBeside = () => false, onClose, children } = props;
  const { t, language } = useWords();
  const look = useChange('previewPriceRules', []);
  const [looked, setLooked] = useState<Looked>();
  const [amount, setAmount] = useState<number>();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const rules = rulesOf(new FormData(event.currentTarget));
    setAmount(rules.length);
    look.reset();
    if (rules.length === 0 || rules.length > RULES_MAX) return;
    look.mutate({ body: { rules } }, { onSuccess: (preview) => setLooked({ rules, preview }) });
  };
  const isSaid = look.error?.param !== undefined && isBeside(look.error.param);
  return (
    <Dialog title={title} onClose={onClose} isPanel>
      <form onSubmit={submit} hidden={looked !== undefined} className="flex flex-col gap-4">
        {children(look.error)}
        {amount === 0 && <Notice tone="calm">{t('prices.nothingToTakeBack')}</Notice>}
        {amount !== undefined && amount > RULES_MAX && (
          <Notice tone="bad">{t('prices.tooMany', { most: count(RULES_MAX, language) })}</Notice>
        )}
        {!isSaid && <Problem error={look.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('app.cancel')}</Button>
          <Button type="submit" look="primary" isBusy={look.isPending}>
            {t('prices.preview')}
          </Button>
        </div>
      </form>
      {looked !== undefined && <Apply {...props} looked={looked} onBack={() => setLooked(undefined)} />}
    </Dialog>
  );
}

type ApplyProps = Pick<RuleDialogProps, 'onDone' | 'onClose'> & {
  readonly looked: Looked;
  readonly onBack: () => void;
};

/** Sets the very rules that were looked at. */
function Apply({ looked: { rules, preview }, onDone, onClose, onBack }: ApplyProps) {
  const { t, language } = useWords();
  const toast = useToast();
  const add = useChange('addPriceRules', PRICES_CHANGED);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const reason = optionalTextOf(new FormData(event.currentTarget), 'reason');
    add.mutate(
      { body: { rules, ...(reason === undefined ? {} : { reason }) } },
      {
        onSuccess: ({ data }) => {
          const rulesSet = t('prices.rulesSet', { count: data.length, text: count(data.length, language) });
          const changed = t('prices.pricesChanged', {
            count: preview.changes,
            text: count(preview.changes, language),
          });
          toast(data.length === 0 ? t('prices.nothingSet') : t('prices.applied', { rules: rulesSet, prices: changed }));
          onDone?.();
          onClose();
        },
      },
    );
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Preview preview={preview} />
      <AreaField
        label={t('prices.reason')}
        name="reason"
        isOptional
        rows={2}
        maxLength={500}
        hint={t('prices.reasonHint')}
        problem={problemOf(add.error, 'reason')}
      />
      {add.error?.param !== 'reason' && <Problem error={add.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onBack}>{t('prices.back')}</Button>
        <Button type="submit" look="primary" isBusy={add.isPending}>
          {t('prices.apply')}
        </Button>
      </div>
    </form>
  );
}

/** For whom a rule is. */
export function GroupField({ groupId }: { readonly groupId: string | undefined }) {
  const { t } = useWords();
  const { groups } = useRuleWords();
  return (
    <SelectField
      // Its choice has to be there before it can be chosen.
      key={groups.length}
      label={t('prices.forWhom')}
      name="group"
      defaultValue={groupId ?? ''}
      hint={t('prices.forWhomHint')}
    >
      <option value="">{t('prices.everybody')}</option>
      {groups.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}

/** Waives that calls are charged what they cost at least. */
export function BelowCostField({ isAllowed = false }: { readonly isAllowed?: boolean }) {
  const { t } = useWords();
  return (
    <CheckField
      name="below_cost"
      defaultChecked={isAllowed}
      label={t('prices.allowBelow')}
      hint={t('prices.allowBelowHint')}
    />
  );
}
