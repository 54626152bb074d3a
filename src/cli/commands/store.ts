import type { Command } from 'commander';
import { backupAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { CliFailure } from '../failure.ts';

/** `backup`, `restore` and `store copy`: the hub's data as a whole. */
export function addStoreCommands(program: Command, context: CommandContext): void {
  const { deps, flags, printer: printerOf, withHub } = context;
  program
    .command('backup')
    .helpGroup('Look after a hub:')
    .argument('<folder>', 'a new folder to write, on the hub’s machine')
    .description('write a consistent copy of the store while the hub runs')
    .addHelpText(
      'after',
      '\nThe copy holds every secret encrypted, and not the master key: keep that apart.\n\nExample:\n  $ aigne-hub backup /backups/hub-monday\n',
    )
    .action((folder: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const written = await hub.send('POST', '/backup', { path: deps.resolvePath(folder) }, backupAnswer);
        printer.json(written);
        if (written.command !== undefined) {
          printer.line('This store is backed up with its own tools. Run:');
          return printer.line(`  ${written.command}`);
        }
        printer.line(`${written.path ?? folder}: ${written.bytes ?? 0} bytes.`);
        printer.line(`A restore needs the master key ${written.key_fingerprint ?? ''}, which is not in it.`);
      }),
    );
  program
    .command('restore')
    .helpGroup('Look after a hub:')
    .argument('<folder>', 'what `backup` wrote')
    .option('--force', 'replace the data that is there')
    .description('put a backup in place of the store, while no hub runs')
    .addHelpText(
      'after',
      '\nA backup made under another master key is refused before anything is touched.\n\nExample:\n  $ aigne-hub restore /backups/hub-monday\n',
    )
    .action(async (folder: string, options: { force?: boolean }, command: Command) => {
      await refuseWhileRunning(context, command);
      const restored = await deps.restore({
        flags: flags(command),
        from: deps.resolvePath(folder),
        overwrite: options.force === true ? 'replace' : 'refuse',
      });
      const printer = printerOf(command);
      printer.json({ target: restored.target, schema_version: restored.schemaVersion });
      printer.line(`Restored to ${restored.target}, schema ${restored.schemaVersion}.`);
    });
  program
    .command('store')
    .helpGroup('Look after a hub:')
    .description('move the store')
    .command('copy')
    .requiredOption('--to <url>', 'an empty PostgreSQL database, postgres://…')
    .description('copy a SQLite hub to PostgreSQL and compare the row counts, while no hub runs')
    .addHelpText('after', '\nExample:\n  $ aigne-hub store copy --to postgres://hub@db.example.com/hub\n')
    .action(async (options: { to: string }, command: Command) => {
      await refuseWhileRunning(context, command);
      const printer = printerOf(command);
      const copied = await deps.copyStore({
        flags: flags(command),
        to: options.to,
        onProgress: (table, rows) => printer.line(printer.faint(`${table}: ${rows}`)),
      });
      printer.json(copied);
      printer.table(
        copied,
        [
          { heading: 'TABLE', value: (row) => row.table },
          { heading: 'ROWS', value: (row) => row.rows, align: 'right' },
        ],
        'The store was empty.',
      );
      printer.line('The counts agree. Start the hub with --store and that address.');
    });
}

async function refuseWhileRunning({ deps, flags }: CommandContext, command: Command): Promise<void> {
  const running = await deps.findRunningHub(flags(command));
  if (running === undefined) return;
  throw new CliFailure(`a hub (process ${running.pid}) is using this data directory`, 'Stop it first.');
}
