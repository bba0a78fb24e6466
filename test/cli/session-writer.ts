/** Writes a session file again and again: `session-writer.ts FOLDER NAME TIMES`, one of several at once. */
import { SessionFile } from '../../src/cli/session.ts';

const [folder = '', name = '', times = '0'] = process.argv.slice(2);
const file = new SessionFile(folder);
for (let turn = 0; turn < Number(times); turn++) {
  // sizes differ, so that a file written in place would show a mixture
  file.write({
    endpoint: 'http://127.0.0.1:1',
    session: { accessToken: name.repeat(1 + (turn % 500)), refreshToken: name },
  });
}
