import { z } from 'zod';
import { byteCount, durationMs, type ValueKind, wholeNumber } from './values.ts';

/** What is told about one setting: where it may be given, and its row in docs/configuration.md. */
export type SettingFacts = {
  readonly doc: string;
  /** Environment variables that give it; the first that is set and not empty counts. */
  readonly env: readonly string[];
  /** The command-line flag without its dashes, `tls-cert`; commander hands it over in camel case. */
  readonly flag: string | undefined;
  /** False for a secret that belongs in the environment only. */
  readonly inFile: boolean;
  readonly accepts: string;
  readonly isSecret: boolean;
  readonly isPath: boolean;
  /** The default as the documentation shows it. */
  readonly fallbackText: string;
};

/** The facts of every setting, by its schema. */
export const settingFacts = z.registry<SettingFacts>();

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const KIB = 1024;
export const MIB = 1024 * KIB;

type About<Fallback> = {
  readonly doc: string;
  readonly fallback: Fallback;
  readonly fallbackText?: string;
  readonly env?: readonly string[];
  readonly flag?: string;
  readonly inFile?: boolean;
};

/** One setting: how its value is read, and what stands for it where nothing is given. */
export function setting<T, Fallback>(value: ValueKind<T>, about: About<Fallback>) {
  const schema = z.unknown().transform((given, context): T | Fallback => {
    if (given === undefined) return about.fallback;
    const read = value.read(given);
    if (read !== undefined) return read;
    const shown = value.isSecret ? '' : `, not ${JSON.stringify(given)?.slice(0, 80)}`;
    context.addIssue({ code: 'custom', message: `must be ${value.accepts}${shown}` });
    return z.NEVER;
  });
  settingFacts.add(schema, {
    doc: about.doc,
    env: about.env ?? [],
    flag: about.flag,
    inFile: about.inFile ?? true,
    accepts: value.accepts,
    isSecret: value.isSecret,
    isPath: value.isPath,
    fallbackText: about.fallbackText ?? (about.fallback === undefined ? '' : String(about.fallback)),
  });
  return schema;
}

/** A setting in bytes. */
export const size = (doc: string, env: string, range: { min: number; max: number; fallback: number }) =>
  setting(byteCount(range), { doc, env: [env], fallback: range.fallback, fallbackText: sizeText(range.fallback) });

/** A setting in milliseconds. */
export const duration = (doc: string, env: string, range: { min: number; max: number; fallback: number }) =>
  setting(durationMs(range), { doc, env: [env], fallback: range.fallback, fallbackText: timeText(range.fallback) });

/** A setting that is a whole number. */
export const count = (doc: string, env: string, range: { min: number; max: number; fallback: number }) =>
  setting(wholeNumber(range), { doc, env: [env], fallback: range.fallback });

function sizeText(bytes: number): string {
  if (bytes % MIB === 0) return `${bytes / MIB}MiB`;
  return bytes % KIB === 0 ? `${bytes / KIB}KiB` : String(bytes);
}

function timeText(timeMs: number): string {
  if (timeMs !== 0 && timeMs % MINUTE_MS === 0) return `${timeMs / MINUTE_MS}m`;
  return timeMs % SECOND_MS === 0 ? `${timeMs / SECOND_MS}s` : `${timeMs}ms`;
}
