/** Backup and restore: what doors, roof and the offline commands use. */
export { claimTarget, type OpenedTarget, openPlace, readTarget } from './target/open.ts';
export {
  newKeyPair,
  type OpeningKey,
  parseOpeningKey,
  parseSealingKey,
  type SealingKey,
} from './target/seal-keys.ts';
export {
  type BackupTarget,
  bytesOf,
  type PutOptions,
  readWhole,
  type TargetObject,
} from './target/target.ts';
