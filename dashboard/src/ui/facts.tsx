import type { ReactNode } from 'react';

/** Names and what is known under each; what is not known is left out. */
export function Facts({
  facts,
}: {
  readonly facts: readonly { readonly name: string; readonly value: ReactNode | undefined }[];
}) {
  return (
    <dl className="grid gap-x-4 gap-y-2 sm:grid-cols-[11rem_1fr]">
      {facts
        .filter(({ value }) => value !== undefined)
        .map(({ name, value }) => (
          <div key={name} className="contents">
            <dt className="text-dim max-sm:-mb-1.5">{name}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
    </dl>
  );
}
