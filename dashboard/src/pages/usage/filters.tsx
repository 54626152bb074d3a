import { Icon } from '../../ui/icon.tsx';
import { DIMENSIONS, type Dimension, useNamesOf } from '../../usage/names.ts';
import { useWords } from '../../words/index.ts';
import type { ChangeView, View } from './view.ts';

/** What the page is narrowed to, each with the way out of it. */
export function Filters({ view, onChange }: { readonly view: View; readonly onChange: ChangeView }) {
  const chosen = DIMENSIONS.flatMap((dimension) => {
    const value = view.chosen[dimension];
    return value === undefined ? [] : [{ dimension, value }];
  });
  if (chosen.length === 0) return null;
  return (
    <ul className="mb-3 flex flex-wrap gap-2">
      {chosen.map(({ dimension, value }) => (
        <li key={dimension}>
          <Filter dimension={dimension} value={value} onRemove={() => onChange({ [dimension]: undefined })} />
        </li>
      ))}
    </ul>
  );
}

function Filter({
  dimension,
  value,
  onRemove,
}: {
  readonly dimension: Dimension;
  readonly value: string;
  readonly onRemove: () => void;
}) {
  const { t } = useWords();
  const name = useNamesOf(dimension)(value);
  return (
    <button
      type="button"
      aria-label={t('usage.clearFilter', { name })}
      onClick={onRemove}
      className="flex h-8 max-w-72 items-center gap-1.5 rounded-lg bg-accent-ground px-2.5 text-[13px] text-accent"
    >
      <span>{t(`usage.dimensions.${dimension}`)}:</span>
      <span className="truncate font-medium">{name}</span>
      <Icon name="close" className="size-3.5" />
    </button>
  );
}
