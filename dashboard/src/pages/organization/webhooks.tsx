import { useState } from 'react';
import { useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import { ago } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { FormDialog, SecretDialog } from '../../ui/form-dialog.tsx';
import { problemOf, textOf } from '../../ui/form-fields.ts';
import { List, OpenButton } from '../../ui/list.tsx';
import { Card, Empty } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { WebhookPanel } from './webhook-panel.tsx';
import { KindChoice, kindsOf, useKindName, WebhookState } from './webhook-parts.tsx';

/** Addresses that are told of notifications. */
export function Webhooks() {
  const { t, language } = useWords();
  const nameOf = useKindName();
  const [isMaking, setIsMaking] = useState(false);
  const [open, setOpen] = useState<string>();
  const list = useRows('listWebhooks', {});
  const opened = list.rows?.find(({ id }) => id === open);
  return (
    <Card
      title={t('organization.tabs.webhooks')}
      action={
        <Button look="primary" icon="plus" onClick={() => setIsMaking(true)}>
          {t('organization.webhooks.make')}
        </Button>
      }
    >
      <List
        list={list}
        label={t('organization.tabs.webhooks')}
        keyOf={({ id }) => id}
        empty={
          <Empty
            icon="send"
            title={t('organization.webhooks.emptyTitle')}
            text={t('organization.webhooks.emptyText')}
          />
        }
        columns={[
          {
            name: 'url',
            head: t('organization.webhooks.url'),
            cell: ({ id, url }) => <OpenButton onOpen={() => setOpen(id)}>{url}</OpenButton>,
          },
          { name: 'state', head: t('app.state'), cell: (webhook) => <WebhookState webhook={webhook} /> },
          {
            name: 'kinds',
            head: t('organization.webhooks.kinds'),
            isMinor: true,
            cell: ({ kinds }) =>
              kinds.length === 0 ? t('organization.webhooks.allKinds') : kinds.map(nameOf).join(' · '),
          },
          {
            name: 'created',
            head: t('app.createdAt'),
            isMinor: true,
            cell: ({ created_at }) => ago(created_at, language),
          },
        ]}
      />
      {isMaking && <MakeWebhook onClose={() => setIsMaking(false)} />}
      {opened !== undefined && <WebhookPanel webhook={opened} onClose={() => setOpen(undefined)} />}
    </Card>
  );
}

function MakeWebhook({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWords();
  const make = useChange('createWebhook', ['listWebhooks']);
  if (make.data !== undefined) {
    return (
      <SecretDialog
        title={t('organization.webhooks.secretTitle')}
        text={t('organization.webhooks.secretOnce')}
        secret={make.data.secret}
        onClose={onClose}
      />
    );
  }
  return (
    <FormDialog
      title={t('organization.webhooks.make')}
      action={t('app.create')}
      error={make.error}
      isBusy={make.isPending}
      onSubmit={(fields) => make.mutate({ body: { url: textOf(fields, 'url'), kinds: kindsOf(fields) } })}
      onClose={onClose}
    >
      <TextField
        label={t('organization.webhooks.url')}
        name="url"
        type="url"
        required
        autoFocus
        hint={t('organization.webhooks.urlHint')}
        problem={problemOf(make.error, 'url')}
      />
      <KindChoice chosen={[]} />
    </FormDialog>
  );
}
