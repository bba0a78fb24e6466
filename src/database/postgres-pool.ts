import { Pool, type PoolConfig } from 'pg';

/**
 * A pool whose connections may be cut at any instant. An error event without a listener would end the process, and such
 * an event can come before the user of a connection listens. The next query on that connection fails, and the pool drops
 * it.
 */
export const poolOf = (config: PoolConfig): Pool => {
  const pool = new Pool(config);
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  return pool;
};

const ignore = (): void => undefined;
