import { Argument, type Command, Option } from 'commander';
import { ROLES } from '../../protocol/people.ts';
import { deletedAnswer, invitationAnswer, memberAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { findOne } from '../find-one.ts';
import type { HubClient } from '../hub-client.ts';

/** `member …`: people in the organization, and what each may do. */
export function addMemberCommands(program: Command, context: CommandContext): void {
  const member = program
    .command('member')
    .helpGroup('Let callers in:')
    .description('people in the organization, and what each may do');
  addList(member, context);
  addInvite(member, context);
  addRole(member, context);
  addRemove(member, context);
}

function addList(member: Command, { withHub }: CommandContext): void {
  member
    .command('list')
    .argument('[search]', 'part of a name or an address')
    .description('list the members')
    .addHelpText('after', '\nExample:\n  $ aigne-hub member list\n')
    .action((search: string | undefined, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const rows = await hub.getAll('/members', { search }, memberAnswer);
        printer.json(rows);
        printer.table(
          rows,
          [
            { heading: 'ID', value: (row) => row.id },
            { heading: 'ADDRESS', value: (row) => row.email ?? '-' },
            { heading: 'NAME', value: (row) => row.name ?? '-' },
            { heading: 'ROLE', value: (row) => row.role },
            { heading: 'STATE', value: (row) => (row.user_state === 'active' ? row.state : row.user_state) },
          ],
          'There are no members yet. Invite one: aigne-hub member invite <address>',
        );
      }),
    );
}

function addInvite(member: Command, { withHub }: CommandContext): void {
  member
    .command('invite')
    .argument('<address>', 'mail address')
    .addOption(new Option('--role <role>', 'what they may do').choices(ROLES).default('viewer'))
    .description('send a link that makes whoever has the address a member; good for seven days')
    .addHelpText('after', '\nExample:\n  $ aigne-hub member invite bob@example.com --role developer\n')
    .action((email: string, { role }: { role: string }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const sent = await hub.send('POST', '/invitations', { email, role }, invitationAnswer);
        printer.json(sent);
        printer.line(`${sent.email ?? email} is invited as ${sent.role}, until ${sent.expires_at}.`);
      }),
    );
}

function addRole(member: Command, { withHub }: CommandContext): void {
  member
    .command('role')
    .argument('<member>', 'id or mail address')
    .addArgument(new Argument('<role>', 'what they may do').choices(ROLES))
    .description('give a member another role')
    .addHelpText('after', '\nExample:\n  $ aigne-hub member role bob@example.com admin\n')
    .action((wanted: string, role: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const changed = await hub.send('PATCH', await pathOf(hub, wanted), { role }, memberAnswer);
        printer.json(changed);
        printer.line(`${changed.email ?? changed.id} is ${changed.role}.`);
      }),
    );
}

function addRemove(member: Command, { withHub }: CommandContext): void {
  member
    .command('remove')
    .argument('<member>', 'id or mail address')
    .description('end a membership, and with it the member’s keys')
    .addHelpText('after', '\nExample:\n  $ aigne-hub member remove bob@example.com\n')
    .action((wanted: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const removed = await hub.send('DELETE', await pathOf(hub, wanted), undefined, deletedAnswer);
        printer.json(removed);
        printer.line(`${wanted} is no member any more.`);
      }),
    );
}

async function pathOf(hub: HubClient, wanted: string): Promise<string> {
  const found = findOne(await hub.getAll('/members', {}, memberAnswer), wanted, {
    noun: 'member',
    name: (row) => row.email ?? '',
    list: 'aigne-hub member list',
  });
  return `/members/${encodeURIComponent(found.id)}`;
}
