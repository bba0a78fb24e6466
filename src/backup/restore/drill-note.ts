import { RegistryError } from '../../errors.ts';
import { type BackupTarget, bytesOf, readWhole } from '../target/target.ts';

/** When a restore was last tried with success, and of which backup. It is not sealed, so that the server reads it. */
const NAME = 'drills/last.json';
const FORMAT = 1;
const LONGEST = 4096;

export interface DrillNote {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly snapshot: string;
}

export const noteDrill = async (target: BackupTarget, { at, snapshot }: DrillNote): Promise<void> =>
  target.put(NAME, bytesOf(`${JSON.stringify({ format: FORMAT, at, snapshot })}\n`));

/** Undefined where none was noted, or where the note cannot be read. */
export const lastDrill = async (
  target: BackupTarget,
  signal?: AbortSignal,
): Promise<DrillNote | undefined> => {
  try {
    const { format, at, snapshot } = JSON.parse((await readWhole(target, NAME, LONGEST, signal)).toString());
    return format === FORMAT && Number.isSafeInteger(at) && typeof snapshot === 'string'
      ? { at, snapshot }
      : undefined;
  } catch (error) {
    const isKnown = error instanceof SyntaxError || error instanceof RegistryError;
    if (!isKnown || (error instanceof RegistryError && error.code === 'UNAVAILABLE')) throw error;
    return undefined;
  }
};
