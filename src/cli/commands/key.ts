import type { Command } from 'commander';
import { createdKeyAnswer, keyAnswer } from '../answers.ts';
import type { CommandContext } from '../context.ts';
import { findOne } from '../find-one.ts';
import type { HubClient } from '../hub-client.ts';
import { readMoment, readSpanSeconds } from '../time-span.ts';

/** `key …`: the virtual keys that callers hold. */
export function addKeyCommands(program: Command, context: CommandContext): void {
  const key = program
    .command('key')
    .helpGroup('Let callers in:')
    .description('virtual keys, which callers send in place of provider keys');
  addCreate(key, context);
  addList(key, context);
  addRotate(key, context);
  addRevoke(key, context);
}

type CreateOptions = {
  readonly project?: string;
  readonly models?: string;
  readonly addresses?: string;
  readonly origins?: string;
  readonly expires?: string;
  readonly strict?: boolean;
};

function addCreate(key: Command, { deps, withHub }: CommandContext): void {
  key
    .command('create')
    .argument('<name>', 'what or whom the key is for')
    .option('--project <id>', 'the project that it belongs to; the default one when it is not given')
    .option('--models <patterns>', 'comma-separated models it may call; * stands for any characters')
    .option('--addresses <networks>', 'comma-separated addresses, CIDR networks, loopback or private to use it from')
    .option('--origins <origins>', 'comma-separated web origins whose pages may use it; * for all')
    .option('--strict', 'refuse its requests rather than lose anything in translation')
    .option('--expires <when>', 'in how long, such as 30d, or a date')
    .description('make a key and show its secret, this once')
    .addHelpText(
      'after',
      `
Examples:
  $ aigne-hub key create website
  $ aigne-hub key create "evaluation runs" --models "openai/*,claude-*" --expires 30d
  $ aigne-hub key create backend --addresses 10.0.0.0/8,loopback
  $ KEY=$(aigne-hub key create ci --json | jq -r .secret)
`,
    )
    .action((name: string, options: CreateOptions, command: Command) =>
      withHub(command, async (hub, printer) => {
        const wanted = {
          name,
          project_id: options.project,
          refuses_losses: options.strict,
          allowed_models: listOf(options.models),
          allowed_addresses: listOf(options.addresses),
          allowed_origins: listOf(options.origins),
          expires_at: options.expires === undefined ? undefined : readMoment(options.expires, deps.now(), 1),
        };
        const created = await hub.send('POST', '/keys', wanted, createdKeyAnswer);
        printer.json(created);
        printer.line(created.secret);
        printer.line(
          printer.faint(`${created.key.id} “${created.key.name}”. The secret is shown this once: keep it now.`),
        );
      }),
    );
}

function addList(key: Command, { withHub }: CommandContext): void {
  key
    .command('list')
    .option('--project <id>', 'only the keys of one project')
    .description('list the keys')
    .addHelpText('after', '\nExample:\n  $ aigne-hub key list\n')
    .action((options: { readonly project?: string }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const keys = await hub.getAll('/keys', { project_id: options.project }, keyAnswer);
        printer.json(keys);
        printer.table(
          keys,
          [
            { heading: 'ID', value: (row) => row.id },
            { heading: 'NAME', value: (row) => row.name },
            { heading: 'PROJECT', value: (row) => row.project_id },
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
}

function addRotate(key: Command, { withHub }: CommandContext): void {
  key
    .command('rotate')
    .argument('<key>', 'id or name')
    .option('--overlap <span>', 'how long the old secret counts on, such as 24h; at most 7d')
    .description('give a key a new secret and show it, this once')
    .addHelpText('after', '\nExample:\n  $ aigne-hub key rotate website --overlap 24h\n')
    .action((wanted: string, options: { readonly overlap?: string }, command: Command) =>
      withHub(command, async (hub, printer) => {
        const overlap = options.overlap === undefined ? 0 : readSpanSeconds(options.overlap);
        const path = `${await pathOf(hub, wanted)}/rotate`;
        const rotated = await hub.send('POST', path, { overlap_seconds: overlap }, createdKeyAnswer);
        const { id, name, previous_until } = rotated.key;
        printer.json(rotated);
        printer.line(rotated.secret);
        const old = previous_until === undefined ? 'no longer counts' : `counts until ${previous_until}`;
        printer.line(printer.faint(`${id} “${name}”. The old secret ${old}. The new one is shown this once.`));
      }),
    );
}

function addRevoke(key: Command, { withHub }: CommandContext): void {
  key
    .command('revoke')
    .argument('<key>', 'id or name')
    .description('end a key for good, everywhere within two seconds')
    .addHelpText('after', '\nExample:\n  $ aigne-hub key revoke website\n')
    .action((wanted: string, _options: object, command: Command) =>
      withHub(command, async (hub, printer) => {
        const revoked = await hub.send('POST', `${await pathOf(hub, wanted)}/revoke`, undefined, keyAnswer);
        printer.json(revoked);
        printer.line(`${revoked.id} “${revoked.name}” is revoked.`);
      }),
    );
}

async function pathOf(hub: HubClient, wanted: string): Promise<string> {
  const { id } = findOne(await hub.getAll('/keys', {}, keyAnswer), wanted, {
    noun: 'key',
    name: (row) => row.name,
    list: 'aigne-hub key list',
  });
  return `/keys/${encodeURIComponent(id)}`;
}

function listOf(text: string | undefined): readonly string[] | undefined {
  return text?.split(',').map((entry) => entry.trim());
}
