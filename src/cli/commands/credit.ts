import type { Command } from 'commander';
import {
  creditAccountAnswer,
  creditGrantAnswer,
  organizationAnswer,
  refundedAnswer,
  withdrawnAnswer,
} from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { UsageFailure } from '../failure.ts';
import { findOne } from '../find-one.ts';
import type { HubClient } from '../hub-client.ts';
import { readMoment } from '../time-span.ts';

type PlaceOptions = { readonly organization?: string; readonly account?: string };
type GiveOptions = PlaceOptions & {
  readonly name: string;
  readonly kind?: string;
  readonly expires?: string;
  readonly models?: string;
  readonly reason?: string;
};

/** `credit …`: what accounts have, for who pays for calls with credit. */
export function addCreditCommands(program: Command, context: CommandContext): void {
  const credit = program
    .command('credit')
    .helpGroup('See what is used:')
    .description('credit that calls are paid for with, where the hub charges for them');
  addShow(credit, context);
  addGive(credit, context);
  addTake(credit, context);
  addRefund(credit, context);
}

function addShow(credit: Command, { withHub }: CommandContext): void {
  credit
    .command('show')
    .option('--organization <organization>', 'id or name (default: the first one, or that of the management key)')
    .option('--account <account>', 'one account, such as project/proj_01j…')
    .description('show what the accounts have, what calls hold of it, and what they were given')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aigne-hub credit show\n  $ aigne-hub credit show --organization Acme --account project/proj_01j… --json\n',
    )
    .action(({ organization, account }: PlaceOptions, command: Command) =>
      withHub(command, async (hub, printer) => {
        const organization_id = organization === undefined ? undefined : await organizationId(hub, organization);
        const query = { organization_id, account_id: account };
        const accounts = await hub.getAll('/credit/accounts', query, creditAccountAnswer);
        const grants = await hub.getAll('/credit/grants', query, creditGrantAnswer);
        printer.json({ accounts, grants });
        printer.table(
          accounts,
          [
            { heading: 'ACCOUNT', value: (row) => row.id },
            { heading: 'LEFT', value: (row) => row.remaining, align: 'right' },
            { heading: 'HELD', value: (row) => row.held, align: 'right' },
            { heading: 'AVAILABLE', value: (row) => row.available, align: 'right' },
          ],
          'Nobody has credit yet. Give some: aigne-hub credit give <amount> --name <name>',
        );
        if (grants.length === 0) return;
        printer.line();
        printer.table(
          grants,
          [
            { heading: 'GRANT', value: (row) => row.id },
            { heading: 'ACCOUNT', value: (row) => row.account_id },
            { heading: 'NAME', value: (row) => row.name },
            { heading: 'KIND', value: (row) => row.kind },
            { heading: 'GIVEN', value: (row) => row.issued, align: 'right' },
            { heading: 'LEFT', value: (row) => row.remaining, align: 'right' },
            { heading: 'EXPIRES', value: (row) => row.expires_at ?? '' },
          ],
          '',
        );
      }),
    );
}

function withPlace(command: Command): Command {
  return command
    .option('--organization <organization>', 'id or name; not needed where there is only one')
    .option('--account <account>', 'a part of it, such as project/proj_01j… or key/vk_01j…');
}

function addGive(credit: Command, { deps, withHub }: CommandContext): void {
  withPlace(credit.command('give'))
    .argument('<amount>', 'credits, such as 250 or 12.5')
    .requiredOption('--name <name>', 'what it is called, such as the order')
    .option('--kind <kind>', 'purchased, promotional, adjustment or allotment')
    .option('--expires <when>', 'until when it may be used, such as 30d, or a date')
    .option('--models <models>', 'the only models that it pays for, with commas between')
    .option('--reason <text>', 'why; who has the account is shown it')
    .description('give an account credit')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aigne-hub credit give 250 --organization Acme --name "Order 1042"\n  $ aigne-hub credit give 10 --kind promotional --name Welcome --expires 30d\n',
    )
    .action((amount: string, options: GiveOptions, command: Command) =>
      withHub(command, async (hub, printer) => {
        const body = {
          ...(await placeOf(hub, options)),
          amount,
          name: options.name,
          kind: options.kind,
          expires_at: options.expires === undefined ? undefined : readMoment(options.expires, deps.now(), 1),
          models: options.models?.split(',').map((model) => model.trim()),
          reason: options.reason,
        };
        const grant = await hub.send('POST', '/installation/credit/grants', body, creditGrantAnswer);
        printer.json(grant);
        printer.line(`${grant.id}: ${grant.issued} credits are given to ${grant.account_id}.`);
      }),
    );
}

function addTake(credit: Command, { withHub }: CommandContext): void {
  withPlace(credit.command('take'))
    .argument('<amount>', 'credits, such as 250 or 12.5')
    .requiredOption('--reason <text>', 'why; who has the account is shown it')
    .description('take credit away that was given and that no call holds')
    .addHelpText('after', '\nExample:\n  $ aigne-hub credit take 250 --organization Acme --reason cancelled\n')
    .action((amount: string, options: PlaceOptions & { readonly reason: string }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const body = { ...(await placeOf(hub, options)), amount, reason: options.reason };
        const taken = await hub.send('POST', '/installation/credit/withdrawals', body, withdrawnAnswer);
        printer.json(taken);
        printer.line(`${taken.id}: ${taken.amount} credits are taken from ${taken.account_id}.`);
      }),
    );
}

function addRefund(credit: Command, { withHub }: CommandContext): void {
  credit
    .command('refund')
    .argument('<charge>', 'its id, which is that of the usage record')
    .argument('<amount>', 'credits, such as 0.25')
    .requiredOption('--reason <text>', 'why; who has the account is shown it')
    .description('give back what a call was charged, or a part of it')
    .addHelpText('after', '\nExample:\n  $ aigne-hub credit refund ur_01j… 0.25 --reason "a broken answer"\n')
    .action((charge: string, amount: string, { reason }: { readonly reason: string }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const body = { charge_id: charge, amount, reason };
        const refund = await hub.send('POST', '/installation/credit/refunds', body, refundedAnswer);
        printer.json(refund);
        printer.line(`${refund.id}: ${refund.amount} credits are given back for ${refund.charge_id}.`);
      }),
    );
}

/** Whose account is meant, as the API takes it. */
async function placeOf(hub: HubClient, { organization, account }: PlaceOptions) {
  const [level, ...scope] = account?.split('/') ?? [];
  return {
    organization_id: await organizationId(hub, organization),
    level,
    scope_id: account === undefined ? undefined : scope.join('/'),
  };
}

async function organizationId(hub: HubClient, wanted: string | undefined): Promise<string> {
  const rows = await hub.getAll('/organizations', {}, organizationAnswer);
  const [only, other] = rows;
  if (wanted === undefined && only !== undefined && other === undefined) return only.id;
  if (wanted === undefined) throw new UsageFailure('--organization: say which, since there are several');
  return findOne(rows, wanted, { noun: 'organization', name: (row) => row.name, list: 'aigne-hub org list' }).id;
}
