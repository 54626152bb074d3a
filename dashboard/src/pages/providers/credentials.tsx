import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import type { Connection, Credential } from '../../api/types.ts';
import { useToast } from '../../app/toasts.tsx';
import { count } from '../../format/amounts.ts';
import { ago } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { Switch } from '../../ui/field.tsx';
import { Badge, Loading, Notice, Problem, type Tone, useProblemText } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { CHANGED } from './changed.ts';
import { useCredentials } from './connection-state.tsx';
import { AddCredential, EditCredential, RemoveCredential, ReplaceSecret } from './credential-dialogs.tsx';
import { TestResults } from './test-report.tsx';

const TONE_OF = { active: 'good', set_aside: 'bad', disabled: 'calm' } as const satisfies Record<
  Credential['state'],
  Tone
>;

/** The credentials of a connection: masked, each with its state and what to do about it. */
export function Credentials({
  connection,
  needsCredential,
}: {
  readonly connection: Connection;
  readonly needsCredential: boolean;
}) {
  const { t } = useWords();
  const asked = useCredentials(connection.id);
  const [isAdding, setIsAdding] = useState(false);
  const credentials = asked.data?.data;
  return (
    <section className="flex flex-col gap-3 border-t border-line pt-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="font-semibold">{t('providers.credentials')}</h3>
        {connection.source !== 'file' && (
          <Button icon="plus" onClick={() => setIsAdding(true)}>
            {t('providers.addCredential')}
          </Button>
        )}
      </div>
      <Problem error={asked.error} onRetry={() => void asked.refetch()} />
      {credentials === undefined && asked.error === null && <Loading rows={2} />}
      {credentials?.length === 0 && (
        <p className="text-dim">{needsCredential ? t('providers.noCredentialText') : t('providers.noneNeededText')}</p>
      )}
      <ul className="flex flex-col gap-3">
        {credentials?.map((credential) => (
          <CredentialCard key={credential.id} credential={credential} />
        ))}
      </ul>
      {isAdding && <AddCredential connection={connection} onClose={() => setIsAdding(false)} />}
    </section>
  );
}

function CredentialCard({ credential }: { readonly credential: Credential }) {
  const { t, language } = useWords();
  const { name, masked, state, weight, use_count, last_used_at, last_error, last_error_at } = credential;
  return (
    <li className="flex flex-col gap-2 rounded-lg border border-line p-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-medium wrap-anywhere">{name}</span>
        <span className="font-mono text-[13px] text-dim">{masked}</span>
        <Badge tone={TONE_OF[state]}>{t(`providers.credentialStates.${state}`)}</Badge>
        {credential.source !== 'store' && <Badge>{t(`providers.sources.${credential.source}`)}</Badge>}
      </div>
      <p className="flex flex-wrap gap-x-4 text-[13px] text-dim">
        <span>{t('providers.weightIs', { weight })}</span>
        <span>{t('providers.used', { count: use_count, shown: count(use_count, language) })}</span>
        <span>
          {t('app.lastUsed')}: {last_used_at === undefined ? t('app.never') : ago(last_used_at, language)}
        </span>
      </p>
      {state === 'set_aside' && (
        <Notice tone="bad">
          <p className="break-words">{credential.state_reason}</p>
          <p className="mt-1">{t('providers.setAsideText')}</p>
        </Notice>
      )}
      {state !== 'set_aside' && last_error !== undefined && (
        <p className="text-[13px] break-words text-dim">
          {t('providers.lastError')}
          {last_error_at === undefined ? '' : ` (${ago(last_error_at, language)})`}: {last_error}
        </p>
      )}
      <CredentialActs credential={credential} />
    </li>
  );
}

function CredentialActs({ credential }: { readonly credential: Credential }) {
  const { t } = useWords();
  const toast = useToast();
  const problemText = useProblemText();
  const [open, setOpen] = useState<'edit' | 'secret' | 'remove'>();
  const update = useChange('updateCredential', CHANGED);
  const test = useChange('testCredential', CHANGED);
  const { id, name, state, revision } = credential;
  const isMutable = credential.source !== 'file';
  const close = (): void => setOpen(undefined);
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <Button isBusy={test.isPending} onClick={() => test.mutate({ params: { credential_id: id } })}>
          {t('providers.testOne')}
        </Button>
        {isMutable && <Button onClick={() => setOpen('secret')}>{t('providers.newSecret')}</Button>}
        {isMutable && <Button onClick={() => setOpen('edit')}>{t('app.edit')}</Button>}
        {isMutable && (
          <Button look="quiet" icon="trash" label={`${t('app.remove')}: ${name}`} onClick={() => setOpen('remove')} />
        )}
        <span className="ml-auto flex">
          <Switch
            label={`${t('providers.inUse')}: ${name}`}
            isOn={state !== 'disabled'}
            disabled={update.isPending || !isMutable}
            onChange={(enabled) =>
              update.mutate(
                { params: { credential_id: id }, body: { enabled }, revision },
                { onError: (error) => toast(problemText(error), 'bad') },
              )
            }
          />
        </span>
      </div>
      <Problem error={test.error} />
      {test.data !== undefined && <TestResults results={test.data.results} />}
      {open === 'edit' && <EditCredential credential={credential} onClose={close} />}
      {open === 'secret' && <ReplaceSecret credential={credential} onClose={close} />}
      {open === 'remove' && <RemoveCredential credential={credential} onClose={close} />}
    </>
  );
}
