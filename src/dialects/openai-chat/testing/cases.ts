import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { parseJson } from '../../../kernel/json.ts';
import type { EndpointQuirks } from '../../../protocol/deployment.ts';

/**
 * The cases of what passes through: every folder of `fixtures/` with a `case.json` says what goes in and what comes out,
 * byte for byte. Those with a `meta.json` are about translation, and the conformance runner's.
 */

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));

const common = { about: z.string().min(10), docs: z.url() };
const caseSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('request'),
    upstreamModel: z.string(),
    quirks: z.custom<Partial<EndpointQuirks>>().default({}),
    losses: z.array(z.string()).default([]),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('stream'),
    request: z.record(z.string(), z.unknown()),
    expect: z.strictObject({
      status: z.string(),
      error: z.string().optional(),
      finishReason: z.string().optional(),
      servedModel: z.string().optional(),
      usage: z.record(z.string(), z.number()).nullable(),
      usageBasis: z.string(),
      losses: z.array(z.string()).default([]),
    }),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('error'),
    status: z.int(),
    retryAfter: z.string().nullable(),
    expect: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('whole'),
    operation: z.enum(['chat', 'completions', 'embeddings']),
    expect: z.record(z.string(), z.unknown()),
  }),
]);
export type Case<Kind> = Extract<z.infer<typeof caseSchema>, { kind: Kind }> & { readonly name: string };

/** A file of a case. */
export function read(name: string, file: string): Buffer {
  return readFileSync(`${FIXTURES}${name}/${file}`);
}

/** Every case, by the folder's name. */
export const cases = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(`${FIXTURES}${entry.name}/case.json`))
  .map(({ name }) => ({ name, ...caseSchema.parse(parseJson(read(name, 'case.json').toString())) }));

export function casesOf<Kind extends (typeof cases)[number]['kind']>(kind: Kind): Case<Kind>[] {
  // The filter is what the type says.
  return cases.filter((each) => each.kind === kind) as unknown as Case<Kind>[];
}
