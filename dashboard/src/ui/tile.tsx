import type { ReactNode } from 'react';

/** One number of several, with what stands beneath it. */
export function Tile({
  name,
  value,
  isBad = false,
  children,
}: {
  readonly name: string;
  readonly value: string;
  readonly isBad?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <div className="flex min-w-0 flex-col bg-paper p-4">
      <dt className="text-[13px] text-dim">{name}</dt>
      <dd className={`text-xl font-semibold tracking-tight tabular-nums sm:text-2xl ${isBad ? 'text-bad' : ''}`}>
        {value}
      </dd>
      <dd className="text-[13px] text-dim">{children}</dd>
    </div>
  );
}
