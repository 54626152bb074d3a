import { Link } from '@tanstack/react-router';
import type { Answer } from '../../api/call.ts';
import { useAddress } from '../../app/address.ts';
import { usePlace } from '../../app/session.tsx';
import { Button } from '../../ui/button.tsx';
import { useWords } from '../../words/index.ts';
import { MODELS_PAGE } from './model-counts.tsx';
import { RefreshOutcome } from './refresh-outcome.tsx';

/** What came of connecting, and where to go from there. */
export function Connected({
  created: { connection, refresh },
  onClose,
}: {
  readonly created: Answer<'createConnection'>;
  readonly onClose: () => void;
}) {
  const { t } = useWords();
  const { organizationId } = usePlace();
  const { say } = useAddress();
  const isListed = refresh.error === undefined;
  return (
    <>
      <RefreshOutcome refresh={refresh} isFirst />
      {!isListed && <p className="text-dim">{t('providers.notListedText')}</p>}
      {isListed && (
        <Link
          to={MODELS_PAGE}
          params={{ organizationId }}
          search={{ connection: connection.id }}
          className="text-accent underline"
        >
          {t('providers.seeModels')}
        </Link>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button
          look={isListed ? 'plain' : 'primary'}
          onClick={() => say({ add: undefined, connection: connection.id }, 'replaced')}
        >
          {t('providers.openConnection')}
        </Button>
        <Button look={isListed ? 'primary' : 'plain'} onClick={onClose}>
          {t('app.done')}
        </Button>
      </div>
    </>
  );
}
