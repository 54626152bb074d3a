import { CliFailure } from './failure.ts';

/**
 * The row that a person means by its id or its name.
 * @throws CliFailure when there is none, or when the name is not one row's alone
 */
export function findOne<Row extends { readonly id: string }>(
  rows: readonly Row[],
  wanted: string,
  about: { readonly noun: string; readonly name: (row: Row) => string; readonly list: string },
): Row {
  const byId = rows.find((row) => row.id === wanted);
  if (byId !== undefined) return byId;
  const named = rows.filter((row) => about.name(row) === wanted);
  const [first, second] = named;
  if (first === undefined) throw new CliFailure(`there is no ${about.noun} “${wanted}”`, `See them all: ${about.list}`);
  if (second === undefined) return first;
  const ids = named.map((row) => row.id).join(', ');
  throw new CliFailure(`“${wanted}” is the name of several: ${ids}`, 'Give the id instead.');
}
