/** Below it the collector is cheaper. A slice of Node's pool is never as long as the pool. */
const WORTH_GIVING_BACK = 1024;

/**
 * Frees the memory of a chunk that nothing reads any more. Each chunk of a body is a buffer of its own outside the heap; left to
 * the collector, they cost a large upload as much time as its SHA-256, and hundreds of megabytes.
 */
export const giveBack = ({ buffer, byteLength }: Uint8Array): void => {
  if (byteLength >= WORTH_GIVING_BACK && buffer.byteLength === byteLength && buffer instanceof ArrayBuffer)
    buffer.transfer(0);
};
