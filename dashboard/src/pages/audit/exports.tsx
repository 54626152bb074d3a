import { useState } from 'react';
import { CallError, download } from '../../api/call.ts';
import { useToast } from '../../app/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { useProblemText } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import type { Filter, Scope } from './query.ts';

const FORMATS = [
  ['csv', 'CSV'],
  ['jsonl', 'JSON Lines'],
] as const;

/** What is listed, of any length, as a file. */
export function Exports({ scope, filter }: { readonly scope: Scope; readonly filter: Filter }) {
  const { t } = useWords();
  const toast = useToast();
  const problemText = useProblemText();
  const [busy, setBusy] = useState<string>();
  const save = async (format: 'csv' | 'jsonl'): Promise<void> => {
    setBusy(format);
    const operation = scope === 'organization' ? 'exportAuditActs' : 'exportAllAuditActs';
    try {
      await download(operation, { query: { ...filter, format } }, `audit.${format}`);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      toast(problemText(error), 'bad');
    } finally {
      setBusy(undefined);
    }
  };
  return FORMATS.map(([format, name]) => (
    <Button
      key={format}
      icon="download"
      label={t('audit.exportAs', { format: name })}
      isBusy={busy === format}
      onClick={() => void save(format)}
    >
      {name}
    </Button>
  ));
}
