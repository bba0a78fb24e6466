import { accessSync, constants, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const MEMORY = '/dev/shm';

/** Room that a test's registry may need, several times over. */
const ENOUGH = 4 * 2 ** 30;

const isRoomy = (): boolean => {
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ENOUGH;
  } catch {
    return false;
  }
};

const folder = isRoomy() ? MEMORY : tmpdir();

/** Where tests keep what need not outlive a power cut: in memory, if there is room, for a sync costs nothing there. */
export const testFolder = (): string => folder;
