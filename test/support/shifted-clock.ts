import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes a module that shifts the clock of the process that loads it before all else, and tells how it is loaded. */
export async function shiftedClock(folder: string, shiftMs: number): Promise<{ readonly NODE_OPTIONS: string }> {
  const file = join(folder, `shifted-clock-${shiftMs}.mjs`);
  await writeFile(
    file,
    `const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) { if (given.length === 0) super(RealDate.now() + ${shiftMs}); else super(...given); }
  static now() { return RealDate.now() + ${shiftMs}; }
};
`,
  );
  return { NODE_OPTIONS: `--import=${file}` };
}
