import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

const listen = async (port: number): Promise<Server> => {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

/**
 * A loopback TCP port that was free a moment ago, for programs that cannot choose one themselves (listen on port 0
 * where you can). With `count`, the first of that many ports in a row that were free.
 */
export const freePort = async (count = 1): Promise<number> => {
  for (;;) {
    const first = await listen(0);
    const held = [first];
    const { port } = first.address() as AddressInfo;
    try {
      while (held.length < count) held.push(await listen(port + held.length));
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    } finally {
      for (const server of held) server.close();
    }
  }
};

/** A loopback TCP port that nobody else gets until `release`, for a program that is started later than its address is told. */
export const heldPort = async (): Promise<{ port: number; release(): Promise<void> }> => {
  const server = await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
};
