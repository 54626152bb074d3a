import type { Command } from 'commander';
import { customerAnswer, customerGrantAnswer, madeCustomerAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { UsageFailure } from '../failure.ts';
import { readMoment } from '../time-span.ts';

const CUSTOMERS = '/installation/customers';

type CreateOptions = {
  readonly project?: string;
  readonly key?: string;
  readonly newKey?: boolean;
  readonly credit?: string;
  readonly reference?: string;
};
type GrantOptions = {
  readonly reference: string;
  readonly name?: string;
  readonly kind?: string;
  readonly expires?: string;
  readonly reason?: string;
};

/** `customer …`: organizations of a platform that sells them credit and knows them by ids of its own. */
export function addCustomerCommands(program: Command, context: CommandContext): void {
  const customer = program
    .command('customer')
    .helpGroup('Sell credit:')
    .description('customers of a platform of yours, by the platform’s own ids');
  addList(customer, context);
  addShow(customer, context);
  addCreate(customer, context);
  addGrant(customer, context);
}

function addList(customer: Command, { withHub }: CommandContext): void {
  customer
    .command('list')
    .argument('[search]', 'part of the name or of the id')
    .description('list the customers, with what they have')
    .addHelpText('after', '\nExamples:\n  $ aigne-hub customer list\n  $ aigne-hub customer list acme --json\n')
    .action((search: string | undefined, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const rows = await hub.getAll(CUSTOMERS, { search }, customerAnswer);
        printer.json(rows);
        printer.table(
          rows,
          [
            { heading: 'CUSTOMER', value: (row) => row.external_id ?? row.id },
            { heading: 'NAME', value: (row) => row.name },
            { heading: 'STATE', value: (row) => row.state },
            { heading: 'AVAILABLE', value: (row) => row.balance.available, align: 'right' },
            { heading: 'ORGANIZATION', value: (row) => row.organization_id },
          ],
          'There is no such customer. Make one: aigne-hub customer create <id> <name>',
        );
      }),
    );
}

function addShow(customer: Command, { withHub }: CommandContext): void {
  customer
    .command('show')
    .argument('<customer>', 'the platform’s id, or the organization’s')
    .description('show one customer and what it has')
    .addHelpText('after', '\nExample:\n  $ aigne-hub customer show acme-42\n')
    .action((id: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const found = await hub.get(`${CUSTOMERS}/${encodeURIComponent(id)}`, {}, customerAnswer);
        printer.json(found);
        const { name, state, organization_id: organization, balance } = found;
        printer.line(`${found.id} “${name}” is ${state}; its organization is ${organization}.`);
        printer.line(`${balance.available} credits can be used: ${balance.remaining} are left, ${balance.held} held.`);
      }),
    );
}

function addCreate(customer: Command, { withHub }: CommandContext): void {
  customer
    .command('create')
    .argument('<id>', 'the platform’s own id of it')
    .argument('<name>')
    .option('--project <name>', 'what its first project is called')
    .option('--key <name>', 'make a virtual key of that name; its secret is shown once')
    .option('--new-key', 'give the key a new secret where the customer is there already')
    .option('--credit <amount>', 'credits that it begins with')
    .option('--reference <reference>', 'the order that the credit is for: it is given once by it')
    .description('make a customer, or find the one of that id')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aigne-hub customer create acme-42 Acme\n  $ aigne-hub customer create acme-42 Acme --key platform --credit 100 --reference order-1041\n',
    )
    .action((id: string, name: string, options: CreateOptions, command: Command) =>
      withHub(command, async (hub, printer) => {
        const { project, key, newKey, credit: amount, reference } = options;
        if ((amount === undefined) !== (reference === undefined)) {
          throw new UsageFailure('--credit and --reference belong together: credit is given once by its reference');
        }
        const body = {
          external_id: id,
          name,
          project_name: project,
          key: key === undefined ? undefined : { name: key },
          new_key: newKey,
          credit: amount === undefined ? undefined : { amount, reference, name: reference },
        };
        const made = await hub.send('POST', CUSTOMERS, body, madeCustomerAnswer);
        printer.json(made);
        const { customer: found, created, secret, grant } = made;
        printer.line(`${found.id} “${found.name}” ${created ? 'is made' : 'was there'}: ${found.organization_id}.`);
        if (secret !== undefined) printer.line(`The secret of its key, shown this once: ${secret}`);
        if (grant !== undefined) printer.line(`${grant.id}: it was given ${grant.issued} credits.`);
      }),
    );
}

function addGrant(customer: Command, { deps, withHub }: CommandContext): void {
  customer
    .command('grant')
    .argument('<customer>', 'the platform’s id, or the organization’s')
    .argument('<amount>', 'credits, such as 250 or 12.5')
    .requiredOption('--reference <reference>', 'such as that of an order: credit is given once by it')
    .option('--name <name>', 'what the customer sees it as (default: the reference)')
    .option('--kind <kind>', 'purchased, promotional or adjustment')
    .option('--expires <when>', 'until when it may be used, such as 30d, or a date')
    .option('--reason <text>', 'why; the customer is shown it')
    .description('give a customer credit, once by each reference')
    .addHelpText('after', '\nExample:\n  $ aigne-hub customer grant acme-42 250 --reference order-1042\n')
    .action((id: string, amount: string, options: GrantOptions, command: Command) =>
      withHub(command, async (hub, printer) => {
        const { reference, name = reference, kind, expires, reason } = options;
        const expires_at = expires === undefined ? undefined : readMoment(expires, deps.now(), 1);
        const path = `${CUSTOMERS}/${encodeURIComponent(id)}/grants`;
        const body = { reference, amount, name, kind, expires_at, reason };
        const grant = await hub.send('POST', path, body, customerGrantAnswer);
        printer.json(grant);
        printer.line(`${grant.id}: ${grant.issued} credits stand for ${grant.reference}.`);
      }),
    );
}
