import type { Command } from 'commander';
import { createdKeyAnswer, keyAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { findOne } from '../find-one.ts';
import { readMoment } from '../time-span.ts';

/** `key …`: the virtual keys that callers hold. */
export function addKeyCommands(program: Command, { deps, withHub }: CommandContext): void {
  const key = program
    .command('key')
    .helpGroup('Let callers in:')
    .description('virtual keys, which callers send in place of provider keys');
  key
    .command('create')
    .argument('<name>', 'what or whom the key is for')
    .option('--models <patterns>', 'comma-separated models it may call; * stands for any characters')
    .option('--strict', 'refuse its requests rather than lose anything in translation')
    .option('--expires <when>', 'in how long, such as 30d, or a date')
    .description('make a key and show its secret, this once')
    .addHelpText(
      'after',
      `
Examples:
  $ aigne-hub key create website
  $ aigne-hub key create "evaluation runs" --models "openai/*,claude-*" --expires 30d
  $ KEY=$(aigne-hub key create ci --json | jq -r .secret)
`,
    )
    .action((name: string, options: { models?: string; expires?: string; strict?: boolean }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const created = await hub.send(
          'POST',
          '/keys',
          {
            name,
            refuses_losses: options.strict,
            allowed_models: options.models?.split(',').map((model) => model.trim()),
            expires_at: options.expires === undefined ? undefined : readMoment(options.expires, deps.now(), 1),
          },
          createdKeyAnswer,
        );
        printer.json(created);
        printer.line(created.secret);
        printer.line(
          printer.faint(`${created.key.id} “${created.key.name}”. The secret is shown this once: keep it now.`),
        );
      }),
    );
  key
    .command('list')
    .description('list the keys')
    .addHelpText('after', '\nExample:\n  $ aigne-hub key list\n')
    .action((_options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const keys = await hub.getAll('/keys', {}, keyAnswer);
        printer.json(keys);
        printer.table(
          keys,
          [
            { heading: 'ID', value: (row) => row.id },
            { heading: 'NAME', value: (row) => row.name },
            { heading: 'KEY', value: (row) => row.masked },
            { heading: 'STATE', value: (row) => row.state },
            { heading: 'MODELS', value: (row) => row.allowed_models?.join(',') ?? 'all' },
            { heading: 'EXPIRES', value: (row) => row.expires_at ?? 'never' },
            { heading: 'LAST USED', value: (row) => row.last_used_at ?? 'never' },
          ],
          'There are no keys yet. Make one: aigne-hub key create <name>',
        );
      }),
    );
  key
    .command('revoke')
    .argument('<key>', 'id or name')
    .description('end a key for good, everywhere within two seconds')
    .addHelpText('after', '\nExample:\n  $ aigne-hub key revoke website\n')
    .action((wanted: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const found = findOne(await hub.getAll('/keys', {}, keyAnswer), wanted, {
          noun: 'key',
          name: (row) => row.name,
          list: 'aigne-hub key list',
        });
        const revoked = await hub.send('POST', `/keys/${encodeURIComponent(found.id)}/revoke`, undefined, keyAnswer);
        printer.json(revoked);
        printer.line(`${revoked.id} “${revoked.name}” is revoked.`);
      }),
    );
}
