import type { Connection } from '../../api/types.ts';
import { SelectField } from '../../ui/field.tsx';
import { useWords } from '../../words/index.ts';

const POLICIES = [
  'enabled',
  'hidden',
  'awaiting_approval',
] as const satisfies readonly Connection['new_model_policy'][];

/** What becomes of a model that a listing finds for the first time. */
export function PolicyField({ defaultValue }: { readonly defaultValue: Connection['new_model_policy'] }) {
  const { t } = useWords();
  return (
    <SelectField
      label={t('providers.newModels')}
      name="policy"
      defaultValue={defaultValue}
      hint={t('providers.newModelsHint')}
    >
      {POLICIES.map((policy) => (
        <option key={policy} value={policy}>
          {t(`providers.policies.${policy}`)}
        </option>
      ))}
    </SelectField>
  );
}

export function policyOf(fields: FormData): Connection['new_model_policy'] {
  return POLICIES.find((policy) => policy === fields.get('policy')) ?? 'enabled';
}
