import { Link } from '@tanstack/react-router';
import { useAsk } from '../../api/hooks.ts';
import { useCredits } from '../../app/credits.ts';
import { maySeeCredit, usePlace } from '../../app/session.tsx';
import { Card } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { PurchaseLink } from '../credit/purchase-link.tsx';

const LOOK_EVERY_MS = 30_000;

/** What is left to pay calls with: one's own, and the organization's for who may see that. */
export function MyCredit() {
  const { t } = useWords();
  const { amount, named } = useCredits();
  const place = usePlace();
  const { organizationId, credit } = place;
  const mine = useAsk('listMyCreditAccounts', {}, { enabled: credit !== undefined, everyMs: LOOK_EVERY_MS });
  const accounts = mine.data?.data ?? [];
  if (credit === undefined || accounts.length === 0) return null;
  return (
    <Card>
      <ul className="flex flex-wrap items-end gap-x-10 gap-y-3">
        {accounts.map(({ id, available, held }) => (
          <li key={id} className="min-w-0">
            <p className="text-[13px] text-dim">
              {t(id.startsWith('organization/') ? 'credit.ofOrganization' : 'credit.mine')}
            </p>
            <p
              className={`text-xl font-semibold tracking-tight tabular-nums sm:text-2xl ${available === '0' ? 'text-bad' : ''}`}
            >
              {named(available)}
            </p>
            <p className="text-[13px] text-dim">
              {t('credit.held')} {amount(held)}
            </p>
          </li>
        ))}
        <li className="ml-auto flex flex-wrap gap-x-4 gap-y-1">
          {place.purchaseUrl !== undefined && (
            <PurchaseLink url={place.purchaseUrl} className="text-accent hover:underline">
              {t('credit.getMore')}
            </PurchaseLink>
          )}
          {maySeeCredit(place) && (
            <Link to="/$organizationId/credit" params={{ organizationId }} className="text-accent hover:underline">
              {t('credit.statement')}
            </Link>
          )}
        </li>
      </ul>
    </Card>
  );
}
