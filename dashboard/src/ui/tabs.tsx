import { Link } from '@tanstack/react-router';
import clsx from 'clsx';
import { useEffect, useRef } from 'react';

type Tab = { readonly name: string; readonly word: string };

/** Parts of a page, each with an address: `tab`, which the first has none of. */
export function Tabs({
  label,
  tabs,
  current,
  isBelow = false,
}: {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly current: string;
  /** Below other tabs: the address without a name is one of those. */
  readonly isBelow?: boolean;
}) {
  const nav = useRef<HTMLElement>(null);
  // On a phone there is no room for all: the one that is open is never out of sight.
  useEffect(() => {
    const strip = nav.current;
    if (strip === null) return undefined;
    const observer = new ResizeObserver(() => {
      const open = strip.querySelector<HTMLElement>('[aria-current=page]');
      if (open !== null) strip.scrollLeft = open.offsetLeft - (strip.clientWidth - open.offsetWidth) / 2;
    });
    observer.observe(strip);
    return () => observer.disconnect();
  }, [current]);
  return (
    <nav ref={nav} aria-label={label} className="relative mb-4 flex gap-1 overflow-x-auto border-b border-line">
      {tabs.map(({ name, word }, index) => (
        <Link
          key={name}
          to="."
          search={index === 0 && !isBelow ? {} : { tab: name }}
          // The address of the first is part of every other's: it would be said to be open with each of them.
          activeOptions={{ exact: true }}
          aria-current={name === current ? 'page' : undefined}
          className={clsx(
            '-mb-px flex h-10 items-center border-b-2 px-3 whitespace-nowrap -outline-offset-2',
            name === current ? 'border-accent font-medium text-ink' : 'border-transparent text-dim hover:text-ink',
          )}
        >
          {word}
        </Link>
      ))}
    </nav>
  );
}
