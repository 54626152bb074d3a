/** Formats that Bedrock takes, by what they are called elsewhere: media types without parameters, and file extensions. */

type Kind = 'image' | 'document' | 'video' | 'audio';

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html and the pages of its blocks */
const FORMATS: Readonly<Record<Kind, ReadonlyMap<string, string>>> = {
  image: new Map([
    ['image/png', 'png'],
    ['image/jpeg', 'jpeg'],
    ['image/jpg', 'jpeg'],
    ['image/gif', 'gif'],
    ['image/webp', 'webp'],
  ]),
  document: new Map([
    ['application/pdf', 'pdf'],
    ['text/csv', 'csv'],
    ['application/msword', 'doc'],
    ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
    ['application/vnd.ms-excel', 'xls'],
    ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
    ['text/html', 'html'],
    ['text/plain', 'txt'],
    ['text/markdown', 'md'],
  ]),
  video: new Map([
    ['video/x-matroska', 'mkv'],
    ['video/quicktime', 'mov'],
    ['video/mp4', 'mp4'],
    ['video/webm', 'webm'],
    ['video/x-flv', 'flv'],
    ['video/mpeg', 'mpeg'],
    ['video/x-ms-wmv', 'wmv'],
    ['video/3gpp', 'three_gp'],
  ]),
  audio: new Map([
    ['audio/mp3', 'mp3'],
    ['audio/mpeg', 'mp3'],
    ['audio/opus', 'opus'],
    ['audio/wav', 'wav'],
    ['audio/x-wav', 'wav'],
    ['audio/aac', 'aac'],
    ['audio/flac', 'flac'],
    ['audio/mp4', 'mp4'],
    ['audio/m4a', 'm4a'],
    ['audio/ogg', 'ogg'],
    ['audio/pcm', 'pcm'],
    ['audio/pcm16', 'pcm'],
    ['audio/webm', 'webm'],
  ]),
};

const MEDIA_TYPES_BY_EXTENSION: ReadonlyMap<string, string> = new Map([
  ...[...FORMATS.image, ...FORMATS.document, ...FORMATS.video].map(([mediaType, format]): [string, string] => [
    format,
    mediaType,
  ]),
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['mpg', 'video/mpeg'],
  ['3gp', 'video/3gpp'],
]);

/** Bedrock's word for a format, or `undefined` where it does not take it. */
export function formatOf(kind: Kind, mediaType: string | undefined): string | undefined {
  if (mediaType === undefined) return undefined;
  const [bare = ''] = mediaType.split(';', 1);
  return FORMATS[kind].get(bare.trim().toLowerCase());
}

/** The media type that a file's name or address ends in. */
export function mediaTypeOfName(name: string | undefined): string | undefined {
  const [, extension] = /\.([a-zA-Z0-9]{1,5})$/.exec(name ?? '') ?? [];
  return extension === undefined ? undefined : MEDIA_TYPES_BY_EXTENSION.get(extension.toLowerCase());
}
