import { X509Certificate } from 'node:crypto';
import { readFile, statfs } from 'node:fs/promises';

/** Bytes of the file system that a folder is on; `free` is what this process may still take. */
export interface Disk {
  readonly size: number;
  readonly free: number;
}

export const readDisk = async (folder: string): Promise<Disk> => {
  const { bsize, blocks, bfree, bavail } = await statfs(folder);
  // as df counts: what is kept for root is neither used nor free
  return { size: (blocks - bfree + bavail) * bsize, free: bavail * bsize };
};

/** When a certificate begins and ends, in epoch milliseconds. Of a chain the first counts, which is the server's own. */
export const readCertificate = async (path: string): Promise<{ begins: number; ends: number }> => {
  const { validFromDate, validToDate } = new X509Certificate(await readFile(path));
  return { begins: validFromDate.getTime(), ends: validToDate.getTime() };
};
