import { type Command, OUTPUT } from '../../command.ts';

const oauthTokens: Command = {
  name: 'oauth-tokens',
  summary: "Print the session's access token",
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const token = `Bearer ${await (await connect()).tokens.current()}`;
    if (input.json) return io.json({ iam_token: token });
    io.lines(`IAM token:  ${token}`);
  },
};

const bearerToken: Command = {
  name: 'bearer-token',
  summary: "Print the session's access token and nothing else",
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const token = await (await connect()).tokens.current();
    if (input.json) return io.json({ iam_token: token });
    io.lines(token);
  },
};

export const oauthTokensCommands: readonly Command[] = [oauthTokens, bearerToken];
