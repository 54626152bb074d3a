import { Button } from '../../ui/button.tsx';
import { AreaField, TextField } from '../../ui/field.tsx';
import { useWords } from '../../words/index.ts';
import { isToolName, readSchema, type ToolDraft } from './settings.ts';

const TOOLS_MAX = 20;
const SCHEMA = '{\n  "type": "object",\n  "properties": {},\n  "required": []\n}';

type ToolFieldsProps = {
  readonly tools: readonly ToolDraft[];
  readonly onChange: (tools: readonly ToolDraft[]) => void;
};

/** Functions that the model may ask to be run. */
export function ToolFields({ tools, onChange }: ToolFieldsProps) {
  const { t } = useWords();
  const id = Math.max(0, ...tools.map((tool) => tool.id)) + 1;
  return (
    <div className="flex flex-col gap-4 pt-3">
      <p className="max-w-prose text-[13px] text-dim">{t('playground.toolsHint')}</p>
      {tools.map((tool) => (
        <Tool
          key={tool.id}
          tool={tool}
          isTwice={tools.some((other) => other.id !== tool.id && other.name === tool.name)}
          onChange={(changed) => onChange(tools.map((one) => (one.id === tool.id ? changed : one)))}
          onRemove={() => onChange(tools.filter((one) => one.id !== tool.id))}
        />
      ))}
      <div>
        <Button
          icon="plus"
          disabled={tools.length >= TOOLS_MAX}
          onClick={() => onChange([...tools, { id, name: `tool_${id}`, description: '', schema: SCHEMA }])}
        >
          {t('playground.addTool')}
        </Button>
      </div>
    </div>
  );
}

type ToolProps = {
  readonly tool: ToolDraft;
  readonly isTwice: boolean;
  readonly onChange: (tool: ToolDraft) => void;
  readonly onRemove: () => void;
};

function Tool({ tool, isTwice, onChange, onRemove }: ToolProps) {
  const { t } = useWords();
  const nameProblem = isTwice
    ? t('playground.toolTwice')
    : isToolName(tool.name)
      ? undefined
      : t('playground.toolName');
  return (
    <fieldset className="grid gap-3 border-t border-line pt-3 sm:grid-cols-2">
      <legend className="sr-only">{tool.name}</legend>
      <TextField
        label={t('app.name')}
        problem={nameProblem}
        value={tool.name}
        onChange={(event) => onChange({ ...tool, name: event.target.value })}
      />
      <TextField
        label={t('playground.toolAbout')}
        isOptional
        value={tool.description}
        onChange={(event) => onChange({ ...tool, description: event.target.value })}
      />
      <div className="sm:col-span-2">
        <AreaField
          label={t('playground.toolSchema')}
          problem={readSchema(tool.schema) === undefined ? t('playground.noSchema') : undefined}
          rows={5}
          value={tool.schema}
          onChange={(event) => onChange({ ...tool, schema: event.target.value })}
        />
      </div>
      <div>
        <Button look="quiet" icon="trash" onClick={onRemove}>
          {t('playground.removeTool', { name: tool.name })}
        </Button>
      </div>
    </fieldset>
  );
}
