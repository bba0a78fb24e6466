import type { AuthOptions, RegistryTokenMode } from '../../../wire/auth.ts';
import { type Command, OUTPUT } from '../../command.ts';
import { table } from '../../table.ts';

const MODES: readonly RegistryTokenMode[] = ['enabled', 'no_new', 'disabled'];

const MEANING: Record<RegistryTokenMode, string> = {
  enabled: 'tokens can be made and used',
  no_new: 'no new tokens; the ones there are work',
  disabled: 'no token works; none is removed',
};

const lines = ({ registry_tokens: mode }: AuthOptions): string[] =>
  table([['Registry tokens', mode, `(${MEANING[mode]})`]]);

const tokenSettings: Command = {
  name: 'token-settings',
  summary: 'Show or change what is done with registry tokens',
  flags: [
    { flags: '--registry-tokens <mode>', summary: 'What to do with registry tokens', choices: MODES },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const mode = MODES.find((each) => each === input.text('registryTokens'));
    const { authOptions } = await connect();
    io.begin(mode ? 'Changing the settings of registry tokens' : 'Getting the settings of registry tokens');
    if (mode) await authOptions.change({ registry_tokens: mode });
    const options = await authOptions.get();
    if (input.json) return io.json(options);
    io.lines(lines(options));
    io.ok();
  },
};

export const tokenSettingsCommands: readonly Command[] = [tokenSettings];
