import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../failure.ts';

/** `start` and `demo`. `onExit` is told the code that the hub ended with. */
export function addStartCommands(program: Command, context: CommandContext, onExit: (code: number) => void): void {
  const run = async (flags: Readonly<Record<string, string | boolean | undefined>>) => {
    const code = await context.deps.start(flags);
    if (code !== EXIT.ok) onExit(code);
  };
  listenOptions(program.command('start').helpGroup('Run a hub:'))
    .description('run the hub until it is stopped')
    .addHelpText(
      'after',
      `
Settings come from flags, then the environment, then hub.yaml, then defaults. The first start makes the
data directory and every secret in it, and prints the admin token once.

Examples:
  $ aigne-hub start
  $ aigne-hub start --port 8443 --tls-self-signed
  $ aigne-hub start --host 0.0.0.0 --public-url https://ai.example.com --workers 4
  $ OPENAI_API_KEY=sk-… aigne-hub start          connects OpenAI by itself
`,
    )
    .action((_options: object, command: Command) => run({ ...context.flags(command), ...command.opts() }));
  listenOptions(program.command('demo').helpGroup('Run a hub:'))
    .description('run a hub on the simulated provider, to try everything without an account')
    .addHelpText(
      'after',
      `
The simulated provider answers with made-up text at a realistic pace and says so. The demo keeps its own
data directory (./demo-data, or --data-dir), apart from any real hub's.

Examples:
  $ aigne-hub demo
  $ aigne-hub demo --port 0                       any free port
`,
    )
    .action((_options: object, command: Command) => {
      const flags = context.flags(command);
      const dataDir = flags['dataDir'] ?? context.deps.resolvePath('demo-data');
      return run({ ...flags, ...command.opts(), simulated: 'on', dataDir });
    });
}

function listenOptions(command: Command): Command {
  return command
    .option('--host <address>', 'address to listen on (default: loopback only)')
    .option('--port <number>', 'port to listen on; 0 takes any free one')
    .option('--public-url <url>', 'the address that callers use, where it is another')
    .option('--store <url>', 'SQLite file or postgres:// address')
    .option('--workers <count>', 'processes that share the port')
    .option('--tls-cert <file>', 'certificate in PEM; re-read when it changes')
    .option('--tls-key <file>', 'its private key in PEM')
    .option('--tls-self-signed', 'serve TLS with a certificate made at start, for trials')
    .option('--simulated <mode>', 'the simulated provider: auto, on or off')
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent');
}
