import type { Command } from 'commander';
import type { z } from 'zod';
import { auditActAnswer, auditVerdictAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { UsageFailure } from '../failure.ts';
import type { Query } from '../hub-client.ts';
import type { Printer } from '../printer.ts';
import { readMoment } from '../time-span.ts';

type FilterOptions = {
  readonly since?: string;
  readonly until?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  readonly installation?: boolean;
};

const ACTS_MAX = 100_000;

/** `audit …`: who did what, and whether the log of it is as it was written. */
export function addAuditCommands(program: Command, context: CommandContext): void {
  const audit = program.command('audit').helpGroup('Look after a hub:').description('who did what, and when');
  addList(audit, context);
  addExport(audit, context);
  addVerify(audit, context);
}

function withFilters(command: Command): Command {
  return command
    .option('--since <when>', 'how long back, such as 24h or 7d, or a date')
    .option('--until <when>', 'up to when')
    .option('--actor <id>', 'by this person or management key')
    .option('--action <name>', 'of this kind, such as createKey')
    .option('--target <id>', 'done to this')
    .option('--installation', 'in all organizations, and to the installation itself');
}

function addList(audit: Command, { deps, withHub }: CommandContext): void {
  withFilters(audit.command('list'))
    .option('--limit <count>', 'how many', '50')
    .description('list what was done, newest first')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aigne-hub audit list --since 24h\n  $ aigne-hub audit list --target vk_01j…\n',
    )
    .action((options: FilterOptions & { readonly limit: string }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const limit = readLimit(options.limit);
        const acts = await hub.getAll(pathOf(options), queryOf(options, deps.now()), auditActAnswer, limit);
        printer.json(acts);
        printActs(printer, acts);
      }),
    );
}

function addExport(audit: Command, { deps, withHub }: CommandContext): void {
  withFilters(audit.command('export'))
    .description('write all that was done to the standard output, one JSON object a line, newest first')
    .addHelpText('after', '\nExample:\n  $ aigne-hub audit export --since 30d > audit.jsonl\n')
    .action((options: FilterOptions, command: Command) =>
      withHub(command, async (hub) => {
        // Page by page, so that the length of a log is no matter.
        for await (const page of hub.getPages(pathOf(options), queryOf(options, deps.now()), auditActAnswer))
          deps.out.write(page.map((act) => `${JSON.stringify(act)}\n`).join(''));
      }),
    );
}

function addVerify(audit: Command, { markFailed, withHub }: CommandContext): void {
  audit
    .command('verify')
    .option('--noted <head>', 'the head that an earlier look named, kept elsewhere')
    .description('read the whole log and list all that is not as the hub wrote it')
    .addHelpText(
      'after',
      `
Exits with 1 when anything is. A log that was put back to an older state, head and all, shows only
against a head that was noted elsewhere.

Examples:
  $ aigne-hub audit verify
  $ aigne-hub audit verify --noted 120:9f0c…
`,
    )
    .action(({ noted }: { readonly noted?: string }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const verdict = await hub.get('/installation/audit/verify', { noted }, auditVerdictAnswer);
        printer.json(verdict);
        for (const { sequence, what } of verdict.differences) printer.line(printer.bad(`Entry ${sequence}: ${what}`));
        printer.line(
          verdict.intact
            ? `All ${verdict.entries} entries are as they were written.`
            : `${verdict.entries} entries read.`,
        );
        printer.line(`Head ${verdict.head.sequence}:${verdict.head.digest}`);
        if (!verdict.intact) markFailed();
      }),
    );
}

function pathOf({ installation }: FilterOptions): string {
  return installation === true ? '/installation/audit' : '/audit';
}

function queryOf(options: FilterOptions, nowMs: number): Query {
  return {
    from: options.since === undefined ? undefined : readMoment(options.since, nowMs, -1),
    to: options.until === undefined ? undefined : readMoment(options.until, nowMs, -1),
    actor_id: options.actor,
    action: options.action,
    target_id: options.target,
  };
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= ACTS_MAX) return limit;
  throw new UsageFailure(`--limit: a whole number from 1 to ${ACTS_MAX}`);
}

function printActs(printer: Printer, acts: readonly z.output<typeof auditActAnswer>[]): void {
  printer.table(
    acts,
    [
      { heading: 'AT', value: (row) => row.at },
      { heading: 'ACTOR', value: (row) => row.actor_id ?? row.actor_kind },
      { heading: 'ACTION', value: (row) => row.action },
      { heading: 'TARGET', value: (row) => row.target_id ?? row.target_kind },
      { heading: 'OUTCOME', value: (row) => row.error_code ?? row.outcome },
      { heading: 'ADDRESS', value: (row) => row.address },
    ],
    'Nothing was done in that time.',
  );
}
