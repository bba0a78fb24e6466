import { FORM } from '../../release.ts';
import { type Command, OUTPUT } from '../command.ts';
import { VERSION } from '../version.ts';

const version: Command = {
  name: 'version',
  summary: 'Show the version of this program, and what it runs on',
  flags: [OUTPUT],
  async run({ io }, input) {
    const node = process.versions.node;
    if (input.json) return io.json({ version: VERSION, form: FORM, node });
    io.lines([`tidegate ${VERSION}`, `${FORM}, Node ${node}`]);
  },
};

export const versionCommands: readonly Command[] = [version];
