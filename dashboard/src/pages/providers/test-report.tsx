import type { TestReport } from '../../api/types.ts';
import { duration } from '../../format/amounts.ts';
import { Icon } from '../../ui/icon.tsx';
import { useWords } from '../../words/index.ts';

type Results = TestReport['results'];

/** What was tried against a provider, and what came of it. */
export function TestResults({
  results,
  nameOf,
}: {
  readonly results: Results;
  /** The name of a credential that was tried. */
  readonly nameOf?: (credentialId: string) => string;
}) {
  const { t, language } = useWords();
  return (
    <ul role="status" aria-label={t('providers.testResults')} className="flex flex-col gap-2 rounded-lg bg-ground p-3">
      {results.map((result, index) => (
        // Steps have no id, and stay in the order in which they were taken.
        <li key={index} className="grid grid-cols-[1rem_1fr] gap-2">
          <Icon name={result.ok ? 'check' : 'warn'} className={`mt-1 size-4 ${result.ok ? 'text-good' : 'text-bad'}`} />
          <div className="min-w-0">
            <p className="flex flex-wrap gap-x-2">
              {result.credential_id !== undefined && nameOf !== undefined && (
                <span className="font-medium">{nameOf(result.credential_id)}</span>
              )}
              <span className="break-all">{result.step}</span>
              <span className={result.ok ? 'text-good' : 'text-bad'}>
                {result.ok ? t('providers.works') : t('providers.fails')}
              </span>
              {result.http_status !== undefined && <span className="text-dim">HTTP {result.http_status}</span>}
              {result.latency_ms !== undefined && (
                <span className="text-dim">{duration(result.latency_ms, language)}</span>
              )}
            </p>
            {result.message !== undefined && (
              <p className="text-[13px] break-words whitespace-pre-wrap text-dim">{result.message}</p>
            )}
          </div>
        </li>
      ))}
      {results.length === 0 && <li className="text-dim">{t('providers.nothingTried')}</li>}
    </ul>
  );
}
