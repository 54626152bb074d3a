import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nanoCredits } from '../../kernel/money.ts';
import { type ComparedGrant, mirrored, usedElsewhereOf } from './mirror.ts';

/** A grant in few words: `a 10/7 held 2 taken 3` has 10 left here, of which calls hold 2, and 7 there. */
function grantOf(text: string): ComparedGrant {
  const [, id = '', left = '', there = '', held = '0', taken = '0'] =
    /^(\w) (\d+)\/(\d+)(?: held (\d+))?(?: taken (\d+))?$/.exec(text) ?? [];
  const nano = (digits: string) => nanoCredits(BigInt(digits));
  return { id, leftNano: nano(left), thereNano: nano(there), heldNano: nano(held), elsewhereNano: nano(taken) };
}

type Row = readonly [
  what: string,
  grants: string,
  outside: { readonly untold?: bigint; readonly waiting?: bigint; readonly pending?: readonly [bigint, bigint] },
  moves: string,
  toTake?: bigint,
];

const ROWS: readonly Row[] = [
  ['nothing, where both have the same', 'a 10/10, b 5/5', {}, ''],
  ['nothing, where this hub used it and it was not told', 'a 7/10', { untold: 3n }, ''],
  ['nothing, where it was told and is not taken yet', 'a 7/10', { pending: [3n, 3n] }, ''],
  ['nothing, where a message may have arrived, and did not', 'a 7/10', { waiting: 3n }, ''],
  ['nothing, where a message may have arrived, and did', 'a 7/7', { waiting: 3n }, ''],
  ['nothing, where each side took it of another grant', 'a 7/10, b 10/7', {}, ''],
  ['nothing, where this hub gave back what it had told', 'a 10/7', { untold: -3n }, ''],
  ['nothing, where what was pending was taken while it was asked for', 'a 7/7', { pending: [3n, 0n] }, ''],
  ['what others used', 'a 10/6', {}, 'a -4'],
  ['what others used beside this hub', 'a 8/5', { untold: 1n }, 'a -4'],
  ['as much as others surely used, while a message may have arrived', 'a 8/5', { waiting: 2n }, 'a -3'],
  ['what others used and no grant covers there', 'a 5/0', { pending: [2n, 2n] }, 'a -5', 2n],
  ['it of the grant that it was used of', 'a 10/10, b 10/4', {}, 'b -6'],
  ['it of others where the other side used another', 'a 3/10, b 10/3', { untold: 5n }, 'b -5'],
  ['what is free, and the rest later', 'a 10/2 held 6', {}, 'a -4', 4n],
  ['what is free of others, where calls hold it', 'a 10/2 held 6, b 10/10', {}, 'a -4 b -4'],
  ['nothing that is not there', 'a 2/0', { untold: 0n, pending: [9n, 9n] }, 'a -2', 9n],
  ['it back where less was used', 'a 6/8 taken 4', {}, 'a 2'],
  ['no more back than was taken', 'a 6/20 taken 4', {}, 'a 4'],
  ['nothing back of what was never taken', 'a 6/10', {}, ''],
  ['it back to the grant that has more there', 'a 5/5 taken 2, b 5/6 taken 2', {}, 'b 1'],
  ['it back to another where that was taken of it', 'a 5/7, b 5/5 taken 2', {}, 'b 2'],
  ['nothing back that a message on its way may use', 'a 6/8 taken 4', { waiting: 2n }, ''],
  ['nothing where there are no grants', '', { untold: 4n }, '', 4n],
];

describe('what was used elsewhere', () => {
  test.each(ROWS.map((row) => ({ what: row[0], row })))(
    'takes $what',
    ({ row: [, text, outside, moves, toTake = 0n] }) => {
      const grants = text === '' ? [] : text.split(', ').map(grantOf);
      const { untold = 0n, waiting = 0n, pending: [before, after] = [0n, 0n] } = outside;
      const found = usedElsewhereOf({
        grants,
        untoldNano: nanoCredits(untold),
        waitingNano: nanoCredits(waiting),
        pendingNano: [nanoCredits(before), nanoCredits(after)],
      });
      const done = mirrored(grants, found);
      const expected = moves === '' ? [] : moves.split(/ (?=[a-z] )/);
      expect(done.moves.map(({ grantId, amountNano }) => `${grantId} ${amountNano}`)).toEqual(expected);
      expect(done.toTakeNano).toBe(toTake);
    },
  );

  test('leaves here what remains there, less what is not taken there yet', () => {
    const amount = fc.bigInt({ min: 0n, max: 50n });
    const grant = fc.record({ left: amount, there: amount, taken: amount });
    fc.assert(
      fc.property(fc.array(grant, { maxLength: 4 }), amount, amount, (list, untold, pending) => {
        const grants = list.map(({ left, there, taken }, index) =>
          grantOf(`${'abcd'[index]} ${left}/${there} held 0 taken ${taken}`),
        );
        const found = usedElsewhereOf({
          grants,
          untoldNano: nanoCredits(untold),
          waitingNano: nanoCredits(0n),
          pendingNano: [nanoCredits(pending), nanoCredits(pending)],
        });
        const { moves, toTakeNano } = mirrored(grants, found);
        const sum = (of: (each: ComparedGrant) => bigint) => grants.reduce((all, each) => all + of(each), 0n);
        const moved = moves.reduce((all, { amountNano }) => all + amountNano, 0n);
        const expected = sum(({ thereNano }) => thereNano) - untold - pending;
        const most = sum(({ leftNano, elsewhereNano }) => leftNano + elsewhereNano);
        const after = sum(({ leftNano }) => leftNano) + moved;
        expect(after).toBe(expected < 0n ? 0n : expected > most ? most : expected);
        expect(after - toTakeNano).toBe(expected > most ? most : expected);
      }),
      { numRuns: 2000 },
    );
  });
});
