import type { Command } from 'commander';
import type { z } from 'zod';
import { adminTokenAnswer, vaultAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import type { Printer } from '../printer.ts';

/** `vault …` and `admin token`: the secrets that guard the others. */
export function addVaultCommands(program: Command, { markFailed, withHub }: CommandContext): void {
  const vault = program.command('vault').helpGroup('Look after a hub:').description('the encryption of stored secrets');
  vault
    .command('status')
    .description('show the versions of the master key, and how far a rotation is')
    .addHelpText('after', '\nExits with 1 when a secret cannot be opened.\n\nExample:\n  $ aigne-hub vault status\n')
    .action((_options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const status = await hub.get('/vault', {}, vaultAnswer);
        printer.json(status);
        printVault(printer, status);
        if (status.undecryptable > 0 || status.rotation.state === 'failed') markFailed();
      }),
    );
  vault
    .command('rotate')
    .description('seal every secret under a new version of the master key, while the hub answers')
    .addHelpText(
      'after',
      '\nA rotation that was interrupted goes on where it stopped.\n\nExample:\n  $ aigne-hub vault rotate\n',
    )
    .action((_options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const status = await hub.send('POST', '/vault/rotate', undefined, vaultAnswer);
        printer.json(status);
        printVault(printer, status);
      }),
    );
  program
    .command('admin')
    .helpGroup('Look after a hub:')
    .description('who may configure the hub')
    .command('token')
    .description('make a new admin token and end the old ones')
    .addHelpText('after', '\nNeeds no token on the hub’s own machine.\n\nExample:\n  $ aigne-hub admin token\n')
    .action((_options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const made = await hub.send('POST', '/admin-token', undefined, adminTokenAnswer);
        printer.json(made);
        printer.line(made.token);
        printer.line(printer.faint('Shown this once; every earlier admin token has ended.'));
      }),
    );
}

function printVault(printer: Printer, status: z.output<typeof vaultAnswer>): void {
  printer.table(
    status.versions,
    [
      { heading: 'VERSION', value: (row) => row.version, align: 'right' },
      { heading: 'FINGERPRINT', value: (row) => row.fingerprint },
      { heading: 'SINCE', value: (row) => row.created_at },
      { heading: 'STATE', value: (row) => stateOf(row, status.current_version) },
    ],
    'No master key has been used yet.',
  );
  const { state, rewrapped, remaining, error } = status.rotation;
  printer.line(
    `Rotation ${state}: ${rewrapped} sealed anew, ${remaining} to go.${error === undefined ? '' : ` ${error}`}`,
  );
  if (status.undecryptable > 0) {
    printer.line(printer.bad(`${status.undecryptable} secrets cannot be opened. Run aigne-hub doctor.`));
  }
}

function stateOf(row: { readonly version: number; readonly retired_at?: string | undefined }, current: number): string {
  if (row.version === current) return 'current';
  return row.retired_at === undefined ? 'still needed' : 'retired';
}
