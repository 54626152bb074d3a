import { expect, test } from 'vitest';
import { createRollUp } from './roll-up.ts';

/** A store of so many waiting records, of which each `sharing` share one sum. Notes how many were asked for. */
function storeOf(waiting: number, sharing: number) {
  const asked: number[] = [];
  const rollUp = (limit: number) => {
    asked.push(limit);
    const taken = Math.min(limit, waiting);
    waiting -= taken;
    return Promise.resolve({ taken, written: Math.ceil(taken / sharing) });
  };
  const add = (records: number): void => void (waiting += records);
  return { store: { rollUp, holdsUpWrites: true, waiting: () => Promise.resolve(waiting) }, asked, add };
}

const running = new AbortController().signal;

test('records that share their sums are taken together, the more they do', async () => {
  const { store, asked } = storeOf(6000, 2);
  await createRollUp(store)(running);
  expect(asked).toEqual([200, 3000, 3000]);
});

test('how many share them is remembered, but is not learned from a few', async () => {
  const { store, asked, add } = storeOf(6000, 2);
  const rollUp = createRollUp(store);
  await rollUp(running);
  add(10);
  await rollUp(running);
  add(20);
  await rollUp(running);
  expect(asked).toEqual([200, 3000, 3000, 3000, 3000]);
});

test('never so many that those who write would wait long, however much they share', async () => {
  const { store, asked } = storeOf(30_000, 1000);
  await createRollUp(store)(running);
  expect(Math.max(...asked)).toBe(10_000);
});

test('a batch that another process came before is read again', async () => {
  let tries = 0;
  const rollUp = () =>
    Promise.resolve((tries += 1) === 1 ? { taken: undefined, written: 0 } : { taken: 5, written: 5 });
  await createRollUp({ rollUp, holdsUpWrites: true, waiting: () => Promise.resolve(0) })(running);
  expect(tries).toBe(2);
});
