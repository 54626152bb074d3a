const STEPS = [1, 2, 2.5, 5, 10];

/** Round values from zero up to the first that is not below the largest. */
export function ticksUpTo(largest: number, wanted = 4): readonly number[] {
  if (!(largest > 0)) return [0, 1];
  const rough = largest / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((one) => one * power >= rough) ?? 10) * power;
  const count = Math.ceil(largest / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/** Every how many-th of so many moments has a label, where so many labels fit. */
export function labelEvery(moments: number, fitting: number): number {
  return Math.max(1, Math.ceil(moments / Math.max(1, fitting)));
}
