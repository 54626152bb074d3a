import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accentShades, COLOUR, contrast } from './accent.ts';

const colour = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);

describe('an accent', () => {
  it('measures contrast as the guidelines do', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
    expect(contrast('#ffffff', '#767676')).toBeCloseTo(4.54, 2);
    expect(contrast('#123456', '#123456')).toBe(1);
  });

  it('stays as it is in the theme that it can be read in', () => {
    expect(accentShades('#1d4ed8').light).toMatchObject({ accent: '#1d4ed8', onAccent: '#ffffff' });
    expect(accentShades('#93b4ff').dark).toMatchObject({ accent: '#93b4ff', onAccent: '#000000' });
  });

  it('becomes darker or lighter by as much as it needs', () => {
    expect(accentShades('#ffff00').light.accent).toBe('#737300');
    expect(accentShades('#000000').dark.accent).toMatch(COLOUR);
  });

  it('can be read in both themes, whatever the colour: on every surface, behind words and on its own ground', () => {
    fc.assert(
      fc.property(colour, (given) => {
        const { light, dark } = accentShades(given);
        for (const surface of ['#ffffff', '#f6f6f7', '#f4f4f5', light.ground, light.onAccent]) {
          expect(contrast(light.accent, surface)).toBeGreaterThanOrEqual(4.5);
        }
        for (const surface of ['#141417', '#0b0b0d', '#1c1c20', '#18181b', '#09090b', dark.ground, dark.onAccent]) {
          expect(contrast(dark.accent, surface)).toBeGreaterThanOrEqual(4.5);
        }
        // Ordinary words stand on the ground, too: --ink and --dim of each theme.
        for (const word of ['#18181b', '#52525b']) expect(contrast(word, light.ground)).toBeGreaterThanOrEqual(4.5);
        for (const word of ['#f4f4f5', '#a8a8b3']) expect(contrast(word, dark.ground)).toBeGreaterThanOrEqual(4.5);
        for (const { accent, onAccent, ground } of [light, dark]) {
          for (const each of [accent, onAccent, ground]) expect(each).toMatch(COLOUR);
        }
      }),
    );
  });
});
