import { useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import type { Webhook, WebhookDelivery } from '../../api/types.ts';
import { dateTime } from '../../format/times.ts';
import { Act } from '../../ui/act.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm, Dialog } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/facts.tsx';
import { FormDialog, SecretDialog } from '../../ui/form-dialog.tsx';
import { List } from '../../ui/list.tsx';
import { Badge, Empty, Problem, type Tone } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { KindChoice, kindsOf, useKindName, WebhookState } from './webhook-parts.tsx';

type PanelProps = { readonly webhook: Webhook; readonly onClose: () => void };

const LOOK_EVERY_MS = 3000;
const TONE_OF = { waiting: 'calm', delivered: 'good', failed: 'bad' } as const satisfies Record<
  WebhookDelivery['state'],
  Tone
>;

/** One webhook: what it is told, what was sent and what came of it. */
export function WebhookPanel({ webhook, onClose }: PanelProps) {
  const { t, language } = useWords();
  const [isEditing, setIsEditing] = useState(false);
  const [isRotating, setIsRotating] = useState(false);
  const { id, url, enabled, revision, failing_since, previous_until } = webhook;
  const params = { webhook_id: id };
  return (
    <Dialog title={url} onClose={onClose} isPanel>
      <Facts
        facts={[
          { name: t('app.state'), value: <WebhookState webhook={webhook} /> },
          {
            name: t('organization.webhooks.failingSince'),
            value: failing_since === undefined ? undefined : dateTime(failing_since, language),
          },
          {
            name: t('organization.webhooks.previousUntil'),
            value: previous_until === undefined ? undefined : dateTime(previous_until, language),
          },
        ]}
      />
      <div className="my-4 flex flex-wrap gap-2">
        <Act
          operation="testWebhook"
          taken={{ params }}
          changes={['listWebhookDeliveries']}
          label={t('organization.webhooks.test')}
          icon="send"
          done={t('organization.webhooks.testSent')}
        />
        <Button icon="filter" onClick={() => setIsEditing(true)}>
          {t('organization.webhooks.kinds')}
        </Button>
        <Button icon="refresh" onClick={() => setIsRotating(true)}>
          {t('organization.webhooks.rotate')}
        </Button>
        <Act
          operation="updateWebhook"
          taken={{ params, body: { enabled: !enabled }, revision }}
          changes={['listWebhooks']}
          label={enabled ? t('organization.webhooks.switchOff') : t('organization.webhooks.switchOn')}
        />
        <Act
          operation="deleteWebhook"
          taken={{ params, revision }}
          changes={['listWebhooks']}
          label={t('app.remove')}
          look="danger"
          confirm={t('organization.webhooks.removeText', { url })}
          onDone={onClose}
        />
      </div>
      <Deliveries webhookId={id} />
      {isEditing && <EditKinds webhook={webhook} onClose={() => setIsEditing(false)} />}
      {isRotating && <Rotate webhook={webhook} onClose={() => setIsRotating(false)} />}
    </Dialog>
  );
}

function Deliveries({ webhookId }: { readonly webhookId: string }) {
  const { t, language } = useWords();
  const params = { webhook_id: webhookId };
  const nameOf = useKindName();
  const wordOf = (kind: string): string =>
    kind === 'webhook.test' ? t('organization.webhooks.testKind') : nameOf(kind);
  const asked = useAsk('listWebhookDeliveries', { params, query: { limit: 50 } }, { everyMs: LOOK_EVERY_MS });
  return (
    <section>
      <h3 className="mb-2 font-semibold">{t('organization.webhooks.deliveries')}</h3>
      <List
        list={{ rows: asked.data?.data, error: asked.error }}
        label={t('organization.webhooks.deliveries')}
        keyOf={({ id }) => id}
        empty={<Empty icon="send" title={t('organization.webhooks.noDeliveries')} />}
        columns={[
          {
            name: 'kind',
            head: t('organization.webhooks.kind'),
            cell: (row) => (
              <>
                <p>{wordOf(row.kind)}</p>
                <p className="text-[13px] text-dim">{dateTime(row.created_at, language)}</p>
                {row.error !== undefined && <p className="text-[13px] text-dim wrap-anywhere">{row.error}</p>}
              </>
            ),
          },
          {
            name: 'state',
            head: t('app.state'),
            cell: ({ state, attempts, status }) => (
              <>
                <Badge tone={TONE_OF[state]}>{t(`organization.webhooks.states.${state}`)}</Badge>
                <p className="mt-1 text-[13px] text-dim">
                  {t('organization.webhooks.attempts', { count: attempts })}
                  {status !== undefined && ` · ${status}`}
                </p>
              </>
            ),
          },
          {
            name: 'actions',
            head: <span className="sr-only">{t('app.actions')}</span>,
            isNumber: true,
            cell: ({ id, state }) =>
              state !== 'waiting' && (
                <Act
                  operation="redeliverWebhook"
                  taken={{ params: { ...params, delivery_id: id } }}
                  changes={['listWebhookDeliveries']}
                  label={t('organization.webhooks.again')}
                  of={id}
                  icon="refresh"
                  look="quiet"
                />
              ),
          },
        ]}
      />
    </section>
  );
}

function EditKinds({ webhook, onClose }: PanelProps) {
  const { t } = useWords();
  const change = useChange('updateWebhook', ['listWebhooks']);
  return (
    <FormDialog
      title={t('organization.webhooks.kinds')}
      action={t('app.save')}
      error={change.error}
      isBusy={change.isPending}
      onSubmit={(fields) =>
        change.mutate(
          { params: { webhook_id: webhook.id }, body: { kinds: kindsOf(fields) }, revision: webhook.revision },
          { onSuccess: onClose },
        )
      }
      onClose={onClose}
    >
      <KindChoice chosen={webhook.kinds} />
    </FormDialog>
  );
}

function Rotate({ webhook, onClose }: PanelProps) {
  const { t } = useWords();
  const rotate = useChange('rotateWebhook', ['listWebhooks']);
  const title = t('organization.webhooks.rotate');
  if (rotate.data !== undefined) {
    const { secret } = rotate.data;
    return (
      <SecretDialog title={title} text={t('organization.webhooks.secretOnce')} secret={secret} onClose={onClose} />
    );
  }
  return (
    <Confirm
      title={title}
      text={t('organization.webhooks.rotateText')}
      action={title}
      isBusy={rotate.isPending}
      problem={<Problem error={rotate.error} />}
      onConfirm={() => rotate.mutate({ params: { webhook_id: webhook.id }, revision: webhook.revision })}
      onClose={onClose}
    />
  );
}
