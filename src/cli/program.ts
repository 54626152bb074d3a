import { Command } from 'commander';
import { addAuditCommands } from './commands/audit.ts';
import { addCodeCommands } from './commands/code.ts';
import { addConfigCommands } from './commands/config.ts';
import { addCreditCommands } from './commands/credit.ts';
import { addCustomerCommands } from './commands/customer.ts';
import { addDiagnosticsCommand } from './commands/diagnostics.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addKeyCommands } from './commands/key.ts';
import { addLedgerCommands } from './commands/ledger.ts';
import { addLimitCommands } from './commands/limit.ts';
import { addMemberCommands } from './commands/member.ts';
import { addModelCommands } from './commands/model.ts';
import { addOrgCommands } from './commands/org.ts';
import { addPriceCommands } from './commands/price.ts';
import { addPriceGroupCommands } from './commands/price-group.ts';
import { addPriceRuleCommands } from './commands/price-rule.ts';
import { addProjectCommands } from './commands/project.ts';
import { addProviderCommands } from './commands/provider.ts';
import { addRouteCommands } from './commands/route.ts';
import { addStartCommands } from './commands/start.ts';
import { addStoreCommands } from './commands/store.ts';
import { addUsageCommand } from './commands/usage.ts';
import { addVaultCommands } from './commands/vault.ts';
import { createContext } from './context.ts';
import type { CliDeps } from './deps.ts';
import { EXIT } from './failure.ts';

const HELP_COLUMNS = 110;

const INTRODUCTION = `AIGNE Hub: one address in front of every AI provider.

A hub keeps your providers' keys, encrypted, and hands out virtual keys of its own. Programs call it with
any OpenAI client; it passes each call on to the provider that serves the model, and records what was used
and what it cost.`;

const FIRST_STEPS = `
First steps:
  $ aigne-hub demo                        a hub on a simulated provider: nothing to sign up for
  $ aigne-hub start                       a hub of your own; it prints its address and a line to try
  $ aigne-hub provider add openai         connect a provider; it asks for the key
  $ aigne-hub key create website          a virtual key for a program
  $ aigne-hub usage --by model            what was used, and what it cost

Commands speak to the hub that runs on this machine's data directory, or to the one named with --url and
--token (HUB_URL, HUB_ADMIN_TOKEN). While no hub runs they open the data directory themselves.

Exit codes: 0 done, 1 failed or something is wrong, 2 not typed right.
`;

/** The whole command line. `onExit` is told a code other than 0 that no error brought about. */
export function createProgram(deps: CliDeps, onExit: (code: number) => void): Command {
  const program = new Command('aigne-hub')
    .exitOverride()
    .configureOutput({
      writeOut: deps.out.write,
      writeErr: deps.err.write,
      getOutHelpWidth: () => HELP_COLUMNS,
      getErrHelpWidth: () => HELP_COLUMNS,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError(true)
    .description(INTRODUCTION)
    .version(deps.version, '-V, --version', 'show the version')
    .option('--json', 'answer in JSON, for scripts')
    .option('--data-dir <path>', 'the hub’s data directory')
    .option('--config <file>', 'hub.yaml')
    .option('--url <address>', 'a hub elsewhere (HUB_URL)')
    .option('--token <token>', 'its admin token (HUB_ADMIN_TOKEN)')
    .helpCommand(false)
    .addHelpText('after', FIRST_STEPS);
  const context = createContext(deps, () => onExit(EXIT.failed));
  addStartCommands(program, context, onExit);
  addProviderCommands(program, context);
  addModelCommands(program, context);
  addRouteCommands(program, context);
  addKeyCommands(program, context);
  addProjectCommands(program, context);
  addMemberCommands(program, context);
  addOrgCommands(program, context);
  addLimitCommands(program, context);
  addUsageCommand(program, context);
  addPriceCommands(program, context);
  addCreditCommands(program, context);
  addCustomerCommands(program, context);
  addCodeCommands(program, context);
  addPriceRuleCommands(program, context);
  addPriceGroupCommands(program, context);
  addDoctorCommand(program, context);
  addDiagnosticsCommand(program, context);
  addConfigCommands(program, context);
  addStoreCommands(program, context);
  addVaultCommands(program, context);
  addAuditCommands(program, context);
  addLedgerCommands(program, context);
  return program;
}
