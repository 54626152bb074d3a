import { z } from 'zod';
import { testReportSchema, toTestResults } from '../connections/schema.ts';
import { jsonObjectField, secretField, urlField } from '../fields.ts';
import type { ProbeReport } from '../services.ts';

export const probeRequestSchema = z
  .strictObject({ base_url: urlField, secret: secretField.optional() })
  .meta({ examples: [{ base_url: 'https://models.example.com/v1', secret: 'sk-…' }] });

export const probeReportSchema = z.strictObject({
  base_url: z.string(),
  dialect: z.string().optional().describe('The wire format that was recognised.'),
  results: testReportSchema.shape.results,
  models: z.array(z.string()),
  proposed_entry: jsonObjectField
    .optional()
    .describe('A catalogue entry to apply; missing where nothing was recognised.'),
});

export function toProbeReport(report: ProbeReport): z.output<typeof probeReportSchema> {
  return {
    base_url: report.baseUrl,
    dialect: report.dialect,
    results: toTestResults(report.results),
    models: [...report.models],
    proposed_entry: jsonObjectField.optional().parse(report.proposedEntry),
  };
}
