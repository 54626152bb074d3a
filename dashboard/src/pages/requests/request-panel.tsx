import type { ReactNode } from 'react';
import { useAsk } from '../../api/hooks.ts';
import type { RequestDetail, UsageRecord } from '../../api/types.ts';
import { seesCosts, usePlace } from '../../app/session.tsx';
import { bytes } from '../../format/amounts.ts';
import { exactTime } from '../../format/times.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Id } from '../../ui/id.tsx';
import { Badge, Loading, Notice, Problem } from '../../ui/parts.tsx';
import { Section } from '../../ui/section.tsx';
import { useApiText, useWords } from '../../words/index.ts';
import { Verdicts } from '../guardrails/verdicts.tsx';
import { Attempts } from './attempts.tsx';
import { Charge } from './charge.tsx';
import { Content } from './content.tsx';
import { Cost } from './cost.tsx';
import { KeyOfRequest } from './key-of-request.tsx';
import type { Names } from './names.ts';
import { Status } from './request-table.tsx';

type RequestPanelProps = { readonly requestId: string; readonly names: Names; readonly onClose: () => void };

/** One request in full, with an address of its own. */
export function RequestPanel({ requestId, names, onClose }: RequestPanelProps) {
  const { t } = useWords();
  const detail = useAsk('getUsageOfRequest', { params: { request_id: requestId } });
  // A charge may be of a call that left no record.
  const isUnrecorded = detail.error?.status === 404 && requestId.startsWith('ur_');
  return (
    <Dialog isPanel title={t('requests.one')} onClose={onClose}>
      {detail.data === undefined && detail.error === null && <Loading rows={12} />}
      {isUnrecorded ? (
        <Notice tone="warn">{t('credit.notRecorded')}</Notice>
      ) : (
        <Problem error={detail.error} onRetry={() => void detail.refetch()} />
      )}
      {detail.data !== undefined && <Detail detail={detail.data} names={names} />}
    </Dialog>
  );
}

function Detail({ detail, names }: { readonly detail: RequestDetail; readonly names: Names }) {
  const { t, language } = useWords();
  const record = detail.usage_record;
  const hasCosts = seesCosts(usePlace());
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <Status record={record} />
        <Badge>{t(`requests.operations.${record.operation}`)}</Badge>
        {record.streamed && <Badge>{t('requests.streamed')}</Badge>}
        <span className="text-dim">{exactTime(record.started_at, language)}</span>
        {record.finish_reason !== undefined && (
          <span className="text-dim">{t('requests.finish', { reason: record.finish_reason })}</span>
        )}
      </div>
      <WentWrong detail={detail} />
      {hasCosts && (
        <Section title={t('requests.attempts')}>
          <Attempts detail={detail} names={names} />
        </Section>
      )}
      {detail.charge !== undefined && (
        <Section title={t('credit.charge')}>
          <Charge charge={detail.charge} record={record} />
        </Section>
      )}
      <Section title={t(hasCosts ? 'requests.cost' : 'overview.tokens')}>
        <Cost record={record} />
      </Section>
      <Section title={t('requests.content.title')}>
        <Content detail={detail} />
      </Section>
      {detail.verdicts !== undefined && (
        <Section title={t('requests.guardrails')}>
          <Verdicts verdicts={detail.verdicts} />
        </Section>
      )}
      {detail.losses.length > 0 && (
        <Section title={t('requests.losses')}>
          <ul className="flex flex-col gap-1">
            {detail.losses.map(({ field, reason }) => (
              <li key={`${field} ${reason ?? ''}`}>
                <code className="font-mono text-[13px]">{field}</code>
                {reason !== undefined && <span className="text-dim"> · {reason}</span>}
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title={t('requests.facts')}>
        <RequestFacts detail={detail} names={names} />
      </Section>
    </>
  );
}

function WentWrong({ detail }: { readonly detail: RequestDetail }) {
  const { t } = useWords();
  const tell = useApiText();
  const { error_code: code, requested_model: model } = detail.usage_record;
  if (code === undefined && detail.error_message === undefined) return null;
  const { message, remedy } =
    detail.error_message === undefined
      ? { message: undefined, remedy: detail.error_remedy }
      : tell({
          code: code ?? '',
          message: detail.error_message,
          remedy: detail.error_remedy,
          details: { model },
        });
  return (
    <Notice tone="bad">
      <p className="font-medium">{t('requests.failed')}</p>
      {message !== undefined && <p className="break-words">{message}</p>}
      {remedy !== undefined && <p>{remedy}</p>}
      {code !== undefined && <p className="mt-1 font-mono text-xs">{code}</p>}
    </Notice>
  );
}

function RequestFacts({ detail, names }: { readonly detail: RequestDetail; readonly names: Names }) {
  const { t, language } = useWords();
  const record = detail.usage_record;
  const id = (text: string | undefined): ReactNode | undefined => (text === undefined ? undefined : <Id text={text} />);
  const tags = Object.entries(record.tags ?? {}).map(([name, value]) => `${name}=${value}`);
  return (
    <Facts
      facts={[
        { name: t('requests.requestId'), value: id(record.request_id) },
        { name: t('requests.clientRequestId'), value: id(record.client_request_id) },
        { name: t('requests.traceparent'), value: id(record.traceparent) },
        { name: t('requests.requested'), value: id(record.requested_model) },
        { name: t('requests.routed'), value: id(record.routed_model) },
        { name: t('requests.served'), value: id(record.served_model) },
        { name: t('usage.dimensions.key'), value: <KeyOfRequest id={record.key_id} names={names} /> },
        { name: t('usage.dimensions.project'), value: names.project(record.project_id) },
        { name: t('usage.dimensions.application'), value: applicationOf(record, names) },
        { name: t('usage.dimensions.end_user'), value: id(record.end_user) },
        { name: t('requests.tags'), value: tags.length === 0 ? undefined : tags.join(', ') },
        { name: t('requests.userAgent'), value: detail.user_agent },
        { name: t('requests.address'), value: id(detail.client_address) },
        {
          name: t('requests.sizes'),
          value: t('requests.sizesOf', {
            request: bytes(record.request_bytes, language),
            // Nothing is written down where the answer went out after the record.
            response: record.response_bytes === 0 ? '–' : bytes(record.response_bytes, language),
          }),
        },
        { name: t('requests.instance'), value: id(record.instance_id) },
      ]}
    />
  );
}

/** A caller that names no application goes by its key. */
function applicationOf({ application, key_id }: UsageRecord, names: Names): string {
  return application === key_id ? names.key(key_id) : application;
}
