/** What the transactions of rooms above use of the registry. */
export { countUnlinked } from './accounting/links.ts';
export { findBlob, type RegionBlob, type StoredBytes, storedBytes } from './blobs/rows.ts';
export { heldDigests } from './holds/rows.ts';
export { findManifest, manifestsReferringTo, type StoredManifest } from './manifests/rows.ts';
export { deleteManifest } from './manifests/writes.ts';
export { protectionOf } from './protection/refuse-protected.ts';
export { referrersAfter } from './referrers/rows.ts';
export { repositoriesAfter } from './repositories/rows.ts';
export { tagsOfManifest } from './tags/rows.ts';
export { discard } from './trash/discard.ts';
export { deleteEntry, endTrash, forgetTags, type ImageKey, trashedTags } from './trash/rows.ts';
export {
  areCondemned,
  findUnnamedBytes,
  forgetUnnamedBytes,
  namedBytes,
  namedStagings,
  putUnnamedBytes,
} from './unnamed-bytes/rows.ts';
