import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { parseJson } from '../kernel/json.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}$/);

/** Who makes models, by the names that their models go by. */
export const vendorSchema = z.strictObject({
  id: name,
  name: z.string().min(1).max(100),
  /** What stands before the slash (`anthropic/claude-…`) or the dot (`anthropic.claude-…`) at hosts of many vendors. */
  namespaces: z.array(name).min(1).max(16),
  /** How the vendor's bare model ids begin. */
  families: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}$/))
    .min(1)
    .max(64),
  /** `hyphen`: the vendor writes `4-5` where others write `4.5`. */
  versionSeparator: z.literal('hyphen').optional(),
  /** Every name of this vendor is one dated model, so that the date adds nothing to it. */
  datesAreSame: z.literal(true).optional(),
  /** The dated models that are not what their name without the date means. */
  datedApart: z.array(z.string()).max(100).optional(),
  /** Names that the vendor itself documents as the same model, without a date. */
  same: z.record(z.string(), z.string()).optional(),
});

export type Vendor = z.infer<typeof vendorSchema>;

const vendorTableSchema = z.strictObject({ vendors: z.array(vendorSchema).min(1).max(500) });

/** The file of vendors that belongs to this build. */
export const VENDORS_FILE = fileURLToPath(new URL('./vendors.json', import.meta.url));

/** Reads a table of vendors. @throws Error naming the file when it cannot be read or breaks the schema */
export function loadVendors(file: string = VENDORS_FILE): readonly Vendor[] {
  const parsed = vendorTableSchema.safeParse(parseJson(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  return parsed.data.vendors;
}
