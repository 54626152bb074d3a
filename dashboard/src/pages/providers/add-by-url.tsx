import { type FormEvent, useState } from 'react';
import { type Answer, CallError, type OperationId } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import { fieldProblem } from '../../app/form.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { textOf } from '../../ui/form-fields.ts';
import { Badge, Notice, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { CHANGED } from './changed.ts';
import { Connected } from './connected.tsx';
import { TestResults } from './test-report.tsx';

type Probe = Answer<'probeServer'>;

const MODELS_SHOWN = 30;
const CATALOGUE: readonly OperationId[] = ['listProviders', 'getProvider'];

/** Connects a server that no catalogue knows: the hub finds out what it speaks. */
export function AddByUrl({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWords();
  const [secret, setSecret] = useState('');
  const probe = useChange('probeServer', []);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const address = textOf(new FormData(event.currentTarget), 'base_url');
    probe.mutate({ body: { base_url: address, ...(secret === '' ? {} : { secret }) } });
  };
  return (
    <Dialog isPanel title={t('providers.addByUrl')} onClose={onClose}>
      <p className="text-dim">{t('providers.addByUrlText')}</p>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          label={t('providers.baseUrl')}
          name="base_url"
          type="url"
          required
          autoFocus
          placeholder="https://models.example.com/v1"
          onChange={() => probe.reset()}
          problem={fieldProblem(probe.error, 'base_url', 'baseUrl')}
        />
        <TextField
          label={t('providers.secret')}
          type="password"
          isOptional
          value={secret}
          hint={t('providers.secretHint')}
          onChange={(event) => {
            setSecret(event.target.value);
            probe.reset();
          }}
          problem={fieldProblem(probe.error, 'secret')}
        />
        <div>
          <Button type="submit" look={probe.data === undefined ? 'primary' : 'plain'} isBusy={probe.isPending}>
            {probe.isPending ? t('providers.probing') : t('providers.probe')}
          </Button>
        </div>
      </form>
      <Problem error={probe.error} />
      {probe.data !== undefined && <Probed probe={probe.data} secret={secret} onClose={onClose} />}
    </Dialog>
  );
}

type ProbedProps = { readonly probe: Probe; readonly secret: string; readonly onClose: () => void };

function Probed({ probe, secret, onClose }: ProbedProps) {
  const { t } = useWords();
  const { dialect, models, results, proposed_entry: entry } = probe;
  return (
    <section className="flex flex-col gap-4 border-t border-line pt-4" aria-label={t('providers.probed')}>
      {dialect === undefined || entry === undefined ? (
        <Notice tone="warn">{t('providers.notRecognised')}</Notice>
      ) : (
        <Notice tone="good">{t('providers.recognised', { dialect })}</Notice>
      )}
      <TestResults results={results} />
      {models.length > 0 && (
        <div>
          <h3 className="mb-2 font-medium">{t('providers.foundCount', { count: models.length })}</h3>
          <ul className="flex flex-wrap gap-1.5">
            {models.slice(0, MODELS_SHOWN).map((model) => (
              <li key={model} className="max-w-full overflow-hidden">
                <Badge>{model}</Badge>
              </li>
            ))}
            {models.length > MODELS_SHOWN && (
              <li className="text-dim">{t('providers.andMore', { count: models.length - MODELS_SHOWN })}</li>
            )}
          </ul>
        </div>
      )}
      {entry !== undefined && <ApplyProposed entry={entry} secret={secret} onClose={onClose} />}
    </section>
  );
}

function ApplyProposed({
  entry,
  secret,
  onClose,
}: {
  readonly entry: NonNullable<Probe['proposed_entry']>;
  readonly secret: string;
  readonly onClose: () => void;
}) {
  const { t } = useWords();
  const apply = useChange('applyCatalogue', CATALOGUE);
  const connect = useChange('createConnection', CHANGED);
  const id = textIn(entry, 'id');
  const [name, setName] = useState(textIn(entry, 'name'));
  if (connect.data !== undefined) return <Connected created={connect.data} onClose={onClose} />;
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    try {
      await apply.mutateAsync({ body: { document: [{ ...entry, name: name.trim() }], name: name.trim() } });
      await connect.mutateAsync({
        body: { provider_id: id, ...(secret === '' ? {} : { credential: { secret } }) },
      });
    } catch (error) {
      // Both show what the hub refused beside the button.
      if (!(error instanceof CallError)) throw error;
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      <TextField
        label={t('providers.providerName')}
        required
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.target.value)}
        hint={t('providers.providerNameHint', { id })}
      />
      <details>
        <summary className="font-medium text-accent">{t('providers.proposedEntry')}</summary>
        <pre tabIndex={0} className="mt-2 overflow-x-auto rounded-lg bg-ground p-3 font-mono text-[13px]">
          {JSON.stringify(entry, undefined, 2)}
        </pre>
      </details>
      <Problem error={apply.error ?? connect.error} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" isBusy={apply.isPending || connect.isPending}>
          {connect.isPending ? t('providers.connecting') : t('providers.applyAndConnect')}
        </Button>
      </div>
    </form>
  );
}

/** A proposed entry is one of the catalogue's own schema, in which both are texts. */
function textIn(entry: NonNullable<Probe['proposed_entry']>, name: 'id' | 'name'): string {
  const value = entry[name];
  return typeof value === 'string' ? value : '';
}
