import { type FormEvent, useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import type { Vault } from '../../api/types.ts';
import { bytes } from '../../format/amounts.ts';
import { dateTime } from '../../format/times.ts';
import { Act } from '../../ui/act.tsx';
import { Button } from '../../ui/button.tsx';
import { Code } from '../../ui/code.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { SecretDialog } from '../../ui/form-dialog.tsx';
import { problemOf, textOf } from '../../ui/form-fields.ts';
import { Facts, List } from '../../ui/list.tsx';
import { Badge, Card, Loading, Notice, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

const LOOK_EVERY_MS = 3000;

/** What keeps secrets, what brings the hub back, and what opens it. */
export function Safety() {
  return (
    <div className="flex flex-col gap-4">
      <VaultCard />
      <Backup />
      <AdminToken />
    </div>
  );
}

function VaultCard() {
  const { t } = useWords();
  const vault = useAsk('getVault', {}, { everyMs: LOOK_EVERY_MS });
  return (
    <Card
      title={t('system.vault.title')}
      action={
        vault.data !== undefined &&
        vault.data.rotation.state !== 'running' && (
          <Act
            operation="rotateVault"
            taken={{}}
            changes={['getVault']}
            label={t('system.vault.rotate')}
            icon="refresh"
            confirm={t('system.vault.rotateText')}
            done={t('system.vault.begun')}
          />
        )
      }
    >
      <p className="mb-3 max-w-prose text-dim">{t('system.vault.intro')}</p>
      <Problem error={vault.error} onRetry={() => void vault.refetch()} />
      {vault.data === undefined ? vault.error === null && <Loading /> : <VaultState vault={vault.data} />}
    </Card>
  );
}

function VaultState({ vault }: { readonly vault: Vault }) {
  const { t, language } = useWords();
  const { rotation, undecryptable } = vault;
  return (
    <div className="flex flex-col gap-3">
      {rotation.state === 'running' && (
        <div role="status" className="flex flex-col gap-1.5">
          <progress
            className="h-2 w-full accent-accent"
            max={rotation.rewrapped + rotation.remaining}
            value={rotation.rewrapped}
            aria-label={t('system.vault.running')}
          />
          <p>{t('system.vault.progress', { done: rotation.rewrapped, count: rotation.remaining })}</p>
        </div>
      )}
      {rotation.state === 'failed' && (
        <Notice tone="bad">{t('system.vault.failed', { reason: rotation.error ?? '–' })}</Notice>
      )}
      {undecryptable > 0 && <Notice tone="bad">{t('system.vault.undecryptable', { count: undecryptable })}</Notice>}
      <List
        list={{ rows: vault.versions, error: null }}
        label={t('system.vault.title')}
        keyOf={({ version }) => String(version)}
        empty={null}
        columns={[
          {
            name: 'version',
            head: t('system.version'),
            cell: ({ version }) => (
              <>
                {version} {version === vault.current_version && <Badge tone="good">{t('system.vault.current')}</Badge>}
              </>
            ),
          },
          {
            name: 'fingerprint',
            head: t('system.vault.fingerprint'),
            cell: ({ fingerprint }) => <code className="font-mono text-[13px] wrap-anywhere">{fingerprint}</code>,
          },
          {
            name: 'created',
            head: t('app.createdAt'),
            isMinor: true,
            cell: ({ created_at }) => dateTime(created_at, language),
          },
          {
            name: 'retired',
            head: t('system.vault.retired'),
            isMinor: true,
            cell: ({ retired_at }) => (retired_at === undefined ? '–' : dateTime(retired_at, language)),
          },
        ]}
      />
    </div>
  );
}

function Backup() {
  const { t, language } = useWords();
  const backup = useChange('createBackup', []);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    backup.mutate({ body: { path: textOf(new FormData(event.currentTarget), 'path') } });
  };
  const made = backup.data;
  return (
    <Card title={t('system.backup.title')}>
      <p className="mb-3 max-w-prose text-dim">{t('system.backup.intro')}</p>
      <form onSubmit={submit} className="flex max-w-xl flex-col gap-3">
        <TextField
          label={t('system.backup.path')}
          name="path"
          required
          placeholder="/var/backups/hub.backup"
          hint={t('system.backup.pathHint')}
          problem={problemOf(backup.error, 'path')}
        />
        <div>
          <Button type="submit" icon="download" isBusy={backup.isPending}>
            {backup.isPending ? t('system.backup.writing') : t('system.backup.write')}
          </Button>
        </div>
        <Problem error={backup.error} />
        {made?.path !== undefined && (
          <Notice tone="good">
            <p className="mb-2">{t('system.backup.done')}</p>
            <Facts
              facts={[
                [t('system.backup.path'), made.path],
                [t('system.backup.size'), made.bytes === undefined ? undefined : bytes(made.bytes, language)],
                [t('system.vault.fingerprint'), made.key_fingerprint],
              ]}
            />
            <p className="mt-2">{t('system.backup.keyApart')}</p>
          </Notice>
        )}
        {made?.command !== undefined && (
          <>
            <Notice tone="warn">{t('system.backup.runThis')}</Notice>
            <Code text={made.command} />
          </>
        )}
      </form>
    </Card>
  );
}

function AdminToken() {
  const { t } = useWords();
  const make = useChange('newAdminToken', []);
  const [isAsking, setIsAsking] = useState(false);
  const title = t('system.token.make');
  return (
    <Card
      title={t('system.token.title')}
      action={
        <Button icon="keys" onClick={() => setIsAsking(true)}>
          {title}
        </Button>
      }
    >
      <p className="max-w-prose text-dim">{t('system.token.intro')}</p>
      {isAsking && (
        <Confirm
          title={title}
          text={t('system.token.text')}
          action={title}
          isBusy={make.isPending}
          problem={<Problem error={make.error} />}
          onConfirm={() => make.mutate({}, { onSuccess: () => setIsAsking(false) })}
          onClose={() => setIsAsking(false)}
        />
      )}
      {make.data !== undefined && (
        <SecretDialog title={title} text={t('keys.secretOnce')} secret={make.data.token} onClose={() => make.reset()} />
      )}
    </Card>
  );
}
