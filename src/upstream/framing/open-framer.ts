import { assertNever } from '../../kernel/assert.ts';
import type { Framer, Framing } from '../../protocol/frame.ts';
import { createAwsEventStreamFramer } from './aws-event-stream.ts';
import type { FramerOptions } from './framer-options.ts';
import { NdjsonFramer } from './ndjson.ts';
import { SseFramer } from './sse-frames.ts';

/** The framer of one stream, by the framing that its dialect names. */
export function openFramer(framing: Framing, options: FramerOptions = {}): Framer {
  switch (framing) {
    case 'sse':
      return new SseFramer(options);
    case 'ndjson':
      return new NdjsonFramer(options);
    case 'aws-event-stream':
      return createAwsEventStreamFramer(options);
    default:
      return assertNever(framing);
  }
}
