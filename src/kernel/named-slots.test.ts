import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NamedSlots } from './named-slots.ts';

describe('named slots', () => {
  it('hold what a map would hold, in whatever order things come and go', () => {
    const ids = fc.constantFrom('', 'a', 'call_a1', 'call_b1', 'call_1a', 'other_a1', 'call_zz');
    fc.assert(
      fc.property(fc.array(fc.tuple(ids, fc.boolean())), (steps) => {
        const slots = new NamedSlots<{ readonly id: string; readonly step: number }>();
        const map = new Map<string, { readonly id: string; readonly step: number }>();
        for (const [step, [id, isAdded]] of steps.entries()) {
          expect(slots.get(id)).toBe(map.get(id));
          if (!isAdded) {
            expect(slots.remove(id)).toBe(map.get(id));
            map.delete(id);
          } else if (!map.has(id)) {
            const item = { id, step };
            map.set(id, item);
            slots.add(item);
          }
        }
        expect(new Set(slots.all)).toEqual(new Set(map.values()));
      }),
    );
  });
});
