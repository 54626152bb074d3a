import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** A port on loopback at which connections are neither taken nor refused, as behind a firewall that drops them. */
export type SilentPort = { readonly port: number; readonly close: () => void };

const LISTENER = `
  const server = require('node:net').createServer();
  const port = Number(process.argv[1]);
  server.listen({ port, host: '127.0.0.1', backlog: 1 }, () => process.stdout.write(String(server.address().port)));
`;
const FILLERS_MAX = 16;
const FILLER_WAIT_MS = 250;

/** Stops a listener and fills its queue: the system then lets every further connection wait. */
export async function silentPort(wanted = 0): Promise<SilentPort> {
  const child: ChildProcess = spawn(process.execPath, ['-e', LISTENER, String(wanted)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('the listener has no output');
  // The event carries one buffer.
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGSTOP');
  const port = Number(text.toString());
  const fillers: Socket[] = [];
  const close = (): void => {
    for (const filler of fillers) filler.destroy();
    child.kill('SIGKILL');
  };
  for (let tries = 0; tries < FILLERS_MAX; tries += 1) {
    const filler = connect(port, '127.0.0.1');
    filler.on('error', () => undefined);
    fillers.push(filler);
    const connected = once(filler, 'connect').then(() => true);
    if (!(await Promise.race([connected, wait(FILLER_WAIT_MS, false)]))) return { port, close };
  }
  close();
  throw new Error('the system takes every connection to a listener that sleeps');
}
