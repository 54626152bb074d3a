import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Slots } from './slots.ts';

it('holds what was added and not removed, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant('add' as const), fc.nat({ max: 20 }))), (steps) => {
      const slots = new Slots<string>();
      const model = new Map<number, string>();
      steps.forEach((step, index) => {
        if (step === 'add') {
          const slot = slots.add(`item ${index}`);
          expect(model.has(slot)).toBe(false);
          model.set(slot, `item ${index}`);
        } else {
          expect(slots.remove(step)).toBe(model.get(step));
          model.delete(step);
        }
      });
      const held: string[] = [];
      slots.forEach((item) => held.push(item));
      expect(held.toSorted()).toEqual([...model.values()].toSorted());
      expect(slots.size).toBe(model.size);
    }),
  );
});
