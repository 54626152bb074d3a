import type { Command } from 'commander';
import { codeBatchAnswer, madeCodeBatchAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { findOne } from '../find-one.ts';
import { readMoment } from '../time-span.ts';
import { wholeOf } from '../typed-values.ts';

const BATCHES = '/installation/credit/code-batches';

type CreateOptions = {
  readonly name: string;
  readonly count: string;
  readonly uses?: string;
  readonly kind?: string;
  readonly until?: string;
  readonly expires?: string;
  readonly lasts?: string;
};

/** `code …`: redemption codes, which give credit to whoever redeems them. */
export function addCodeCommands(program: Command, context: CommandContext): void {
  const code = program
    .command('code')
    .helpGroup('Sell credit:')
    .description('redemption codes, which are made in batches');
  addList(code, context);
  addCreate(code, context);
  addRevoke(code, context);
}

function addList(code: Command, { withHub }: CommandContext): void {
  code
    .command('list')
    .description('list the batches, newest first')
    .addHelpText('after', '\nExample:\n  $ aigne-hub code list\n')
    .action((_options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const rows = await hub.getAll(BATCHES, {}, codeBatchAnswer);
        printer.json(rows);
        printer.table(
          rows,
          [
            { heading: 'BATCH', value: (row) => row.id },
            { heading: 'NAME', value: (row) => row.name },
            { heading: 'STATE', value: (row) => row.state },
            { heading: 'CREDITS', value: (row) => row.amount, align: 'right' },
            { heading: 'CODES', value: (row) => String(row.count), align: 'right' },
            { heading: 'REDEEMED', value: (row) => String(row.uses), align: 'right' },
            { heading: 'UNTIL', value: (row) => row.valid_until ?? '' },
          ],
          'There are no codes. Make some: aigne-hub code create <amount> --name <name>',
        );
      }),
    );
}

function addCreate(code: Command, { deps, withHub }: CommandContext): void {
  code
    .command('create')
    .argument('<amount>', 'credits that each code gives')
    .requiredOption('--name <name>', 'what the credit is called, where the organization reads it')
    .option('--count <count>', 'how many codes', '1')
    .option('--uses <uses>', 'how many organizations may redeem each code')
    .option('--kind <kind>', 'promotional, purchased or adjustment')
    .option('--until <when>', 'from when on no code is redeemed, such as 30d, or a date')
    .option('--expires <when>', 'when the credit expires, such as 90d, or a date')
    .option('--lasts <days>', 'days for which the credit may be used once a code is redeemed')
    .description('make a batch of codes, which are shown this once')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aigne-hub code create 10 --name Conference --count 200 --until 30d > codes.txt\n  $ aigne-hub code create 5 --name Campaign --uses 1000 --lasts 90 --json\n',
    )
    .action((amount: string, options: CreateOptions, command: Command) =>
      withHub(command, async (hub, printer) => {
        const { name, count, uses, kind, until, expires, lasts } = options;
        const moment = (when: string | undefined) => (when === undefined ? undefined : readMoment(when, deps.now(), 1));
        const body = {
          name,
          amount,
          kind,
          count: wholeOf('--count', count),
          uses_max: wholeOf('--uses', uses),
          valid_until: moment(until),
          credit_expires_at: moment(expires),
          credit_lasts_days: wholeOf('--lasts', lasts),
        };
        const made = await hub.send('POST', BATCHES, body, madeCodeBatchAnswer);
        printer.json(made);
        for (const each of made.codes) printer.line(each);
      }),
    );
}

function addRevoke(code: Command, { withHub }: CommandContext): void {
  code
    .command('revoke')
    .argument('<batch>', 'its id or name')
    .description('withdraw a batch: none of its codes is redeemed any more; what was given stays')
    .addHelpText('after', '\nExample:\n  $ aigne-hub code revoke Conference\n')
    .action((wanted: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const rows = await hub.getAll(BATCHES, {}, codeBatchAnswer);
        const { id } = findOne(rows, wanted, { noun: 'batch', name: (row) => row.name, list: 'aigne-hub code list' });
        const batch = await hub.send('POST', `${BATCHES}/${id}/withdraw`, undefined, codeBatchAnswer);
        printer.json(batch);
        printer.line(`${batch.id} “${batch.name}” is withdrawn.`);
      }),
    );
}
