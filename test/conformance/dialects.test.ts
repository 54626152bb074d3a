import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../src/dialects/index.ts';
import { type Case, casesOf, dialectFolders } from './cases.ts';
import type { Check } from './checks/check.ts';
import { errorChecks } from './checks/error-checks.ts';
import { framingChecks } from './checks/framing-checks.ts';
import { injectionChecks } from './checks/injection-checks.ts';
import { requestChecks } from './checks/request-checks.ts';
import { responseChecks } from './checks/response-checks.ts';
import { streamChecks } from './checks/stream-checks.ts';
import { toleranceChecks } from './checks/tolerance-checks.ts';
import { idleExcuses, missingCases } from './required-cases.ts';
import { dialectNamed } from './surroundings.ts';

const BASIC = [requestChecks, responseChecks, streamChecks, errorChecks];
const DEEP = [framingChecks, toleranceChecks, injectionChecks];

/** Holds every dialect to its fixtures and to the contract: README.md tells what a fixture is made of. */

it('has every dialect that has a folder, under the folder’s name, and no other', () => {
  expect([...DIALECTS.keys()].toSorted()).toEqual(dialectFolders());
  expect([...DIALECTS].filter(([name, dialect]) => name !== dialect.name)).toEqual([]);
});

for (const dialect of dialectFolders()) {
  describe(`${dialect} ›`, () => {
    const fixtures = casesOf(dialect);
    for (const fixture of fixtures) {
      for (const { name, run } of checksOf(fixture)) it(`${fixture.name}: ${name}`, run);
    }
    it('its cases cover what they have to', () => {
      const covered = new Set(fixtures.flatMap(({ meta }) => meta.covers));
      expect(missingCases(dialectNamed(dialect), covered)).toEqual([]);
    });
  });
}

it('excuses no dialect from what it shows', () => {
  expect(idleExcuses((dialect) => new Set(casesOf(dialect).flatMap(({ meta }) => meta.covers)))).toEqual([]);
});

/** A case that asks nothing was written in vain. */
function checksOf(fixture: Case): readonly Check[] {
  const checks = BASIC.flatMap((make) => make(fixture));
  const nothing: Check = { name: 'asks something', run: () => expect.fail('no two of its files belong together') };
  return checks.length === 0 ? [nothing] : [...checks, ...DEEP.flatMap((make) => make(fixture))];
}
