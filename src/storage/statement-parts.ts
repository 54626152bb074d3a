/** Rows in one statement: databases bound how many values it may have. */
const ROWS_PER_STATEMENT = 500;

/** Rows in as many parts as statements are needed for them. */
export function* statementParts<Row>(rows: readonly Row[], size = ROWS_PER_STATEMENT): Generator<readonly Row[]> {
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size);
}
