import type { Command } from 'commander';
import { configOutcomeAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';

/** `config …`: what hub.yaml declares. */
export function addConfigCommands(
  program: Command,
  { deps, flags, markFailed, printer: printerOf, withHub }: CommandContext,
): void {
  const config = program.command('config').helpGroup('Look after a hub:').description('hub.yaml and the settings');
  config
    .command('check')
    .description('check the settings and hub.yaml without touching anything')
    .addHelpText(
      'after',
      '\nLists every problem with its line; exits with 1 when there is any.\n\nExample:\n  $ aigne-hub config check --config ./hub.yaml\n',
    )
    .action(async (_options: object, command: Command) => {
      const settings = await deps.doctor(flags(command)).settings();
      const printer = printerOf(command);
      const problems = settings.state === 'wrong' ? settings.problems : [];
      const warnings = settings.state === 'good' ? settings.warnings : [];
      printer.json({ ok: problems.length === 0, problems, warnings });
      for (const problem of problems) printer.line(`${problem.where}: ${problem.message}`);
      for (const warning of warnings) printer.line(`note: ${warning}`);
      if (problems.length === 0) return printer.line('The settings are good.');
      markFailed();
    });
  config
    .command('apply')
    .option('--dry-run', 'only say what would change')
    .description('read hub.yaml again and bring the hub up to it')
    .addHelpText('after', '\nExamples:\n  $ aigne-hub config apply --dry-run\n  $ aigne-hub config apply\n')
    .action((options: { dryRun?: boolean }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const outcome = await hub.send(
          'POST',
          '/config/apply',
          { dry_run: options.dryRun === true },
          configOutcomeAnswer,
        );
        printer.json(outcome);
        for (const change of outcome.changes) printer.line(`${sign(change.action)} ${change.sentence}`);
        for (const problem of outcome.problems) printer.line(printer.bad(`${problem.place}: ${problem.message}`));
        if (outcome.problems.length > 0) markFailed();
        else if (outcome.changes.length === 0) printer.line('Nothing to change.');
        else printer.line(outcome.applied ? 'Applied.' : 'Nothing is changed yet: run it without --dry-run.');
      }),
    );
}

function sign(action: string): string {
  if (action === 'create') return '+';
  return action === 'remove' ? '-' : '~';
}
