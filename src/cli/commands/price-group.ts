import type { Command } from 'commander';
import { customerGroupAnswer, deletedAnswer, organizationAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { findOne } from '../find-one.ts';
import type { HubClient } from '../hub-client.ts';

const GROUPS = '/installation/customer-groups';

/** `price-group …`: organizations that pay prices of their own. */
export function addPriceGroupCommands(program: Command, context: CommandContext): void {
  const group = program
    .command('price-group')
    .helpGroup('Sell credit:')
    .description('customer groups: organizations that price rules of their own are for');
  addList(group, context);
  addCreate(group, context);
  addRemove(group, context);
  addMembers(group, context);
}

function addList(group: Command, { withHub }: CommandContext): void {
  group
    .command('list')
    .description('list the groups')
    .addHelpText('after', '\nExample:\n  $ aigne-hub price-group list\n')
    .action((_options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const rows = await hub.getAll(GROUPS, {}, customerGroupAnswer);
        printer.json(rows);
        printer.table(
          rows,
          [
            { heading: 'GROUP', value: (row) => row.id },
            { heading: 'NAME', value: (row) => row.name },
            { heading: 'ORGANIZATIONS', value: (row) => row.organization_ids.join(', ') },
          ],
          'There is no group. Make one: aigne-hub price-group create <name>',
        );
      }),
    );
}

function addCreate(group: Command, { withHub }: CommandContext): void {
  group
    .command('create')
    .argument('<name>')
    .description('make a group')
    .addHelpText('after', '\nExample:\n  $ aigne-hub price-group create Partners\n')
    .action((name: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const made = await hub.send('POST', GROUPS, { name }, customerGroupAnswer);
        printer.json(made);
        printer.line(`${made.id} “${made.name}” is made.`);
      }),
    );
}

function addRemove(group: Command, { withHub }: CommandContext): void {
  group
    .command('remove')
    .argument('<group>', 'its id or name')
    .description('remove a group: its organizations pay as all others do')
    .addHelpText('after', '\nExample:\n  $ aigne-hub price-group remove Partners\n')
    .action((wanted: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const id = await groupIdOf(hub, wanted);
        const removed = await hub.send('DELETE', `${GROUPS}/${id}`, undefined, deletedAnswer);
        printer.json(removed);
        printer.line(`${id} is removed.`);
      }),
    );
}

function addMembers(group: Command, { withHub }: CommandContext): void {
  for (const { verb, method, description, done } of [
    {
      verb: 'add',
      method: 'PUT',
      description: 'put an organization into a group, and out of any other',
      done: 'is in',
    },
    { verb: 'drop', method: 'DELETE', description: 'take an organization out of a group', done: 'is not in' },
  ] as const) {
    group
      .command(verb)
      .argument('<group>', 'its id or name')
      .argument('<organization>', 'its id or name')
      .description(description)
      .addHelpText('after', `\nExample:\n  $ aigne-hub price-group ${verb} Partners Acme\n`)
      .action((wanted: string, organization: string, _options: object, command: Command) =>
        withHub(command, async (hub, printer) => {
          const id = await groupIdOf(hub, wanted);
          const about = {
            noun: 'organization',
            name: (row: { readonly name: string }) => row.name,
            list: 'aigne-hub org list',
          };
          const member = findOne(await hub.getAll('/organizations', {}, organizationAnswer), organization, about);
          const answer = await hub.send(
            method,
            `${GROUPS}/${id}/organizations/${member.id}`,
            undefined,
            customerGroupAnswer,
          );
          printer.json(answer);
          printer.line(`${member.id} “${member.name}” ${done} “${answer.name}”.`);
        }),
      );
  }
}

/** The id of the group that is meant; `undefined` where none is. */
export async function groupIdOf(hub: HubClient, wanted: string | undefined): Promise<string | undefined> {
  if (wanted === undefined) return undefined;
  const rows = await hub.getAll(GROUPS, {}, customerGroupAnswer);
  return findOne(rows, wanted, { noun: 'group', name: (row) => row.name, list: 'aigne-hub price-group list' }).id;
}
