import type { Command } from 'commander';
import { deletedAnswer, type LimitAnswer, limitAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { readDocument, withoutTold } from '../document.ts';
import { UsageFailure } from '../failure.ts';
import { findOne } from '../find-one.ts';
import type { HubClient } from '../hub-client.ts';
import type { Printer } from '../printer.ts';
import { type TermOptions, withTerms, withTyped } from './limit-terms.ts';

const LIMITS = '/limits';

type CreateOptions = TermOptions & { readonly file?: string };
type UpdateOptions = CreateOptions & { readonly name?: string; readonly amount?: string };

/** `limit …`: how much may be called, and for how much money. */
export function addLimitCommands(program: Command, context: CommandContext): void {
  const limit = program
    .command('limit')
    .alias('limits')
    .helpGroup('See what is used:')
    .description('limits and budgets: how much may be called, and what is left of it');
  addList(limit, context);
  addShow(limit, context);
  addCreate(limit, context);
  addUpdate(limit, context);
  addRemove(limit, context);
}

function addList(limit: Command, { withHub }: CommandContext): void {
  limit
    .command('list')
    .description('list the limits, with what is used and left of each and when it begins anew')
    .addHelpText('after', '\nExamples:\n  $ aigne-hub limit list\n  $ aigne-hub limit list --json\n')
    .action((_options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const rows = await hub.getAll(LIMITS, {}, limitAnswer);
        printer.json(rows);
        printCounts(printer, rows, 'There are no limits. Make one: aigne-hub limit create <name> <amount>');
      }),
    );
}

function addShow(limit: Command, { withHub }: CommandContext): void {
  limit
    .command('show')
    .argument('<limit>', 'its id or name')
    .description('show one limit; with --json in the form that --file takes')
    .addHelpText('after', '\nExample:\n  $ aigne-hub limit show "Budget of the month"\n')
    .action((wanted: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const row = await limitOf(hub, wanted);
        printer.json(row);
        const ofModels = row.models === undefined ? 'all models' : row.models.join(', ');
        printer.line(`${row.id} “${row.name}”: ${row.amount} ${row.measure} of ${ofModels}, from ${row.source}.`);
        printer.line(`It ${row.mode === 'hard' ? 'refuses what goes beyond' : 'only tells of what goes beyond'}.`);
        if (row.thresholds.length > 0) printer.line(`People are told at ${row.thresholds.join(', ')} percent of it.`);
        printCounts(printer, [row], '');
      }),
    );
}

function addCreate(limit: Command, { deps, withHub }: CommandContext): void {
  withTerms(limit.command('create'))
    .argument('<name>', 'what it is called')
    .argument('[amount]', 'a whole number, or of money such as 100.00')
    .description('make a limit')
    .addHelpText(
      'after',
      `
Examples:
  $ aigne-hub limit create Budget 100.00 --measure money --per month --zone Asia/Taipei --tell 80,100
  $ aigne-hub limit create "Each key" 60 --measure requests --rolling 60 --of key
  $ aigne-hub limit create "At once" 4 --measure concurrent --of project/website
  $ aigne-hub limit create Budget --file budget.yaml
`,
    )
    .action((name: string, amount: string | undefined, options: CreateOptions, command: Command) =>
      withHub(command, async (hub, printer) => {
        const plain = { subject: { kind: 'organization' }, mode: 'hard' };
        const base = options.file === undefined ? plain : await readDocument(options.file, deps);
        const typed = await withTyped(base, amount, { options, hub });
        if (typed['amount'] === undefined || typed['measure'] === undefined) {
          throw new UsageFailure('give the amount and --measure, or --file');
        }
        const made = await hub.send('POST', LIMITS, { ...typed, name }, limitAnswer);
        printer.json(made);
        printer.line(`${made.id} “${made.name}” holds within two seconds.`);
      }),
    );
}

function addUpdate(limit: Command, { deps, withHub }: CommandContext): void {
  withTerms(limit.command('update'))
    .argument('<limit>', 'its id or name')
    .option('--name <name>', 'another name')
    .option('--amount <amount>', 'another amount; the count goes on')
    .description('change what is given of a limit; with --file all of it')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aigne-hub limit update Budget --amount 250.00\n  $ aigne-hub limit update Budget --file - < budget.json\n',
    )
    .action((wanted: string, options: UpdateOptions, command: Command) =>
      withHub(command, async (hub, printer) => {
        if (Object.keys(options).length === 0) throw new UsageFailure('say what is to be another, or give --file');
        const { name, amount, file } = options;
        const row = await limitOf(hub, wanted);
        const base = file === undefined ? withoutTold(row) : { name: row.name, ...(await readDocument(file, deps)) };
        const typed = await withTyped(base, amount, { options, hub });
        const body = name === undefined ? typed : { ...typed, name };
        const path = `${LIMITS}/${encodeURIComponent(row.id)}`;
        const changed = await hub.send('PUT', path, body, limitAnswer, row.revision);
        printer.json(changed);
        printer.line(`${changed.id} “${changed.name}” is changed.`);
      }),
    );
}

function addRemove(limit: Command, { withHub }: CommandContext): void {
  limit
    .command('remove')
    .alias('delete')
    .argument('<limit>', 'its id or name')
    .description('remove a limit; the others hold on')
    .addHelpText('after', '\nExample:\n  $ aigne-hub limit remove Budget\n')
    .action((wanted: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const { id, name, revision } = await limitOf(hub, wanted);
        const path = `${LIMITS}/${encodeURIComponent(id)}`;
        const removed = await hub.send('DELETE', path, undefined, deletedAnswer, revision);
        printer.json(removed);
        printer.line(`${id} “${name}” is removed.`);
      }),
    );
}

async function limitOf(hub: HubClient, wanted: string): Promise<LimitAnswer> {
  const rows = await hub.getAll(LIMITS, {}, limitAnswer);
  return findOne(rows, wanted, { noun: 'limit', name: (row) => row.name, list: 'aigne-hub limit list' });
}

type Line = { readonly limit: LimitAnswer; readonly count?: NonNullable<LimitAnswer['counts']>[number] };

/** A line for each count: a limit of each key has one for every key that used some of it. */
function printCounts(printer: Printer, limits: readonly LimitAnswer[], empty: string): void {
  const lines = limits.flatMap((limit): readonly Line[] => {
    const counts = limit.counts ?? [];
    return counts.length === 0 ? [{ limit }] : counts.map((count) => ({ limit, count }));
  });
  printer.table(
    lines,
    [
      { heading: 'LIMIT', value: ({ limit }) => limit.name },
      { heading: 'WHOSE', value: ({ limit, count }) => whose(limit, count?.subject) },
      { heading: 'MEASURE', value: ({ limit }) => limit.measure },
      { heading: 'WINDOW', value: ({ limit }) => windowText(limit.window) },
      { heading: 'MODE', value: ({ limit }) => limit.mode },
      { heading: 'AMOUNT', value: ({ limit }) => limit.amount, align: 'right' },
      { heading: 'USED', value: ({ limit, count }) => count?.used ?? unknown(limit), align: 'right' },
      { heading: 'LEFT', value: ({ limit, count }) => count?.left ?? unknown(limit), align: 'right' },
      { heading: 'RESETS', value: ({ count }) => count?.resets_at },
      { heading: 'FROM', value: ({ limit }) => limit.source },
    ],
    empty,
  );
}

/** Nobody has used any of a limit of each; where the counts cannot be had, nothing is known. */
function unknown({ counts }: LimitAnswer): string | undefined {
  return counts === undefined ? '?' : undefined;
}

function whose({ subject: { kind, id } }: LimitAnswer, counted: string | undefined): string {
  if (counted !== undefined) return `${kind} ${counted}`;
  if (id !== undefined) return `${kind} ${id}`;
  return kind === 'organization' ? kind : `each ${kind}`;
}

function windowText(window: LimitAnswer['window']): string | undefined {
  if (window === undefined) return undefined;
  return window.kind === 'calendar' ? `${window.unit} (${window.time_zone})` : `last ${window.seconds}s`;
}
