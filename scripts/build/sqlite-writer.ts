/** The writer's thread of a build: with every write in its bundle. The thread of the sources loads them by their address. */
import '../../src/writes.ts';
import '../../src/database/sqlite-writer.ts';
