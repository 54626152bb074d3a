import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { PageName } from '../app/pages.ts';

type TabsProps<Name extends string> = {
  readonly label: string;
  readonly page: PageName;
  readonly organizationId: string;
  readonly tabs: readonly { readonly name: Name; readonly word: string }[];
  readonly current: Name;
};

/** The parts of a page, each with an address of its own. */
export function Tabs<Name extends string>({ label, page, organizationId, tabs, current }: TabsProps<Name>) {
  const list = useRef<HTMLUListElement>(null);
  // Where there is little room, the part that is shown is not to be out of sight.
  useEffect(() => {
    const shown = list.current?.querySelector('[aria-current=page]');
    if (current !== '') shown?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [current]);
  return (
    <nav aria-label={label} className="mb-5 overflow-x-auto border-b border-line">
      <ul ref={list} className="flex gap-1">
        {tabs.map(({ name, word }) => (
          <li key={name}>
            <Link
              to={`/$organizationId/${page}`}
              params={{ organizationId }}
              search={{ tab: name }}
              aria-current={name === current ? 'page' : undefined}
              className={`flex h-10 items-center border-b-2 px-3 whitespace-nowrap -outline-offset-2 ${
                name === current
                  ? 'border-accent font-medium text-ink'
                  : 'border-transparent text-dim hover:border-line hover:text-ink'
              }`}
            >
              {word}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
