import type { Command } from 'commander';
import { ledgerVerdictAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';

/** `ledger …`: whether credit is as the hub wrote it. */
export function addLedgerCommands(program: Command, { markFailed, withHub }: CommandContext): void {
  const ledger = program
    .command('ledger')
    .helpGroup('Look after a hub:')
    .description('the book of all credit: what was given, held, charged');
  ledger
    .command('verify')
    .option('--noted <head>', 'the head that an earlier look named, kept elsewhere')
    .description('prove every balance, charge and entry, and list all that is not as the hub wrote it')
    .addHelpText(
      'after',
      `
Exits with 1 when anything is. A ledger that was put back to an older state, head and all, shows only
against a head that was noted elsewhere.

Examples:
  $ aigne-hub ledger verify
  $ aigne-hub ledger verify --noted 120:9f0c…
`,
    )
    .action(({ noted }: { readonly noted?: string }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const verdict = await hub.get('/installation/ledger/verify', { noted }, ledgerVerdictAnswer);
        const { intact, entries, unsealed, differences, head } = verdict;
        printer.json(verdict);
        for (const { id, what } of differences) printer.line(printer.bad(`${id} ${what}`));
        printer.line(intact ? `All ${entries} entries prove every balance.` : `${entries} entries read.`);
        if (unsealed > 0) printer.line(printer.faint(`${unsealed} of them wait for their seal.`));
        // Before the first seal there is nothing to note.
        if (head.number > 0) printer.line(`Head ${head.number}:${head.digest}`);
        if (!intact) markFailed();
      }),
    );
}
