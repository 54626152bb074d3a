import type { ReactNode } from 'react';

export type Column<Row> = {
  readonly name: string;
  readonly head: ReactNode;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand at the right, so that their places line up. */
  readonly isNumber?: boolean;
  /** Left out where there is little room. */
  readonly isMinor?: boolean;
  /** Not for who looks at the table. */
  readonly isLeftOut?: boolean;
  /** No wider than what is in it, as a box to tick is. */
  readonly isNarrow?: boolean;
};

type TableProps<Row> = {
  /** What the table holds, for readers of screens. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly onOpen?: (row: Row) => void;
};

/** Buttons are taller than a line of text: with less room around them, they stand at the height of the text beside them. */
const ACTIONS = 'actions';

/** A table that scrolls within itself where the page is narrower than it. */
export function Table<Row>({ label, columns: all, rows, keyOf, onOpen }: TableProps<Row>) {
  const columns = all.filter(({ isLeftOut }) => isLeftOut !== true);
  return (
    <div className="relative -mx-4 overflow-x-auto sm:-mx-5" tabIndex={0} role="region" aria-label={label}>
      <table className="w-full border-collapse text-sm break-keep">
        <thead>
          <tr className="border-b border-line text-left text-[13px] text-dim">
            {columns.map(({ name, head, isNumber, isMinor, isNarrow }) => (
              <th
                key={name}
                scope="col"
                className={cellClass(
                  isNumber,
                  isMinor,
                  `py-2.5 font-medium whitespace-nowrap ${isNarrow === true ? 'w-px' : ''}`,
                )}
              >
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={keyOf(row)}
              className={`border-b border-line last:border-0 ${onOpen === undefined ? '' : 'cursor-pointer hover:bg-ground'}`}
              onClick={onOpen === undefined ? undefined : () => onOpen(row)}
            >
              {columns.map(({ name, cell, isNumber, isMinor }) => (
                <td key={name} className={cellClass(isNumber, isMinor, name === ACTIONS ? 'py-1' : 'py-2.5')}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function cellClass(isNumber: boolean | undefined, isMinor: boolean | undefined, more: string): string {
  return [
    'px-4 align-top first:sm:pl-5 last:sm:pr-5',
    isNumber === true ? 'text-right tabular-nums' : '',
    isMinor === true ? 'hidden md:table-cell' : '',
    more,
  ].join(' ');
}
