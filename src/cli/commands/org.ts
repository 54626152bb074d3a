import type { Command } from 'commander';
import { createdOrganizationAnswer, organizationAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { findOne } from '../find-one.ts';
import type { HubClient } from '../hub-client.ts';

/** `org …`: the organizations of a hub, for who runs it. */
export function addOrgCommands(program: Command, context: CommandContext): void {
  const org = program
    .command('org')
    .helpGroup('Let callers in:')
    .description('organizations, which share the hub and see nothing of one another');
  addList(org, context);
  addCreate(org, context);
  addSuspend(org, context);
  addReactivate(org, context);
}

function addList(org: Command, { withHub }: CommandContext): void {
  org
    .command('list')
    .argument('[search]', 'part of the name')
    .option('--state <state>', 'active, suspended or closed')
    .description('list the organizations')
    .addHelpText('after', '\nExamples:\n  $ aigne-hub org list\n  $ aigne-hub org list acme --state suspended\n')
    .action((search: string | undefined, options: { state?: string }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const rows = await hub.getAll('/organizations', { search, state: options.state }, organizationAnswer);
        printer.json(rows);
        printer.table(
          rows,
          [
            { heading: 'ID', value: (row) => row.id },
            { heading: 'NAME', value: (row) => row.name },
            { heading: 'KIND', value: (row) => row.kind },
            { heading: 'STATE', value: (row) => row.state },
            { heading: 'REASON', value: (row) => row.state_reason ?? '' },
            { heading: 'MADE', value: (row) => row.created_at },
          ],
          'No organization is like that.',
        );
      }),
    );
}

function addCreate(org: Command, { withHub }: CommandContext): void {
  org
    .command('create')
    .argument('<name>')
    .option('--owner <address>', 'mail address of whom to invite as its owner')
    .description('make an organization with a default project')
    .addHelpText('after', '\nExample:\n  $ aigne-hub org create Acme --owner ada@example.com\n')
    .action((name: string, options: { owner?: string }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const body = { name, owner_email: options.owner };
        const created = await hub.send('POST', '/organizations', body, createdOrganizationAnswer);
        printer.json(created);
        printer.line(`${created.organization.id} “${created.organization.name}” is made.`);
        const invited = created.owner_invitation?.email;
        if (invited !== undefined) printer.line(printer.faint(`${invited} is invited as its owner.`));
      }),
    );
}

function addSuspend(org: Command, { withHub }: CommandContext): void {
  org
    .command('suspend')
    .argument('<organization>', 'id or name')
    .requiredOption('--reason <text>', 'why; its members are shown it')
    .description('end calls with its keys, and what its members may do, until it is reactivated')
    .addHelpText('after', '\nExample:\n  $ aigne-hub org suspend Acme --reason unpaid\n')
    .action((wanted: string, { reason }: { reason: string }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const suspended = await act(hub, wanted, 'suspend', { reason });
        printer.json(suspended);
        printer.line(`${suspended.id} “${suspended.name}” is suspended.`);
      }),
    );
}

function addReactivate(org: Command, { withHub }: CommandContext): void {
  org
    .command('reactivate')
    .argument('<organization>', 'id or name')
    .description('end a suspension')
    .addHelpText('after', '\nExample:\n  $ aigne-hub org reactivate Acme\n')
    .action((wanted: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const active = await act(hub, wanted, 'reactivate', undefined);
        printer.json(active);
        printer.line(`${active.id} “${active.name}” is active.`);
      }),
    );
}

async function act(hub: HubClient, wanted: string, action: string, body: object | undefined) {
  const found = findOne(await hub.getAll('/organizations', {}, organizationAnswer), wanted, {
    noun: 'organization',
    name: (row) => row.name,
    list: 'aigne-hub org list',
  });
  return await hub.send('POST', `/organizations/${encodeURIComponent(found.id)}/${action}`, body, organizationAnswer);
}
