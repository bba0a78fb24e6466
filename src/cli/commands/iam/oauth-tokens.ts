import { type Command, OUTPUT } from '../../command.ts';

const oauthTokens: Command = {
  name: 'oauth-tokens',
  summary: "Print the session's access token",
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const token = `Bearer ${await (await connect()).accessTokens.current()}`;
    if (input.json) return io.json({ iam_token: token });
    io.line(`IAM token:  ${token}`);
  },
};

const bearerToken: Command = {
  name: 'bearer-token',
  summary: "Print the session's access token and nothing else",
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const token = await (await connect()).accessTokens.current();
    if (input.json) return io.json({ iam_token: token });
    io.line(token);
  },
};

const passcode: Command = {
  name: 'passcode',
  summary: 'Get a one-time code for another login of yours: login --passcode -',
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const { iam } = await connect();
    io.begin('Getting a one-time code');
    const found = await iam.sessions.passcode();
    if (input.json) return io.json(found);
    io.line(found.passcode);
    io.say('');
    io.say(`It works once, until ${found.expires_at}.`);
    io.ok();
  },
};

export const oauthTokensCommands: readonly Command[] = [oauthTokens, bearerToken, passcode];
