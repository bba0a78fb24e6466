import { type BackupTarget, bytesOf } from '../target/target.ts';

const FORMAT = 1;

export interface DrillNote {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly snapshot: string;
}

/** Notes when a restore was last tried with success, and of which backup. It is not sealed, so that the server reads it. */
export const noteDrill = async (target: BackupTarget, { at, snapshot }: DrillNote): Promise<void> =>
  target.put('drills/last.json', bytesOf(`${JSON.stringify({ format: FORMAT, at, snapshot })}\n`));
