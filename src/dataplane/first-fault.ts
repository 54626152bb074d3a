import type { ReadRequest } from '../dialects/contract.ts';
import { GatewayError, toGatewayError } from '../kernel/errors.ts';
import { openFramer } from '../upstream/framing/open-framer.ts';
import { dataOf, forEachEvent, SseSplitter } from '../upstream/framing/sse.ts';
import type { Way } from './ways.ts';

const OPENS = 0x7b;
const CLOSES = 0x7d;
const SPACE = 0x20;
/** Whatever a stream begins with that holds none of these words is no failure. */
const MAY_BE_FAULT = /error|fail|exception/i;

/**
 * The failure with which a stream begins: some providers answer 200 and say in the first event that they cannot. While
 * nothing of it has gone to the caller, another one may be asked.
 */
export function firstFault(way: Way, request: ReadRequest, bytes: Buffer): GatewayError | undefined {
  if (!MAY_BE_FAULT.test(bytes.toString('latin1'))) return undefined;
  try {
    return way.kind === 'pass' ? passedFault(way, request, bytes) : decodedFault(way, bytes);
  } catch (thrown) {
    return toGatewayError(thrown);
  }
}

/** Every provider answers with an object. What is none cannot be read, whoever tries. */
export function wholeFault(answer: Buffer): GatewayError | undefined {
  let first = 0;
  let last = answer.length - 1;
  while (first < last && isBlank(answer[first])) first += 1;
  while (last > first && isBlank(answer[last])) last -= 1;
  const isObject = answer[first] === OPENS && answer[last] === CLOSES;
  return isObject ? undefined : new GatewayError('upstream.invalid_answer');
}

function isBlank(byte: number | undefined): boolean {
  return byte !== undefined && byte <= SPACE;
}

function passedFault(
  { face }: Extract<Way, { readonly kind: 'pass' }>,
  request: ReadRequest,
  bytes: Buffer,
): GatewayError | undefined {
  const run = new SseSplitter().push(bytes);
  if (run === undefined) return undefined;
  const watcher = face.openWatcher(request);
  let fault: GatewayError | undefined;
  forEachEvent(run, (start, end) => {
    if (fault !== undefined || watcher.contentEvents > 0) return;
    const verdict = watcher.look(dataOf(run, start, end));
    if (verdict.kind === 'fault') fault = verdict.error;
    if (verdict.kind === 'garbage') fault = new GatewayError('upstream.invalid_answer');
  });
  return fault;
}

function decodedFault({ face }: Exclude<Way, { readonly kind: 'pass' }>, bytes: Buffer): GatewayError | undefined {
  const decoder = face.openDecoder();
  for (const frame of openFramer(face.framing).push(bytes)) {
    for (const event of decoder.push(frame)) {
      if (event.type === 'fault') return event.error;
      if (event.type !== 'start') return undefined;
    }
  }
  return undefined;
}
