import type { Command } from 'commander';
import { projectAnswer, teamAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { findOne } from '../find-one.ts';
import type { HubClient } from '../hub-client.ts';

/** `project …`: what keys belong to and usage is counted for. */
export function addProjectCommands(program: Command, { withHub }: CommandContext): void {
  const project = program
    .command('project')
    .helpGroup('Let callers in:')
    .description('projects, which keys belong to and usage is counted for');
  project
    .command('list')
    .option('--archived', 'those that are set aside')
    .description('list the projects')
    .addHelpText('after', '\nExample:\n  $ aigne-hub project list\n')
    .action((options: { archived?: true }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const archived = options.archived === true ? 'true' : 'false';
        const rows = await hub.getAll('/projects', { archived }, projectAnswer);
        const teams = new Map((await hub.getAll('/teams', {}, teamAnswer)).map(({ id, name }) => [id, name]));
        printer.json(rows);
        printer.table(
          rows,
          [
            { heading: 'ID', value: (row) => row.id },
            { heading: 'NAME', value: (row) => row.name },
            { heading: 'TEAM', value: ({ team_id: id }) => (id === undefined ? 'everybody' : (teams.get(id) ?? id)) },
            { heading: 'MADE', value: (row) => row.created_at },
          ],
          'There are no such projects.',
        );
      }),
    );
  project
    .command('create')
    .argument('<name>')
    .option('--team <team>', 'id or name of the team that it belongs to')
    .description('make a project')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aigne-hub project create website\n  $ aigne-hub project create crawler --team search\n',
    )
    .action((name: string, options: { team?: string }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const body = { name, team_id: options.team === undefined ? undefined : await teamId(hub, options.team) };
        const created = await hub.send('POST', '/projects', body, projectAnswer);
        printer.json(created);
        printer.line(`${created.id} “${created.name}” is made.`);
      }),
    );
}

async function teamId(hub: HubClient, wanted: string): Promise<string> {
  const teams = await hub.getAll('/teams', {}, teamAnswer);
  return findOne(teams, wanted, { noun: 'team', name: (row) => row.name, list: 'GET /control/v1/teams' }).id;
}
