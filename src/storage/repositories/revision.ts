import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';

/** The condition of a change that is made only while a row has that revision; `undefined`: whichever it has. */
export function ofRevision(ifRevision: number | undefined): RawBuilder<boolean> {
  return ifRevision === undefined ? sql<boolean>`1 = 1` : sql<boolean>`revision = ${ifRevision}`;
}
