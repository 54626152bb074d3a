import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COUNTS, noMeasures } from '../protocol/measures.ts';
import {
  addFew,
  CELLS_END,
  costDifference,
  createCellsWriter,
  FEW_LENGTH,
  fewOf,
  isNothingAt,
  measuresAt,
  readCells,
} from './packed-cells.ts';

const COST_MAX = 2n ** 63n - 1n;
const few = fc
  .record({
    requests: fc.integer(),
    input_tokens: fc.integer({ min: -(2 ** 51), max: 2 ** 51 }),
    costNano: fc.bigInt({ min: -COST_MAX, max: COST_MAX }),
  })
  .map(({ requests, input_tokens, costNano }) => {
    const measures = { ...noMeasures(), costNano };
    measures.counts[COUNTS.indexOf('requests')] = requests;
    measures.counts[COUNTS.indexOf('input_tokens')] = input_tokens;
    return measures;
  });
const cells = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 2 ** 40 }), few), { selector: ([key]) => key });

describe('packed cells', () => {
  it('are read as they were written, of either sign and any size, and texts put together are read one by one', () => {
    fc.assert(
      fc.property(fc.array(cells), (lists) => {
        const sorted = lists.map((list) => list.toSorted(([a], [b]) => a - b));
        const texts = sorted.map((list) => {
          const writer = createCellsWriter();
          for (const [key, measures] of list) writer.add(key, fewOf(measures));
          return writer.text();
        });
        const found: unknown[] = [];
        readCells(texts.join(CELLS_END), (key, numbers) => found.push([key, measuresAt(numbers, 0) ?? noMeasures()]));
        expect(found).toEqual(sorted.flat());
      }),
    );
  });

  it('say which of two sums costs more, however close and however much', () => {
    const cost = fc.bigInt({ min: 0n, max: COST_MAX });
    fc.assert(
      fc.property(fc.tuple(cost, cost), fc.bigInt({ min: -3n, max: 3n }), ([a, other], near) => {
        for (const b of [other, a + near]) {
          const numbers = new Float64Array(2 * FEW_LENGTH);
          addFew(numbers, 0, fewOf({ ...noMeasures(), costNano: a }), 1);
          addFew(numbers, FEW_LENGTH, fewOf({ ...noMeasures(), costNano: b }), 1);
          expect(Math.sign(costDifference(numbers, 0, FEW_LENGTH))).toBe(a === b ? 0 : a > b ? 1 : -1);
        }
      }),
    );
  });

  it('are nothing once all parts of a sum are taken from it, and something before', () => {
    const costs = fc.array(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(costs, fc.bigInt({ min: 1n, max: 10n ** 17n }), (parts, more) => {
        const numbers = new Float64Array(FEW_LENGTH);
        const add = (costNano: bigint, times: number): void =>
          addFew(numbers, 0, fewOf({ ...noMeasures(), costNano }), times);
        add(
          parts.reduce((sum, part) => sum + part, more),
          1,
        );
        for (const part of parts) add(part, -1);
        expect(measuresAt(numbers, 0)?.costNano).toBe(more);
        add(more, -1);
        expect(isNothingAt(numbers, 0)).toBe(true);
      }),
    );
  });
});
