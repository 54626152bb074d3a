import { Link, useParams } from '@tanstack/react-router';
import { useAsk } from '../../api/hooks.ts';
import type { VirtualKey } from '../../api/types.ts';
import { mayMakeKeys, usePlace } from '../../app/session.tsx';
import { Badge, Loading, Notice, PageHeader, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { KeyActions } from '../keys/key-actions.tsx';
import { STATE_TONES } from '../keys/state-tones.ts';
import { KeyFacts } from './key-facts.tsx';
import { KeyRequests } from './key-requests.tsx';
import { KeyUsage } from './key-usage.tsx';

/** Somebody may use the key while its page is looked at. */
const LOOK_EVERY_MS = 15_000;

/** One virtual key: what it may do, what was done with it, and how it gets a new secret or ends. */
export function Page() {
  const { keyId } = useParams({ from: '/$organizationId/keys/$keyId' });
  const asked = useAsk('getKey', { params: { key_id: keyId } }, { everyMs: LOOK_EVERY_MS });
  return (
    <>
      <Back />
      <Problem error={asked.error} onRetry={() => void asked.refetch()} />
      {asked.data === undefined && asked.error === null && <Loading rows={10} />}
      {/* What was typed or opened belongs to one key. */}
      {asked.data !== undefined && <One key={keyId} virtualKey={asked.data} />}
    </>
  );
}

function One({ virtualKey: key }: { readonly virtualKey: VirtualKey }) {
  const { t } = useWords();
  const place = usePlace();
  return (
    <>
      <PageHeader title={key.name} intro={<span className="font-mono text-[13px]">{key.masked}</span>}>
        <Badge tone={STATE_TONES[key.state]}>{t(`keys.states.${key.state}`)}</Badge>
        {mayMakeKeys(place) && key.source === 'store' && <KeyActions virtualKey={key} isWordy />}
      </PageHeader>
      <div className="flex flex-col gap-4">
        {key.state === 'revoked' && <Notice tone="bad">{t('keys.revokedText')}</Notice>}
        {key.state === 'expired' && <Notice tone="warn">{t('keys.expiredText')}</Notice>}
        <KeyFacts virtualKey={key} />
        <KeyUsage keyId={key.id} />
        <KeyRequests keyId={key.id} />
      </div>
    </>
  );
}

function Back() {
  const { t } = useWords();
  const { organizationId } = usePlace();
  return (
    <Link
      to="/$organizationId/keys"
      params={{ organizationId }}
      className="mb-3 inline-block text-[13px] text-accent hover:underline"
    >
      {t('keys.back')}
    </Link>
  );
}
