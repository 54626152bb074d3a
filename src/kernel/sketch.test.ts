import { array, assert, constantFrom, double, property } from 'fast-check';
import { expect, it } from 'vitest';
import {
  addValue,
  meanOf,
  mergeSketch,
  mergeSketchText,
  quantileOf,
  RELATIVE_ERROR,
  type Sketch,
  SMALLEST,
  sketchText,
} from './sketch.ts';

const values = array(double({ min: SMALLEST, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 200 });

function sketchOf(of: readonly number[]): Sketch {
  const sketch: Sketch = [];
  for (const value of of) addValue(sketch, value);
  return sketch;
}

it('a percentile of merged sketches is within the promised error of the exact one', () => {
  assert(
    property(array(values, { minLength: 1, maxLength: 5 }), constantFrom(0.01, 0.5, 0.9, 0.95, 1), (lists, share) => {
      const merged: Sketch = [];
      for (const list of lists) mergeSketch(merged, sketchOf(list));
      const sorted = lists.flat().toSorted((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? 0;
      const told = quantileOf(merged, share) ?? 0;
      // The last digits of a double are no fault of the sketch.
      expect(Math.abs(told - exact)).toBeLessThanOrEqual(exact * (RELATIVE_ERROR + 1e-9));
    }),
  );
});

it('what was merged is taken away again, and its text reads back as it was', () => {
  assert(
    property(values, values, (some, others) => {
      const sketch = sketchOf(some);
      mergeSketch(sketch, sketchOf(others));
      mergeSketch(sketch, sketchOf(others), -1);
      expect(sketch).toEqual(sketchOf(some));
      const read: Sketch = [];
      mergeSketchText(read, sketchText(sketch) ?? null);
      expect(read).toEqual(sketch);
    }),
  );
});

it('nothing has no percentile and no text; zero is the smallest value', () => {
  expect([quantileOf([], 0.5), sketchText([])]).toEqual([undefined, undefined]);
  expect(quantileOf(sketchOf([0]), 0.5)).toBeCloseTo(SMALLEST);
});

it('a mean is within the promised error of the exact one', () => {
  assert(
    property(values, (list) => {
      const exact = list.reduce((sum, value) => sum + value, 0) / list.length;
      const told = meanOf(sketchOf(list)) ?? 0;
      // The last digits of a double are no fault of the sketch.
      expect(Math.abs(told - exact)).toBeLessThanOrEqual(exact * RELATIVE_ERROR * (1 + 1e-9));
    }),
  );
  expect(meanOf([])).toBeUndefined();
});
