import type { Command } from 'commander';
import { diagnosticsAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';

/** `diagnostics`: what to hand to somebody who is asked for help. */
export function addDiagnosticsCommand(program: Command, { withHub }: CommandContext): void {
  program
    .command('diagnostics')
    .helpGroup('Look after a hub:')
    .description('gather versions, settings, jobs, numbers and recent errors for whoever helps you')
    .addHelpText(
      'after',
      `
JSON without secrets, and without what requests held. Works while no hub runs, too.

Example:
  $ aigne-hub diagnostics > diagnostics.json
`,
    )
    .action((_options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const found = await hub.get('/system/diagnostics', {}, diagnosticsAnswer);
        printer.json(found);
        printer.line(JSON.stringify(found, null, 2));
      }),
    );
}
