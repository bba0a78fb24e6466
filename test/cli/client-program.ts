/** The client as a program of its own, for tests that need a process: pipes, signals, a shell's completion. */
import { runClient } from '../../src/cli/main.ts';

process.exitCode = await runClient(process.argv.slice(2), 'bx');
