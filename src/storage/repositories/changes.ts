/**
 * The fields given in a change → the columns to set. A field that stands in the change as `undefined` is given: where
 * the column can be empty it is emptied, and where it cannot, Kysely leaves a column of value `undefined` alone.
 */
export function changedColumns<Change extends object, Columns extends object>(
  change: Change,
  rules: { readonly [Field in keyof Change]-?: (value: Change[Field]) => Columns },
): Columns {
  // The sum of parts of a type whose members are all optional is of that type.
  const columns = {} as Columns;
  for (const field in rules) {
    if (Object.hasOwn(change, field)) Object.assign(columns, rules[field](change[field]));
  }
  return columns;
}
