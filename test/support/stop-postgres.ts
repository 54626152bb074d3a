import { readFileSync } from 'node:fs';
import pg from 'pg';

/** Stops the server of a database where it stands, as a machine that hangs would; gives how to let it go on. */
export async function stopPostgres(url: string): Promise<() => void> {
  return stopServer(await serverPids(url));
}

/** The server of a database with every process of it. */
async function serverPids(url: string): Promise<readonly number[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ readonly pid: number }>('SELECT pg_backend_pid() AS pid');
    const server = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${rows[0]?.pid}/status`, 'utf8'))?.[1];
    const children = readFileSync(`/proc/${server}/task/${server}/children`, 'utf8').trim().split(' ').map(Number);
    return [Number(server), ...children.filter((pid) => pid !== rows[0]?.pid)];
  } finally {
    await client.end();
  }
}

function stopServer(pids: readonly number[]): () => void {
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  return () => {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  };
}
