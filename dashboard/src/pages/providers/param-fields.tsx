import type { CallError } from '../../api/call.ts';
import { useAsk } from '../../api/hooks.ts';
import type { Json, Provider } from '../../api/types.ts';
import { fieldProblem } from '../../app/form.ts';
import { TextField } from '../../ui/field.tsx';
import { useWords } from '../../words/index.ts';

/** What the base URL of a provider leaves open, such as the region, with what the catalogue says of each. */
export function ParamFields({
  provider,
  isNeeded,
  error,
}: {
  readonly provider: Provider;
  readonly isNeeded: boolean;
  readonly error: CallError | null;
}) {
  const { t } = useWords();
  const document = useAsk('getProvider', { params: { provider_id: provider.id } }).data?.document;
  return provider.params.map((name) => {
    const said = at(at(document, 'params'), name);
    const example = at(said, 'example');
    const description = at(said, 'description');
    return (
      <TextField
        key={name}
        label={name}
        name={`param.${name}`}
        required={isNeeded}
        isOptional={!isNeeded}
        hint={typeof description === 'string' ? description : undefined}
        placeholder={typeof example === 'string' ? t('providers.forExample', { example }) : undefined}
        problem={fieldProblem(error, `params.${name}`)}
      />
    );
  });
}

function at(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return new Map(Object.entries(value)).get(name);
}
