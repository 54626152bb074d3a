import type { Command } from 'commander';
import { z } from 'zod';
import { totalsListAnswer, usageRecordAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { UsageFailure } from '../failure.ts';
import type { HubClient, Query } from '../hub-client.ts';
import type { Printer } from '../printer.ts';
import { readMoment } from '../time-span.ts';

type UsageOptions = {
  readonly by?: string;
  readonly since?: string;
  readonly until?: string;
  readonly key?: string;
  readonly model?: string;
  readonly provider?: string;
  readonly status?: string;
  readonly records?: boolean;
  readonly limit: string;
  readonly request?: string;
};

const RECORDS_MAX = 100_000;

/** `usage`: what was called and what it cost. */
export function addUsageCommand(program: Command, { deps, withHub }: CommandContext): void {
  program
    .command('usage')
    .helpGroup('See what is used:')
    .option(
      '--by <what>',
      'one line per model, provider, connection, key, status, operation, end_user, application or day',
    )
    .option('--since <when>', 'how long back, such as 24h or 7d, or a date')
    .option('--until <when>', 'up to when')
    .option('--key <id>', 'of this virtual key')
    .option('--model <model>', 'of this model')
    .option('--provider <id>', 'of this provider')
    .option('--status <status>', 'success, upstream_error, rejected, client_closed, cut, timeout or interrupted')
    .option('--records', 'the single calls, newest first')
    .option('--limit <count>', 'with --records: how many', '50')
    .option('--request <id>', 'one request in full, with its attempts')
    .description('what was called and what it cost')
    .addHelpText(
      'after',
      `
Examples:
  $ aigne-hub usage --since 24h
  $ aigne-hub usage --by model --since 7d
  $ aigne-hub usage --records --status upstream_error
  $ aigne-hub usage --request req_01j…
`,
    )
    .action((options: UsageOptions, command: Command) =>
      withHub(command, async (hub, printer) => {
        if (options.request !== undefined) return showRequest(hub, printer, options.request);
        const query = {
          from: options.since === undefined ? undefined : readMoment(options.since, deps.now(), -1),
          to: options.until === undefined ? undefined : readMoment(options.until, deps.now(), -1),
          key_id: options.key,
          model: options.model,
          provider_id: options.provider,
          status: options.status,
        };
        if (options.records === true) return showRecords(hub, printer, query, readLimit(options.limit));
        return showTotals(hub, printer, query, options.by);
      }),
    );
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= RECORDS_MAX) return limit;
  throw new UsageFailure(`--limit: a whole number from 1 to ${RECORDS_MAX}`);
}

async function showTotals(hub: HubClient, printer: Printer, query: Query, by: string | undefined): Promise<void> {
  const { data } = await hub.get('/usage/totals', { ...query, group_by: by }, totalsListAnswer);
  printer.json(data);
  const calls = data.filter((row) => row.requests > 0);
  printer.table(
    calls,
    [
      ...(by === undefined
        ? []
        : [
            {
              heading: by.toUpperCase().replaceAll('_', ' '),
              value: (row: (typeof data)[number]) => row.group ?? '(none)',
            },
          ]),
      { heading: 'REQUESTS', value: (row) => row.requests, align: 'right' },
      { heading: 'FAILED', value: (row) => row.failed_requests, align: 'right' },
      { heading: 'INPUT', value: (row) => row.input_tokens, align: 'right' },
      { heading: 'OUTPUT', value: (row) => row.output_tokens, align: 'right' },
      { heading: 'COST', value: (row) => `$${row.cost_usd}`, align: 'right' },
      { heading: 'UNPRICED', value: (row) => row.unpriced_requests, align: 'right' },
    ],
    'Nothing was called in that time.',
  );
}

async function showRecords(hub: HubClient, printer: Printer, query: Query, limit: number): Promise<void> {
  const records = await hub.getAll('/usage/records', query, usageRecordAnswer, limit);
  printer.json(records);
  printer.table(
    records,
    [
      { heading: 'STARTED', value: (row) => row.started_at },
      { heading: 'REQUEST', value: (row) => row.request_id },
      { heading: 'MODEL', value: (row) => row.requested_model },
      { heading: 'PROVIDER', value: (row) => row.provider_id },
      { heading: 'STATUS', value: (row) => row.status },
      { heading: 'INPUT', value: (row) => row.usage.input_tokens, align: 'right' },
      { heading: 'OUTPUT', value: (row) => row.usage.output_tokens, align: 'right' },
      { heading: 'COST', value: (row) => (row.priced ? `$${row.cost_usd}` : 'unpriced'), align: 'right' },
      { heading: 'MS', value: (row) => Math.round(row.duration_ms), align: 'right' },
    ],
    'Nothing was called in that time.',
  );
}

/** One request has many parts of its own shape: people read it as scripts do. */
async function showRequest(hub: HubClient, printer: Printer, id: string): Promise<void> {
  const request = await hub.get(`/usage/requests/${encodeURIComponent(id)}`, {}, z.looseObject({}));
  printer.json(request);
  printer.line(JSON.stringify(request, null, 2));
}
