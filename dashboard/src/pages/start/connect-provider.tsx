import { type FormEvent, useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { textOf } from '../../ui/form-fields.ts';
import { Notice, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

/** Providers that most people begin with come first. */
const FIRST = ['openai', 'anthropic', 'google', 'openrouter', 'deepseek', 'xai', 'amazon-bedrock', 'ollama'];

/** Pastes a key: the hub tries it and lists the provider's models. */
export function ConnectProvider({ isFirst }: { readonly isFirst: boolean }) {
  const { t } = useWords();
  const providers = useAsk('listProviders', { query: { limit: 200 } });
  const connect = useChange('createConnection', ['listConnections', 'listModels', 'listCallableModels']);
  const [providerId, setProviderId] = useState('openai');
  const known = providers.data?.data ?? [];
  const rank = (id: string): number => (FIRST.includes(id) ? FIRST.indexOf(id) : FIRST.length);
  const sorted = known.toSorted((a, b) => rank(a.id) - rank(b.id) || a.name.localeCompare(b.name));
  const provider = known.find(({ id }) => id === providerId);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    const fields = new FormData(form);
    const secret = textOf(fields, 'secret');
    const params = Object.fromEntries((provider?.params ?? []).map((name) => [name, textOf(fields, `param.${name}`)]));
    connect.mutate(
      {
        body: {
          provider_id: providerId,
          ...(secret === '' ? {} : { credential: { secret } }),
          ...(Object.keys(params).length === 0 ? {} : { params }),
        },
      },
      { onSuccess: () => form.reset() },
    );
  };
  const refresh = connect.data?.refresh;
  return (
    <form onSubmit={submit} className="flex max-w-xl flex-col gap-3">
      <SelectField
        label={t('start.chooseProvider')}
        value={providerId}
        onChange={(event) => {
          setProviderId(event.target.value);
          connect.reset();
        }}
      >
        {sorted.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      {provider?.needs_credential !== false && (
        <TextField
          label={t('start.providerKey')}
          name="secret"
          type="password"
          required
          autoComplete="off"
          autoFocus={isFirst}
        />
      )}
      {provider?.params.map((name) => (
        <TextField key={name} label={name} name={`param.${name}`} required />
      ))}
      <div>
        <Button type="submit" look="primary" isBusy={connect.isPending}>
          {connect.isPending ? t('start.connecting') : t('start.connect')}
        </Button>
      </div>
      <Problem error={connect.error ?? providers.error} />
      {refresh !== undefined && (
        <Notice tone={refresh.error === undefined ? 'good' : 'warn'}>
          {refresh.error === undefined
            ? t('start.found', { count: refresh.added.length })
            : t('start.refreshFailed', { reason: refresh.error })}
        </Notice>
      )}
    </form>
  );
}
