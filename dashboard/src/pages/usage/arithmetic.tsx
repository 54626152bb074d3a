import type { ReactNode } from 'react';
import { useWords } from '../../words/index.ts';

/** What a number is made of, or what is meant, for who wants to see it. */
export function Arithmetic({ title, children }: { readonly title?: string; readonly children: ReactNode }) {
  const { t } = useWords();
  return (
    <details className="mt-3">
      <summary className="text-accent">{title ?? t('savings.arithmetic')}</summary>
      {/* A table reaches to the edges of a card, which is wider by as much. */}
      <div className="flex flex-col gap-3 px-4 pt-3 sm:px-5">{children}</div>
    </details>
  );
}
