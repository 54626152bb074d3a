import type { OwedGrant } from '../../protocol/owed-grants.ts';
import type { OwedGrantStore } from '../ports.ts';

/** What is owed, in memory, with whether it is given. */
export class MemoryOwed implements OwedGrantStore {
  readonly rows = new Map<string, { readonly owed: OwedGrant; isGiven: boolean }>();

  async owe(wanted: readonly OwedGrant[], check: (wanted: OwedGrant, found: OwedGrant) => void) {
    const found = wanted.map((each) => this.rows.get(each.reference)?.owed ?? each);
    for (const [index, each] of wanted.entries()) check(each, found[index] ?? each);
    for (const owed of found)
      if (!this.rows.has(owed.reference)) this.rows.set(owed.reference, { owed, isGiven: false });
    return found;
  }

  async ofReferences(references: readonly string[]) {
    return references.flatMap((reference) => this.rows.get(reference)?.owed ?? []);
  }

  async waiting(limit: number) {
    const waiting = [...this.rows.values()].filter(({ isGiven }) => !isGiven);
    return waiting.slice(0, limit).map(({ owed }) => owed);
  }

  async noteGiven(ids: readonly string[]) {
    for (const row of this.rows.values()) if (ids.includes(row.owed.id)) row.isGiven = true;
  }
}
