/** A colour as `#rrggbb`, in small letters. */
export const COLOUR = /^#[0-9a-f]{6}$/;

/** How an accent shows in one theme. */
export type AccentShade = {
  readonly accent: string;
  /** What is written on it. */
  readonly onAccent: string;
  /** What lies behind words in the accent where they are marked. */
  readonly ground: string;
};

/** Text needs this contrast. https://www.w3.org/TR/WCAG22/#contrast-minimum */
const CONTRAST_MIN = 4.5;
const STEPS = 40;
const WHITE = '#ffffff';
const BLACK = '#000000';

/** Of each theme: where words in the accent stand at the least contrast, and how much of it its ground takes. */
const LIGHT = { surface: '#f4f4f5', paper: WHITE, groundShare: 0.08, towards: BLACK };
const DARK = { surface: '#1c1c20', paper: '#141417', groundShare: 0.16, towards: WHITE };

/**
 * A colour → what it becomes in the light and in the dark theme. No colour can be read on both, so it is made darker or
 * lighter by as much as words in it need, and stays as it is where it can be read.
 */
export function accentShades(colour: string): { readonly light: AccentShade; readonly dark: AccentShade } {
  return { light: shadeFor(colour, LIGHT), dark: shadeFor(colour, DARK) };
}

/** How far apart two colours are in brightness, from 1 to 21. https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
export function contrast(one: string, other: string): number {
  const [brighter = 0, darker = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (brighter + 0.05) / (darker + 0.05);
}

function shadeFor(colour: string, { surface, paper, groundShare, towards }: typeof LIGHT): AccentShade {
  for (let step = 0; step <= STEPS; step += 1) {
    const accent = mix(colour, towards, step / STEPS);
    const ground = mix(paper, accent, groundShare);
    if (contrast(accent, surface) < CONTRAST_MIN || contrast(accent, ground) < CONTRAST_MIN) continue;
    const onAccent = contrast(accent, WHITE) > contrast(accent, BLACK) ? WHITE : BLACK;
    return { accent, onAccent, ground };
  }
  throw new Error(`no shade of ${colour} can be read`);
}

function mix(from: string, to: string, share: number): string {
  const there = channels(to);
  const mixed = channels(from).map((value, index) => Math.round(value + ((there[index] ?? 0) - value) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

function channels(colour: string): readonly number[] {
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16));
}

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channels(colour).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
