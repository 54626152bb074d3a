import type { Attachment } from './turns.ts';

const BYTES_MAX = 5 * 1024 * 1024;
const TEXT_BYTES_MAX = 200 * 1024;
const FILES_MAX = 5;
const PDF = 'application/pdf';
const TEXT_NAMES = /\.(?:txt|md|csv|tsv|json|jsonl|xml|html|css|js|ts|tsx|py|java|go|rs|rb|sh|sql|ya?ml|toml|log)$/i;

/** What a choice of files offers. */
export const ACCEPTED = `image/*,${PDF},text/*,.md,.csv,.json,.jsonl,.yaml,.yml,.toml,.log,.ts,.py,.go,.rs,.sql`;

export type Attached = {
  readonly attachments: readonly Attachment[];
  /** Texts are said in the message itself, which every model takes. */
  readonly texts: readonly string[];
  /** Whether something was too large, too many, or neither a picture nor a PDF nor text. */
  readonly isCut: boolean;
};

/** Reads the files that are to go along. */
export async function readFiles(chosen: readonly File[]): Promise<Attached> {
  const fitting = chosen.filter((file) => fits(file)).slice(0, FILES_MAX);
  const attachments: Attachment[] = [];
  const texts: string[] = [];
  for (const file of fitting) {
    if (isText(file)) texts.push(`${file.name}:\n\`\`\`\n${await file.text()}\n\`\`\``);
    else attachments.push({ kind: file.type === PDF ? 'file' : 'picture', name: file.name, url: await dataUrl(file) });
  }
  return { attachments, texts, isCut: fitting.length < chosen.length };
}

function fits(file: File): boolean {
  if (isText(file)) return file.size <= TEXT_BYTES_MAX;
  return file.size <= BYTES_MAX && (file.type.startsWith('image/') || file.type === PDF);
}

function isText({ name, type }: File): boolean {
  return type.startsWith('text/') || type === 'application/json' || TEXT_NAMES.test(name);
}

function dataUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(typeof reader.result === 'string' ? reader.result : '');
    reader.onerror = () => reject(reader.error ?? new Error(file.name));
    reader.readAsDataURL(file);
  });
}
