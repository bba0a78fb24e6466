import { Pool, type PoolConfig } from 'pg';

/**
 * A pool whose connections may be cut at any instant. An error event without a listener would end the process, and one
 * can come between a connection's being handed out and its taker's hearing of it; whoever uses it next is told by its
 * query, and the pool drops it.
 */
export const poolOf = (config: PoolConfig): Pool => {
  const pool = new Pool(config);
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  return pool;
};

const ignore = (): void => undefined;
