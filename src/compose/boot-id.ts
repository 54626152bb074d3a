import { readFileSync } from 'node:fs';

/** https://www.kernel.org/doc/html/latest/admin-guide/sysctl/kernel.html#random */
const LINUX_BOOT_ID = '/proc/sys/kernel/random/boot_id';

/**
 * A name of the machine's run since it was started; `undefined` where the system has none. What a process wrote without
 * waiting for the disk is there after its death, and may be lost after the machine's.
 */
export function bootId(): string | undefined {
  try {
    return readFileSync(LINUX_BOOT_ID, 'utf8').trim();
  } catch {
    return undefined;
  }
}
