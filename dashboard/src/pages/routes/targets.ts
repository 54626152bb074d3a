import type { Route } from '../../api/types.ts';

export type Tiers = Route['tiers'];

/** Tiers as they are written in a field: a target a line with its weight behind it, tiers apart by an empty line. */
export function writeTiers(tiers: Tiers): string {
  return tiers
    .map(({ targets }) => targets.map(({ model, weight }) => (weight === 1 ? model : `${model} ${weight}`)).join('\n'))
    .join('\n\n');
}

/** What was written, with the time-outs that targets of that name had before; no tier where nothing was. */
export function readTiers(text: string, before: Tiers): Tiers {
  const known = new Map(before.flatMap(({ targets }) => targets.map((each) => [each.model, each.timeouts] as const)));
  return text
    .split(/\n\s*\n/)
    .map((tier) =>
      tier
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== ''),
    )
    .filter((lines) => lines.length > 0)
    .map((lines) => ({
      targets: lines.map((line) => {
        const [, model = line, weight = '1'] = /^(\S.*?)(?:\s+(\d{1,4}))?$/.exec(line) ?? [];
        return { model, weight: Number(weight), timeouts: known.get(model) ?? {} };
      }),
    }));
}
