import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { diagnose, type Finding } from '../doctor/checks.ts';
import { gatherFacts } from '../doctor/gather.ts';
import type { Printer } from '../printer.ts';

/** `doctor`: explains what is wrong with a configuration or a machine. */
export function addDoctorCommand(
  program: Command,
  { deps, flags, markFailed, printer: printerOf }: CommandContext,
): void {
  program
    .command('doctor')
    .helpGroup('Look after a hub:')
    .description('explain what is wrong with the configuration or the machine')
    .addHelpText(
      'after',
      `
Looks at Node, the settings, the data directory and its secrets, the store, the master key, the port, the
disk, the clock, TLS files, the mail server, the egress rules and the connections. Changes nothing, calls no
provider, sends no mail.
Exits with 1 when something is bad.

Examples:
  $ aigne-hub doctor
  $ aigne-hub doctor --json
`,
    )
    .action(async (_options: object, command: Command) => {
      const findings = diagnose(await gatherFacts(deps.doctor(flags(command))));
      const printer = printerOf(command);
      const isWell = findings.every((finding) => finding.state !== 'bad');
      printer.json({ ok: isWell, findings });
      for (const finding of findings) printFinding(printer, finding);
      printer.line(isWell ? 'Nothing is wrong.' : printer.bad('Something is wrong: see above.'));
      if (!isWell) markFailed();
    });
}

function printFinding(printer: Printer, finding: Finding): void {
  const words = { good: printer.good('ok  '), warning: 'note', bad: printer.bad('bad ') };
  printer.line(`${words[finding.state]}  ${finding.check}: ${finding.message}`);
  if (finding.remedy !== undefined) printer.line(`      ${finding.remedy}`);
}
