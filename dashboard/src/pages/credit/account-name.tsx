import { useWords } from '../../words/index.ts';
import { partsOf } from './types.ts';

type Named = { readonly id: string; readonly name?: string | undefined };

type AccountNameProps = {
  readonly account: Named;
  /** The hub was asked for the name and has none. */
  readonly isNameAsked?: boolean;
};

/** Whose account it is: its name, and what that is. */
export function AccountName({ account: { id, name }, isNameAsked = false }: AccountNameProps) {
  const { t } = useWords();
  const { level, scopeId } = partsOf(id);
  return (
    <span className="block min-w-28">
      <span className="line-clamp-2 wrap-anywhere">{name ?? scopeId}</span>
      <span className="block text-xs text-dim">
        {t(`credit.levels.${level}`)}
        {name === undefined && isNameAsked && ` · ${t('credit.gone')}`}
      </span>
    </span>
  );
}

/** The same in one line, where there is little room. */
export function AccountLine({ account: { id, name } }: { readonly account: Named }) {
  const { t } = useWords();
  const { level, scopeId } = partsOf(id);
  return (
    <span className="block wrap-anywhere">
      <span className="text-dim">{t(`credit.levels.${level}`)}</span> {name ?? scopeId}
    </span>
  );
}
