import { SmallSelect } from '../../ui/field.tsx';
import { useWords } from '../../words/index.ts';

type ModelChoiceProps = {
  readonly models: readonly string[];
  readonly value: string;
  readonly onChange: (model: string) => void;
};

export function ModelChoice({ models, value, onChange }: ModelChoiceProps) {
  const { t } = useWords();
  return (
    <SmallSelect label={t('playground.model')} isWide value={value} onChange={(event) => onChange(event.target.value)}>
      {(models.includes(value) ? models : [value, ...models]).map((model) => (
        <option key={model}>{model}</option>
      ))}
    </SmallSelect>
  );
}
