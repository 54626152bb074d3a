/**
 * Sends many requests to a real hub and looks at its resident memory as they go by: how much it takes, and whether it
 * keeps growing. Ends with 1 where it takes more than 250 MiB, or grows by more than 40 bytes for each request.
 *
 *   node bench/memory.ts [--requests 200000] [--steps 20] [--workers 1] [--json]
 */
import { parseArgs } from 'node:util';
import { loadTarget } from './load-target.ts';
import { requestBody } from './payload.ts';
import { findPinning, residentBytes, startScript } from './processes.ts';
import { hubTarget } from './targets.ts';

/** Resident memory after so many requests. */
type MemoryPoint = { readonly requests: number; readonly residentBytes: number };

const MEBIBYTE = 1024 * 1024;
const RESIDENT_BYTES_MAX = 250 * MEBIBYTE;
/** 200,000 requests at this rate are 8 MiB: more than a heap that settles, less than a leak of one small object each. */
const GROWTH_BYTES_PER_REQUEST_MAX = 40;
/** The heap finds its size in the first half; growth counts after it. */
const SETTLED_SHARE = 0.5;
const CONCURRENCY = 32;
/** Each fifth step streams, with a fifth of the requests, since a stream costs several times as much. */
const STREAM_STEP = 5;
const STREAM_SHARE = 0.2;
const MEAN_SHARE = 1 - (1 - STREAM_SHARE) / STREAM_STEP;

/** Bytes by which memory grows with each request: the slope of the least-squares line. */
function growthPerRequest(points: readonly MemoryPoint[]): number {
  const count = points.length;
  const meanX = points.reduce((sum, point) => sum + point.requests, 0) / count;
  const meanY = points.reduce((sum, point) => sum + point.residentBytes, 0) / count;
  const covariance = points.reduce((sum, { requests, residentBytes: y }) => sum + (requests - meanX) * (y - meanY), 0);
  const variance = points.reduce((sum, { requests }) => sum + (requests - meanX) ** 2, 0);
  return variance === 0 ? 0 : covariance / variance;
}

async function measure(input: {
  readonly requests: number;
  readonly steps: number;
  readonly workers: number;
  readonly say: (line: string) => void;
}): Promise<MemoryPoint[]> {
  const pinning = findPinning();
  input.say(pinning.said);
  const upstream = await startScript('upstream.ts', { words: [], launcher: pinning.others });
  try {
    const hub = await hubTarget({ upstreamPort: upstream.port, pinning, workers: input.workers });
    try {
      const pid = hub.pid ?? 0;
      const points: MemoryPoint[] = [{ requests: 0, residentBytes: residentBytes(pid) }];
      let sent = 0;
      for (let step = 1; step <= input.steps; step += 1) {
        const kind = step % STREAM_STEP === 0 ? 'stream' : 'whole';
        const full = Math.round(input.requests / (input.steps * MEAN_SHARE));
        const requests = kind === 'stream' ? Math.round(full * STREAM_SHARE) : full;
        await loadTarget(
          hub,
          {
            body: requestBody(hub.model, kind, 'openai'),
            mustContain: kind === 'stream' ? '[DONE]' : '"total_tokens"',
            requests,
            concurrency: CONCURRENCY,
          },
          pinning,
        );
        sent += requests;
        points.push({ requests: sent, residentBytes: residentBytes(pid) });
        input.say(`${sent} requests (${kind}): ${((points.at(-1)?.residentBytes ?? 0) / MEBIBYTE).toFixed(1)} MiB`);
      }
      return points;
    } finally {
      await hub.stop();
    }
  } finally {
    await upstream.stop();
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: '200000' },
      steps: { type: 'string', default: '20' },
      workers: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const points = await measure({
    requests: Number(values.requests),
    steps: Number(values.steps),
    workers: Number(values.workers),
    say: (line) => (values.json ? console.error(line) : console.log(line)),
  });
  const settled = points.slice(Math.floor(points.length * SETTLED_SHARE));
  const growth = growthPerRequest(settled);
  const last = points.at(-1)?.residentBytes ?? 0;
  const isWell = last <= RESIDENT_BYTES_MAX && growth <= GROWTH_BYTES_PER_REQUEST_MAX;
  if (values.json) console.log(JSON.stringify({ points, growthBytesPerRequest: growth, isWell }));
  else
    console.log(
      `${(last / MEBIBYTE).toFixed(1)} MiB at the end, ${growth.toFixed(1)} bytes more for each request: ${isWell ? 'ok' : 'too much'}`,
    );
  return isWell ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main();
