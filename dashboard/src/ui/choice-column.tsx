import { useWords } from '../words/index.ts';
import type { Column } from './table.tsx';

type Choice<Row> = {
  readonly rows: readonly Row[];
  readonly isChosen: (row: Row) => boolean;
  /** What a row is called, for readers of screens. */
  readonly nameOf: (row: Row) => string;
  readonly onToggle: (rows: readonly Row[], isOn: boolean) => void;
};

/** A box to tick for each row, and one for all. */
export function useChoiceColumn<Row>({ rows, isChosen, nameOf, onToggle }: Choice<Row>): Column<Row> {
  const { t } = useWords();
  const isAll = rows.length > 0 && rows.every(isChosen);
  return {
    name: 'choice',
    isNarrow: true,
    head: (
      <input
        type="checkbox"
        className="size-4"
        aria-label={t('models.selectAll')}
        checked={isAll}
        onChange={() => onToggle(rows, !isAll)}
      />
    ),
    cell: (row) => (
      <label
        // The place around the box belongs to it, and does not open the row.
        className="-m-2.5 flex p-2.5"
        onClick={(event) => event.stopPropagation()}
      >
        <input
          type="checkbox"
          className="size-4"
          aria-label={t('models.select', { name: nameOf(row) })}
          checked={isChosen(row)}
          onChange={(event) => onToggle([row], event.target.checked)}
        />
      </label>
    ),
  };
}
