import type { Command } from 'commander';
import { aliasAnswer, connectionAnswer, deletedAnswer, modelAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { CliFailure } from '../failure.ts';
import { findOne } from '../find-one.ts';
import type { HubClient } from '../hub-client.ts';

/** `model …`: what the connections offer, and under which names. */
export function addModelCommands(program: Command, context: CommandContext): void {
  const model = program
    .command('model')
    .helpGroup('Connect providers:')
    .description('the models that callers can ask for');
  addList(model, context);
  addSetState(model, context, 'approve', 'enabled', 'let callers use a model that waits or is hidden');
  addSetState(model, context, 'hide', 'hidden', 'take a model out of callers’ sight');
  addAlias(model, context);
}

type Named = { readonly id: string; readonly name: string };

function addList(model: Command, { withHub }: CommandContext): void {
  model
    .command('list')
    .argument('[search]', 'part of the name')
    .option('--provider <connection>', 'of this connection only')
    .option('--state <state>', 'enabled, hidden or awaiting_approval')
    .description('list the models')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aigne-hub model list\n  $ aigne-hub model list gpt --provider openai\n  $ aigne-hub model list --state awaiting_approval\n',
    )
    .action((search: string | undefined, options: { provider?: string; state?: string }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const names = await connectionNames(hub);
        const connection =
          options.provider === undefined
            ? undefined
            : findOne(names, options.provider, {
                noun: 'connection',
                name: (row) => row.name,
                list: 'aigne-hub provider list',
              });
        const query = { search, state: options.state, connection_id: connection?.id };
        const models = await hub.getAll('/models', query, modelAnswer);
        printer.json(models);
        printer.table(
          models,
          [
            { heading: 'MODEL', value: (row) => `${nameOf(names, row.connection_id)}/${row.upstream_model}` },
            { heading: 'STATE', value: (row) => (row.withdrawn_at === undefined ? row.state : 'withdrawn') },
            { heading: 'CONTEXT', value: (row) => row.context_tokens, align: 'right' },
            { heading: 'ID', value: (row) => row.id },
          ],
          names.length === 0
            ? 'No provider is connected yet: aigne-hub provider add <provider>'
            : 'No model is like that. List them all: aigne-hub model list',
        );
      }),
    );
}

function addSetState(
  model: Command,
  { withHub }: CommandContext,
  verb: string,
  state: string,
  description: string,
): void {
  model
    .command(verb)
    .argument('<model>', 'connection/model, or the id')
    .description(description)
    .addHelpText('after', `\nExample:\n  $ aigne-hub model ${verb} openai/gpt-4o\n`)
    .action((wanted: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const names = await connectionNames(hub);
        const row = findOne(await hub.getAll('/models', {}, modelAnswer), wanted, {
          noun: 'model',
          name: (candidate) => `${nameOf(names, candidate.connection_id)}/${candidate.upstream_model}`,
          list: 'aigne-hub model list',
        });
        const changed = await hub.send('PATCH', `/models/${encodeURIComponent(row.id)}`, { state }, modelAnswer);
        printer.json(changed);
        printer.line(`${wanted} is ${changed.state}.`);
      }),
    );
}

function addAlias(model: Command, { withHub }: CommandContext): void {
  model
    .command('alias')
    .argument('[name]', 'what callers ask for')
    .argument('[target]', 'the model that answers')
    .option('--remove', 'take the alias away')
    .description('list, set or remove names of your own')
    .addHelpText(
      'after',
      '\nAn alias wins over every other reading of a name.\n\nExamples:\n  $ aigne-hub model alias\n  $ aigne-hub model alias default openai/gpt-4o-mini\n  $ aigne-hub model alias default --remove\n',
    )
    .action((name: string | undefined, target: string | undefined, options: { remove?: boolean }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const aliases = await hub.getAll('/aliases', {}, aliasAnswer);
        if (name !== undefined && options.remove === true) {
          const row = findOne(aliases, name, {
            noun: 'alias',
            name: (alias) => alias.name,
            list: 'aigne-hub model alias',
          });
          const gone = await hub.send('DELETE', `/aliases/${encodeURIComponent(row.id)}`, undefined, deletedAnswer);
          printer.json(gone);
          return printer.line(`${row.name} is an alias no more.`);
        }
        if (name !== undefined && target !== undefined) {
          const created = await hub.send('POST', '/aliases', { name, target }, aliasAnswer);
          printer.json(created);
          return printer.line(`${created.name} → ${created.target}`);
        }
        const shown = name === undefined ? aliases : aliases.filter((alias) => alias.name === name);
        if (name !== undefined && shown.length === 0) {
          throw new CliFailure(`there is no alias “${name}”`, `Set it: aigne-hub model alias ${name} <model>`);
        }
        printer.json(shown);
        printer.table(
          shown,
          [
            { heading: 'ALIAS', value: (row) => row.name },
            { heading: 'MODEL', value: (row) => row.target },
            { heading: 'FROM', value: (row) => row.source },
          ],
          'There are no aliases. Set one: aigne-hub model alias <name> <model>',
        );
      }),
    );
}

async function connectionNames(hub: HubClient): Promise<readonly Named[]> {
  return hub.getAll('/connections', {}, connectionAnswer);
}

function nameOf(names: readonly Named[], id: string): string {
  return names.find((row) => row.id === id)?.name ?? id;
}
