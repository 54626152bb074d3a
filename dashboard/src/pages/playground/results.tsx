import { type FormEvent, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { AreaField } from '../../ui/field.tsx';
import { useWords } from '../../words/index.ts';
import type { ToolCall } from './turns.ts';

type ResultsProps = {
  readonly calls: readonly ToolCall[];
  /** One result for each call, in their order. */
  readonly onGive: (results: readonly string[]) => void;
};

/** Where the results of calls are given by hand. */
export function Results({ calls, onGive }: ResultsProps) {
  const { t } = useWords();
  const [results, setResults] = useState<readonly string[]>(calls.map(() => ''));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onGive(results);
  };
  return (
    <form onSubmit={submit} className="mt-4 flex flex-col gap-3 border-t border-line pt-4">
      {calls.map(({ id, name }, index) => (
        <AreaField
          key={id}
          label={t('playground.resultOf', { name })}
          required
          value={results[index] ?? ''}
          onChange={(event) => setResults(results.map((one, at) => (at === index ? event.target.value : one)))}
        />
      ))}
      <div>
        <Button type="submit" look="primary">
          {t('playground.giveResults')}
        </Button>
      </div>
    </form>
  );
}
