import { addressOf } from '../../api/call.ts';
import { usePlace } from '../../app/session.tsx';
import { DownloadLink } from '../../ui/download-link.tsx';
import { useWords } from '../../words/index.ts';
import type { Filter, Scope } from './query.ts';

const FORMATS = [
  ['csv', 'CSV'],
  ['jsonl', 'JSON Lines'],
] as const;

/** What is listed, of any length, as a file. */
export function Exports({ scope, filter }: { readonly scope: Scope; readonly filter: Filter }) {
  const { t } = useWords();
  const { organizationId } = usePlace();
  return FORMATS.map(([format, name]) => {
    const query = { ...filter, format };
    const href =
      scope === 'organization'
        ? addressOf('exportAuditActs', { query: { ...query, organization_id: organizationId } })
        : addressOf('exportAllAuditActs', { query });
    return (
      <DownloadLink key={format} href={href} label={t('audit.exportAs', { format: name })}>
        {name}
      </DownloadLink>
    );
  });
}
