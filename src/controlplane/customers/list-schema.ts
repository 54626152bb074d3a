import { z } from 'zod';
import { formatCredits } from '../../kernel/money.ts';
import {
  type GrantList,
  LINE_PROBLEMS,
  LIST_CHARS_MAX,
  LIST_COLUMNS,
  type ListedGrant,
} from '../../ledger/grant-list.ts';
import { creditsField } from '../credit/schema.ts';
import { countField, timeField, toTimeOrUndefined } from '../fields.ts';

export const grantListSchema = z
  .strictObject({
    csv: z
      .string()
      .max(LIST_CHARS_MAX)
      .describe(
        `CSV (RFC 4180), in its first line the columns, in any order: \`amount\`, \`name\`, \`reference\`, and \`external_id\` or \`organization_id\`; \`expires_at\`, \`kind\` and \`reason\` where they are wanted. 5,000 lines at most.`,
      ),
  })
  .meta({
    examples: [
      { csv: 'organization_id,amount,name,expires_at,reference\norg_default,250,Order 1042,2099-12-31,1042\n' },
    ],
  });

const problemSchema = z.strictObject({
  what: z
    .enum(LINE_PROBLEMS)
    .describe(
      '`cells`: more or fewer than the head has; `missing`: nothing there; `both_ids`: one of the two; `unknown_customer`, `closed_customer`; `not_an_amount`: a decimal number above zero, nine places at most; `unfit_text`: too long, or with control characters; `not_a_time`: `YYYY-MM-DD` or ISO 8601 with its offset; `time_is_over`; `not_a_kind`; `repeated`: a line before has the reference; `other_content`: the reference stands for something else.',
    ),
  column: z.enum(LIST_COLUMNS).optional(),
});

const lineSchema = z.strictObject({
  line: z.int().positive().describe('Of the file.'),
  state: z
    .enum(['new', 'known', 'wrong'])
    .describe('`new`: it is given by this list; `known`: it was by its reference before; `wrong`: nothing is given.'),
  problems: z.array(problemSchema),
  customer: z.string().describe('As the line says it.'),
  organization_id: z.string().optional(),
  organization_name: z.string().optional(),
  amount: z.string(),
  name: z.string(),
  reference: z.string(),
  expires_at: timeField.optional(),
});

export const listedGrantsSchema = z.strictObject({
  lines: z.array(lineSchema),
  new: countField,
  known: countField,
  wrong: countField,
  total: creditsField.describe('What the new lines come to.'),
});

export function toListedGrants({ lines, totalNano }: GrantList): z.output<typeof listedGrantsSchema> {
  const countOf = (state: ListedGrant['state']): number => lines.filter((line) => line.state === state).length;
  return {
    lines: lines.map(toLine),
    new: countOf('new'),
    known: countOf('known'),
    wrong: countOf('wrong'),
    total: formatCredits(totalNano),
  };
}

function toLine({ line, state, problems, cells, customer, grant }: ListedGrant): z.output<typeof lineSchema> {
  return {
    line,
    state,
    problems: problems.map(({ what, column }) => ({ what, column })),
    customer: cells.external_id ?? cells.organization_id ?? '',
    organization_id: customer?.id,
    organization_name: customer?.name,
    amount: cells.amount ?? '',
    name: cells.name ?? '',
    reference: cells.reference ?? '',
    expires_at: toTimeOrUndefined(grant?.expiresAt),
  };
}
