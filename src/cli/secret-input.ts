import type { Input } from './deps.ts';
import { UsageFailure } from './failure.ts';

/**
 * The secret that a command needs: from its flag, from the standard input when the flag is `-`, or typed unseen on a
 * terminal. It is shown nowhere.
 * @throws UsageFailure when there is nobody to ask, or nothing was given
 */
export async function readSecret(flag: string | undefined, input: Input, prompt: string): Promise<string> {
  const secret = (await given(flag, input, prompt)).trim();
  if (secret === '') throw new UsageFailure('the secret is empty');
  return secret;
}

async function given(flag: string | undefined, input: Input, prompt: string): Promise<string> {
  if (flag === '-') return input.readAll();
  if (flag !== undefined) return flag;
  if (input.isTerminal) return input.readHidden(prompt);
  throw new UsageFailure('no secret was given: pipe it in with `--key -`, or give it with `--key <secret>`');
}
