import { CheckField } from '../../ui/check-field.tsx';
import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import { useWords } from '../../words/index.ts';
import { EFFORTS, type Parameter, readSchema, type Settings } from './settings.ts';
import { ToolFields } from './tool-fields.tsx';

const GROUP = 'rounded-xl border border-line bg-paper px-4 py-3';
const SCHEMA_EXAMPLE = '{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}';

type SettingsFieldsProps = {
  readonly settings: Settings;
  /** What the chosen models take; `undefined` where nobody knows. */
  readonly takes: readonly Parameter[] | undefined;
  readonly onChange: (settings: Settings) => void;
};

/** What a model is told beside the conversation; what is empty, or what the model does not take, is not sent. */
export function SettingsFields({ settings, takes, onChange }: SettingsFieldsProps) {
  const { t } = useWords();
  const set = (changes: Partial<Settings>): void => onChange({ ...settings, ...changes });
  const isTaken = (name: Parameter): boolean => takes?.includes(name) ?? true;
  const isWrong = settings.schema.trim() !== '' && readSchema(settings.schema) === undefined;
  return (
    <div className="flex flex-col gap-2">
      <details className={GROUP}>
        <summary className="font-medium">{t('playground.parameters')}</summary>
        <Parameters settings={settings} isTaken={isTaken} set={set} />
      </details>
      <details className={GROUP}>
        <summary className="font-medium">
          {t('playground.tools')}
          {settings.tools.length > 0 && ` (${settings.tools.length})`}
        </summary>
        <NotTaken isShown={!isTaken('tools')} />
        <ToolFields tools={settings.tools} onChange={(tools) => set({ tools })} />
      </details>
      <details className={GROUP}>
        <summary className="font-medium">{t('playground.structured')}</summary>
        <NotTaken isShown={!isTaken('response_format')} />
        <div className="flex flex-col gap-3 pt-3">
          <AreaField
            label={t('playground.schema')}
            hint={t('playground.schemaHint')}
            problem={isWrong ? t('playground.noSchema') : undefined}
            placeholder={SCHEMA_EXAMPLE}
            rows={6}
            value={settings.schema}
            onChange={(event) => set({ schema: event.target.value })}
          />
          <CheckField
            label={t('playground.strict')}
            hint={t('playground.strictHint')}
            checked={settings.isStrict}
            onChange={(event) => set({ isStrict: event.target.checked })}
          />
        </div>
      </details>
    </div>
  );
}

function NotTaken({ isShown }: { readonly isShown: boolean }) {
  const { t } = useWords();
  return isShown ? <p className="pt-3 text-[13px] text-warn">{t('playground.notTaken')}</p> : null;
}

type ParametersProps = {
  readonly settings: Settings;
  readonly isTaken: (name: Parameter) => boolean;
  readonly set: (changes: Partial<Settings>) => void;
};

function Parameters({ settings, isTaken, set }: ParametersProps) {
  const { t } = useWords();
  const taken = (name: Parameter) => (isTaken(name) ? {} : { disabled: true, hint: t('playground.notTaken') });
  return (
    <div className="grid gap-3 pt-3 sm:grid-cols-3">
      <div className="sm:col-span-3">
        <AreaField
          label={t('playground.system')}
          value={settings.system}
          onChange={(event) => set({ system: event.target.value })}
        />
      </div>
      <TextField
        label={t('playground.temperature')}
        type="number"
        min={0}
        max={2}
        step={0.1}
        {...taken('temperature')}
        value={settings.temperature}
        onChange={(event) => set({ temperature: event.target.value })}
      />
      <TextField
        label={t('playground.topP')}
        type="number"
        min={0}
        max={1}
        step={0.05}
        {...taken('top_p')}
        value={settings.topP}
        onChange={(event) => set({ topP: event.target.value })}
      />
      <TextField
        label={t('playground.maxTokens')}
        type="number"
        min={1}
        {...taken('max_tokens')}
        value={settings.maxTokens}
        onChange={(event) => set({ maxTokens: event.target.value })}
      />
      <TextField
        label={t('playground.seed')}
        type="number"
        {...taken('seed')}
        value={settings.seed}
        onChange={(event) => set({ seed: event.target.value })}
      />
      <SelectField
        label={t('playground.effort')}
        {...taken('reasoning_effort')}
        value={settings.effort}
        onChange={(event) => set({ effort: EFFORTS.find((one) => one === event.target.value) ?? '' })}
      >
        {EFFORTS.map((effort) => (
          <option key={effort} value={effort}>
            {effort === '' ? t('playground.effortDefault') : t(`playground.efforts.${effort}`)}
          </option>
        ))}
      </SelectField>
      <div className="sm:col-span-3">
        <AreaField
          label={t('playground.stopTexts')}
          hint={isTaken('stop') ? t('playground.stopHint') : t('playground.notTaken')}
          disabled={!isTaken('stop')}
          rows={2}
          value={settings.stop}
          onChange={(event) => set({ stop: event.target.value })}
        />
      </div>
    </div>
  );
}
