import type { Answer } from '../../api/call.ts';
import { useAsk, useChange } from '../../api/hooks.ts';
import { mayManage, usePlace } from '../../app/session.tsx';
import { bytes } from '../../format/amounts.ts';
import { exactTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { Code } from '../../ui/code.tsx';
import { Problem } from '../../ui/parts.tsx';
import { Section } from '../../ui/section.tsx';
import { useWords } from '../../words/index.ts';

type Side = Answer<'readRequestContent'>['request'];
type ContentProps = { readonly requestId: string; readonly expiresAt: string | undefined };

/** What was said, for who may read it: asked for by a press of a button alone, since every look is written down. */
export function Content({ requestId, expiresAt }: ContentProps) {
  const { t, language } = useWords();
  const isReader = mayManage(usePlace());
  const policy = useAsk('getContentPolicy', {}, { enabled: isReader && expiresAt === undefined });
  const look = useChange('readRequestContent', []);
  if (!isReader) return null;
  if (expiresAt === undefined) {
    const word = policy.data?.store === false ? 'off' : 'none';
    return (
      <Section title={t('requests.content.title')}>
        {policy.data !== undefined && <p className="text-dim">{t(`requests.content.${word}`)}</p>}
        <Problem error={policy.error} />
      </Section>
    );
  }
  return (
    <Section title={t('requests.content.title')}>
      <p className="text-dim">{t('requests.content.stored', { time: exactTime(expiresAt, language) })}</p>
      {look.data === undefined ? (
        <div>
          <Button isBusy={look.isPending} onClick={() => look.mutate({ params: { request_id: requestId } })}>
            {t('requests.content.show')}
          </Button>
        </div>
      ) : (
        <>
          {look.data.redacted && <p className="text-dim">{t('requests.content.redacted')}</p>}
          <OneSide title={t('requests.content.request')} side={look.data.request} />
          <OneSide title={t('requests.content.answer')} side={look.data.answer} />
        </>
      )}
      <Problem error={look.error} />
    </Section>
  );
}

function OneSide({ title, side }: { readonly title: string; readonly side: Side }) {
  const { t, language } = useWords();
  const size = bytes(side.bytes, language);
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <h4 className="font-medium">{title}</h4>
      {side.text !== undefined && <Code text={formatted(side.text)} />}
      {side.cut === true && <p className="text-dim">{t('requests.content.cut')}</p>}
      {side.not_stored !== undefined && (
        <p className="text-dim">
          {t(`requests.content.notStored.${side.not_stored}`, { size, type: side.media_type ?? '–' })}
        </p>
      )}
    </div>
  );
}

/** JSON with a line for each field; events and what was cut as they are. */
function formatted(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
