import { createInterface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';
import type { Input, Output } from './deps.ts';
import { UsageFailure } from './failure.ts';

const INPUT_BYTES_MAX = 1024 * 1024;

type TerminalStream = { readonly isTTY?: boolean | undefined };

/** Commands write to this stream. */
export function outputTo(stream: TerminalStream & { readonly write: (text: string) => unknown }): Output {
  return { write: (text) => void stream.write(text), isTerminal: stream.isTTY === true };
}

/** Commands read from `stdin`; what a hidden prompt says goes to `prompts`. */
export function inputFrom(stdin: Readable & TerminalStream, prompts: Output): Input {
  return {
    isTerminal: stdin.isTTY === true,
    readAll: () => readAll(stdin),
    readHidden: (prompt) => readHidden(stdin, prompts, prompt),
  };
}

async function readAll(stdin: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > INPUT_BYTES_MAX) throw new UsageFailure('the input is larger than 1 MiB');
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** readline echoes what is typed to its output; this output keeps nothing. */
function readHidden(stdin: Readable, prompts: Output, prompt: string): Promise<string> {
  prompts.write(prompt);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => {
      prompts.write('\n');
      reject(new UsageFailure('nothing was typed'));
    });
  });
}
