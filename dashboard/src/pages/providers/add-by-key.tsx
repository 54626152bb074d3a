import { type FormEvent, useState } from 'react';
import type { Taken } from '../../api/call.ts';
import { useAsk, useChange } from '../../api/hooks.ts';
import type { Provider } from '../../api/types.ts';
import { fieldProblem } from '../../app/form.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { textOf } from '../../ui/form-fields.ts';
import { Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { CHANGED } from './changed.ts';
import { ChooseProvider } from './choose-provider.tsx';
import { Connected } from './connected.tsx';
import { ParamFields } from './param-fields.tsx';
import { PolicyField, policyOf } from './policy-field.tsx';

/** Connects a provider of the catalogue: choose it, give the key, see what was found. */
export function AddByKey({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWords();
  const [provider, setProvider] = useState<Provider>();
  const connect = useChange('createConnection', CHANGED);
  if (connect.data !== undefined) {
    return (
      <Dialog title={t('providers.connectedTitle', { name: connect.data.connection.name })} onClose={onClose}>
        <Connected created={connect.data} onClose={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog title={provider === undefined ? t('providers.add') : provider.name} onClose={onClose}>
      {provider === undefined ? (
        <ChooseProvider onChoose={setProvider} />
      ) : (
        <ConnectForm
          provider={provider}
          connect={connect}
          onBack={() => {
            connect.reset();
            setProvider(undefined);
          }}
        />
      )}
    </Dialog>
  );
}

type Connect = ReturnType<typeof useChange<'createConnection'>>;

function ConnectForm({
  provider,
  connect,
  onBack,
}: {
  readonly provider: Provider;
  readonly connect: Connect;
  readonly onBack: () => void;
}) {
  const { t } = useWords();
  const present = useAsk('listConnections', { query: { limit: 200 } });
  const [ownAddress, setOwnAddress] = useState<string>();
  const hasParams = provider.params.length > 0;
  const names = present.data?.data.map(({ name }) => name);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    connect.mutate({ body: bodyOf(provider, new FormData(event.currentTarget)) });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <p className="text-dim">
        <a className="text-accent underline" href={provider.docs} target="_blank" rel="noreferrer">
          {t('providers.docs')}
        </a>
      </p>
      {hasParams && <ParamFields provider={provider} isNeeded={(ownAddress ?? '') === ''} error={connect.error} />}
      <TextField
        label={t('providers.secret')}
        name="secret"
        type="password"
        autoFocus
        required={provider.needs_credential}
        isOptional={!provider.needs_credential}
        hint={t('providers.secretHint')}
        problem={fieldProblem(connect.error, 'secret', 'credential.secret', 'credential')}
      />
      <TextField
        // The name that is proposed depends on the names that are taken, which are known a moment later.
        key={names === undefined ? 'unknown' : 'known'}
        label={t('app.name')}
        name="name"
        required
        defaultValue={freeName(provider.id, names ?? [])}
        hint={t('providers.nameHint')}
        problem={fieldProblem(connect.error, 'name')}
      />
      <TextField
        label={t('providers.baseUrl')}
        name="base_url"
        type="url"
        required={!hasParams}
        isOptional={hasParams}
        value={ownAddress ?? (hasParams ? '' : provider.base_url)}
        onChange={(event) => setOwnAddress(event.target.value)}
        hint={hasParams ? t('providers.baseUrlInstead') : t('providers.baseUrlHint')}
        problem={fieldProblem(connect.error, 'base_url', 'baseUrl')}
      />
      <PolicyField defaultValue="enabled" />
      <Problem error={connect.error} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onBack}>{t('providers.otherProvider')}</Button>
        <Button type="submit" look="primary" isBusy={connect.isPending}>
          {connect.isPending ? t('providers.connecting') : t('providers.connect')}
        </Button>
      </div>
    </form>
  );
}

function bodyOf(provider: Provider, fields: FormData): Taken<'createConnection'>['body'] {
  const secret = textOf(fields, 'secret');
  const address = textOf(fields, 'base_url');
  const isOwn = address !== '' && address !== provider.base_url;
  const params = Object.fromEntries(provider.params.map((name) => [name, textOf(fields, `param.${name}`)]));
  return {
    provider_id: provider.id,
    name: textOf(fields, 'name'),
    new_model_policy: policyOf(fields),
    ...(isOwn ? { base_url: address } : provider.params.length > 0 ? { params } : {}),
    ...(secret === '' ? {} : { credential: { secret } }),
  };
}

/** The provider's id, or with the first number behind it that makes it free. */
function freeName(id: string, taken: readonly string[]): string {
  let name = id;
  for (let number = 2; taken.includes(name); number += 1) name = `${id}-${number}`;
  return name;
}
