import type { Answer } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import type { RequestDetail, UsageRecord } from '../../api/types.ts';
import { mayManage, usePlace } from '../../app/session.tsx';
import { bytes } from '../../format/amounts.ts';
import { dateTime } from '../../format/times.ts';
import { Act } from '../../ui/act.tsx';
import { Button } from '../../ui/button.tsx';
import { Code } from '../../ui/code.tsx';
import { Notice, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { useWhyNoContent } from './why-no-content.ts';

type Shown = Answer<'readRequestContent'>;
type Side = Shown['request'];

/** What was said in a request, where the organization has it stored. None of it is here before somebody asks for it. */
export function Content({ detail }: { readonly detail: RequestDetail }) {
  const { t, language } = useWords();
  const place = usePlace();
  const { usage_record: record, content_expires_at: expiresAt } = detail;
  if (!mayManage(place)) return <p className="text-dim">{t('requests.content.whoMay')}</p>;
  if (expiresAt === undefined) return <NoContent record={record} />;
  return (
    <>
      <p className="text-dim">{t('requests.content.until', { time: dateTime(expiresAt, language) })}</p>
      <Look requestId={record.request_id} />
    </>
  );
}

function NoContent({ record }: { readonly record: UsageRecord }) {
  const { t } = useWords();
  const why = useWhyNoContent(record);
  return why === undefined ? null : <p className="text-dim">{t(`requests.content.none.${why}`)}</p>;
}

function Look({ requestId }: { readonly requestId: string }) {
  const { t } = useWords();
  // A question would be asked again by itself, and kept: each look is one act that somebody means, and one entry.
  const look = useChange('readRequestContent', ['listAuditActs']);
  const params = { request_id: requestId };
  if (look.data !== undefined) return <Sides content={look.data} requestId={requestId} />;
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Button icon="eye" isBusy={look.isPending} onClick={() => look.mutate({ params })}>
          {t('requests.content.show')}
        </Button>
        <p className="min-w-0 text-dim">{t('requests.content.logged')}</p>
      </div>
      {look.error?.status === 404 ? (
        <Notice tone="warn">{t('requests.content.gone')}</Notice>
      ) : (
        <Problem error={look.error} />
      )}
    </>
  );
}

function Sides({ content, requestId }: { readonly content: Shown; readonly requestId: string }) {
  const { t } = useWords();
  return (
    <>
      <p className="text-dim">{t(content.redacted ? 'requests.content.redacted' : 'requests.content.asSaid')}</p>
      <SideView title={t('requests.content.request')} side={content.request} />
      <SideView title={t('requests.content.answer')} side={content.answer} />
      <div>
        <Act
          operation="deleteRequestContent"
          taken={{ params: { request_id: requestId } }}
          changes={['getUsageOfRequest', 'listAuditActs']}
          label={t('requests.content.remove')}
          look="danger"
          confirm={t('requests.content.removeText')}
          done={t('requests.content.removed')}
        />
      </div>
    </>
  );
}

function SideView({ title, side }: { readonly title: string; readonly side: Side }) {
  const { t, language } = useWords();
  const { media_type: type, text, cut, not_stored: why } = side;
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <div className="flex flex-wrap items-baseline gap-x-2">
        <h4 className="font-medium">{title}</h4>
        <span className="text-[13px] text-dim">
          {[type, bytes(side.bytes, language)].filter((part) => part !== undefined).join(' · ')}
        </span>
      </div>
      {text !== undefined && <Code text={readable(text)} label={title} isLong />}
      {cut === true && <p className="text-[13px] text-dim">{t('requests.content.cut')}</p>}
      {why !== undefined && <p className="text-dim">{t(`requests.content.why.${why}`)}</p>}
    </div>
  );
}

/** JSON with its fields on lines of their own; anything else, and what was cut, as it is. */
function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
