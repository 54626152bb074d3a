import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import type { Model } from '../../api/types.ts';
import { usePlace } from '../../app/session.tsx';
import { count } from '../../format/amounts.ts';
import { dateTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm, Dialog } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Id } from '../../ui/id.tsx';
import { Loading, Problem } from '../../ui/parts.tsx';
import { Section } from '../../ui/section.tsx';
import { useWords } from '../../words/index.ts';
import { AliasesOf } from './aliases.tsx';
import { Marks, useModalities } from './marks.tsx';
import { PriceLines } from './price-lines.tsx';
import type { Connections } from './use-connections.ts';
import type { CardOf } from './use-prices.ts';
import { useStateChanges } from './use-state-changes.ts';

type Around = { readonly connections: Connections; readonly cardOf: CardOf; readonly onClose: () => void };

/** One model in full, with an address of its own. */
export function ModelPanel({ modelId, ...around }: Around & { readonly modelId: string }) {
  const asked = useAsk('getModel', { params: { model_id: modelId } });
  const { t } = useWords();
  const model = asked.data;
  return (
    <Dialog isPanel title={model?.display_name ?? model?.upstream_model ?? t('models.title')} onClose={around.onClose}>
      {model === undefined && asked.error === null && <Loading rows={10} />}
      <Problem error={asked.error} onRetry={() => void asked.refetch()} />
      {model !== undefined && <Detail model={model} {...around} />}
    </Dialog>
  );
}

function Detail({ model, connections, cardOf, onClose }: Around & { readonly model: Model }) {
  const { t } = useWords();
  const { organizationId } = usePlace();
  const callName = connections.callName(model);
  return (
    <>
      <Marks model={model} />
      <div className="flex flex-wrap items-center gap-2">
        <Actions model={model} callName={callName} onRemoved={onClose} />
        <Link
          to="/$organizationId/requests"
          params={{ organizationId }}
          search={{ model: model.upstream_model, connection: model.connection_id }}
          className="ml-auto text-accent underline"
        >
          {t('models.seeRequests')}
        </Link>
      </div>
      <ModelFacts model={model} connections={connections} />
      {cardOf !== undefined && (
        <Section title={t('models.prices')}>
          <PriceLines card={cardOf(connections.providerOf(model), model.upstream_model)} />
        </Section>
      )}
      <Section title={t('models.aliasesOfThis')}>
        <AliasesOf target={callName} />
      </Section>
    </>
  );
}

function ModelFacts({ model, connections }: { readonly model: Model; readonly connections: Connections }) {
  const { t, language } = useWords();
  const modalities = useModalities();
  const number = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : count(value, language);
  return (
    <Facts
      facts={[
        { name: t('models.callName'), value: <Id text={connections.callName(model)} /> },
        { name: t('models.upstreamModel'), value: <Id text={model.upstream_model} /> },
        { name: t('usage.dimensions.provider'), value: connections.providerOf(model) },
        { name: t('models.origin'), value: t(`models.origins.${model.origin}`) },
        { name: t('models.modalities'), value: modalities(model) },
        { name: t('models.contextTokens'), value: number(model.context_tokens) },
        { name: t('models.maxOutputTokens'), value: number(model.max_output_tokens) },
        { name: t('models.embeddingDimensions'), value: number(model.embedding_dimensions) },
        { name: t('models.firstSeen'), value: dateTime(model.first_seen_at, language) },
        { name: t('models.lastSeen'), value: dateTime(model.last_seen_at, language) },
        {
          name: t('models.withdrawnAt'),
          value: model.withdrawn_at === undefined ? undefined : dateTime(model.withdrawn_at, language),
        },
      ]}
    />
  );
}

type ActionsProps = { readonly model: Model; readonly callName: string; readonly onRemoved: () => void };

function Actions({ model, callName, onRemoved }: ActionsProps) {
  const { t } = useWords();
  const change = useStateChanges();
  const remove = useChange('deleteModel', ['listModels', 'listCallableModels']);
  const [isAsking, setIsAsking] = useState(false);
  const give = (state: Model['state']): void => change.mutate({ ids: [model.id], state });
  return (
    <>
      {model.state !== 'enabled' && (
        <Button look="primary" isBusy={change.isPending} onClick={() => give('enabled')}>
          {t(model.state === 'awaiting_approval' ? 'models.approve' : 'models.enable')}
        </Button>
      )}
      {model.state !== 'hidden' && (
        <Button isBusy={change.isPending} onClick={() => give('hidden')}>
          {t('models.hide')}
        </Button>
      )}
      <Button look="danger" icon="trash" onClick={() => setIsAsking(true)}>
        {t('app.remove')}
      </Button>
      <Problem error={change.error} />
      {isAsking && (
        <Confirm
          title={t('app.remove')}
          text={t('models.removeText', { name: callName })}
          action={t('app.remove')}
          isBusy={remove.isPending}
          problem={<Problem error={remove.error} />}
          onConfirm={() => remove.mutate({ params: { model_id: model.id } }, { onSuccess: onRemoved })}
          onClose={() => setIsAsking(false)}
        />
      )}
    </>
  );
}
