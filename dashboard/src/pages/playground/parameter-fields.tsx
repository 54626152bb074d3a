import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import { useWords } from '../../words/index.ts';
import type { Parameters } from './use-chat.ts';

const EFFORTS = ['', 'low', 'medium', 'high'] as const;

type ParameterFieldsProps = { readonly parameters: Parameters; readonly onChange: (parameters: Parameters) => void };

/** What a model is told beside the conversation; an empty field is not sent. */
export function ParameterFields({ parameters, onChange }: ParameterFieldsProps) {
  const { t } = useWords();
  return (
    <details className="rounded-xl border border-line bg-paper px-4 py-3">
      <summary className="font-medium">{t('playground.parameters')}</summary>
      <div className="grid gap-3 pt-3 sm:grid-cols-3">
        <div className="sm:col-span-3">
          <AreaField
            label={t('playground.system')}
            value={parameters.system}
            onChange={(event) => onChange({ ...parameters, system: event.target.value })}
          />
        </div>
        <TextField
          label={t('playground.temperature')}
          type="number"
          min={0}
          max={2}
          step={0.1}
          value={parameters.temperature}
          onChange={(event) => onChange({ ...parameters, temperature: event.target.value })}
        />
        <TextField
          label={t('playground.maxTokens')}
          type="number"
          min={1}
          value={parameters.maxTokens}
          onChange={(event) => onChange({ ...parameters, maxTokens: event.target.value })}
        />
        <SelectField
          label={t('playground.effort')}
          value={parameters.effort}
          onChange={(event) =>
            onChange({ ...parameters, effort: EFFORTS.find((one) => one === event.target.value) ?? '' })
          }
        >
          {EFFORTS.map((effort) => (
            <option key={effort} value={effort}>
              {effort === '' ? t('playground.effortDefault') : t(`playground.efforts.${effort}`)}
            </option>
          ))}
        </SelectField>
      </div>
    </details>
  );
}
