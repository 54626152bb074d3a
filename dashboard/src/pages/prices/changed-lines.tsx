import { useWords } from '../../words/index.ts';
import { useCondition } from '../models/price-lines.tsx';
import { type LineOf, placeOf } from './types.ts';

type ChangedLinesProps<Line extends LineOf> = {
  /** Missing where there was nothing before. */
  readonly before: readonly Line[] | undefined;
  readonly after: readonly Line[];
  readonly amountOf: (line: Line) => string;
};

/** The lines of which one list says something else than another, each from what to what. */
export function ChangedLines<Line extends LineOf>({ before = [], after, amountOf }: ChangedLinesProps<Line>) {
  const { t } = useWords();
  const conditionOf = useCondition();
  const keyOf = (line: Line): string => JSON.stringify(placeOf(line));
  const old = new Map(before.map((line) => [keyOf(line), line]));
  const next = new Map(after.map((line) => [keyOf(line), line]));
  const lines = [...new Map([...old, ...next])].flatMap(([key, line]) => {
    const [was, is] = [old.get(key), next.get(key)].map((one) => one && amountOf(one));
    return was === is ? [] : [{ key, line, was, is }];
  });
  return (
    <ul className="text-[13px]">
      {lines.map(({ key, line, was, is }) => (
        <li key={key} className="flex flex-wrap gap-x-2">
          <span className="text-dim">
            {[t(`models.units.${line.unit}`), conditionOf(line)].filter((part) => part !== '').join(' · ')}
          </span>
          <span className="tabular-nums">
            {before.length > 0 && (
              <>
                {was ?? '–'}
                <span aria-label={t('prices.becomes')} role="img">
                  {' → '}
                </span>
              </>
            )}
            {is ?? '–'}
          </span>
        </li>
      ))}
    </ul>
  );
}
