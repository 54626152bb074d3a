import { Link } from '@tanstack/react-router';
import { useAsk } from '../../api/hooks.ts';
import { useAddress } from '../../app/address.ts';
import { usePlace } from '../../app/session.tsx';
import { Card, Empty, Loading, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { useNames } from '../requests/names.ts';
import { RequestPanel } from '../requests/request-panel.tsx';
import { RequestTable } from '../requests/request-table.tsx';

const SHOWN = 10;
/** New requests are told of as they come; where something on the way keeps that back, they are asked for. */
const LOOK_EVERY_MS = 10_000;

/** The newest requests of one key, and any one of them in full. */
export function KeyRequests({ keyId }: { readonly keyId: string }) {
  const { t } = useWords();
  const { organizationId } = usePlace();
  const { said, say } = useAddress();
  const names = useNames();
  const asked = useAsk(
    'listUsageRecords',
    { query: { key_id: keyId, limit: SHOWN } },
    { everyMs: LOOK_EVERY_MS, keepsLast: true },
  );
  const rows = asked.data?.data;
  return (
    <Card
      title={t('keys.requests')}
      action={
        <Link
          to="/$organizationId/requests"
          params={{ organizationId }}
          search={{ key: keyId }}
          className="text-[13px] text-accent hover:underline"
        >
          {t('keys.allRequests')}
        </Link>
      }
    >
      <Problem error={asked.error} onRetry={() => void asked.refetch()} />
      {rows === undefined && asked.error === null && <Loading />}
      {rows?.length === 0 && <Empty icon="requests" title={t('requests.emptyTitle')} />}
      {rows !== undefined && rows.length > 0 && <RequestTable rows={rows} names={names} search={said} isOfOneKey />}
      {said['request'] !== undefined && (
        <RequestPanel requestId={said['request']} names={names} onClose={() => say({ request: undefined })} />
      )}
    </Card>
  );
}
