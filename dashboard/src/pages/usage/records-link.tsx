import { addressOf } from '../../api/call.ts';
import { usePlace } from '../../app/session.tsx';
import { DownloadLink } from '../../ui/download-link.tsx';
import { DIMENSIONS, type Dimension } from '../../usage/names.ts';
import { useWords } from '../../words/index.ts';
import type { View } from './view.ts';

/** What records can be narrowed by; sums know more. */
const OF_RECORDS: readonly Dimension[] = [
  'model',
  'provider',
  'connection',
  'project',
  'key',
  'application',
  'end_user',
  'status',
];

/** Saves every record that the page sums up; missing where records cannot be narrowed in the same way. */
export function RecordsLink({ view }: { readonly view: View }) {
  const { t } = useWords();
  const { organizationId } = usePlace();
  const chosen = DIMENSIONS.filter((dimension) => view.chosen[dimension] !== undefined);
  if (chosen.some((dimension) => !OF_RECORDS.includes(dimension))) return null;
  const query = { ...view.range, ...view.filters, format: 'csv' as const, organization_id: organizationId };
  return <DownloadLink href={addressOf('exportUsageRecords', { query })}>{t('usage.records')}</DownloadLink>;
}
