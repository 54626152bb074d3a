import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { ReceivedRequest } from '../../support/fake-upstream/journal.ts';
import type { ProviderDialect } from '../../support/provider-scene.ts';

/** A provider's stream as its own bytes: where its messages end, and up to where it has not said that it is finished. */
export type UpstreamBytes = { readonly bytes: Buffer; readonly ends: readonly number[]; readonly finishedAt: number };

/** By what each dialect says that the answer is over; the message that holds it has to be whole. */
const FINISHES: Readonly<Record<ProviderDialect, string>> = {
  'openai-chat': '"finish_reason":"',
  'openai-responses': '"type":"response.completed"',
  'anthropic-messages': '"stop_reason":"',
  'gemini-generate': '"finishReason":"',
  'bedrock-converse': '"stopReason":"',
  'ollama-chat': '"done":true',
};

/** Sends a request that the stand-in received once more, and takes its answer apart. */
export async function replay(url: string, received: ReceivedRequest, dialect: ProviderDialect): Promise<UpstreamBytes> {
  const { path, body, method, rawHeaders } = received;
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    request(`${url}${path}`, { method, headers: [...rawHeaders] }, (response) => {
      buffer(response).then(resolve, reject);
    })
      .on('error', reject)
      .end(body);
  });
  const ends = messageEnds(bytes, dialect);
  const index = ends.findIndex((end, at) => bytes.subarray(ends[at - 1] ?? 0, end).includes(FINISHES[dialect]));
  const finishedAt = ends[index];
  if (finishedAt === undefined) throw new Error(`the stand-in’s ${dialect} never finishes`);
  return { bytes, ends, finishedAt };
}

function messageEnds(bytes: Buffer, dialect: ProviderDialect): readonly number[] {
  const ends: number[] = [];
  if (dialect === 'bedrock-converse') {
    // A message begins with its own length: https://smithy.io/2.0/aws/amazon-eventstream.html
    for (let at = 0; at < bytes.length; ) {
      at += bytes.readUInt32BE(at);
      ends.push(at);
    }
    return ends;
  }
  const mark = dialect === 'ollama-chat' ? '\n' : '\n\n';
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + mark.length)) ends.push(at + mark.length);
  return ends;
}
