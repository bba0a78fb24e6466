import { IMAGE, IMAGES } from '../../arguments.ts';
import type { Command } from '../../command.ts';
import { forEachImage } from '../../each-image.ts';
import { splitTag } from '../../image-name.ts';
import { waitingFor } from '../../progress.ts';

const tag: Command = {
  name: 'image-tag',
  summary: 'Give an image another tag, also in another repository or namespace of the account',
  args: [
    { ...IMAGE, name: 'source', summary: 'The image, by tag or digest' },
    { ...IMAGE, name: 'target', summary: 'The name it gets, with its tag' },
  ],
  async run({ io, connect }, input) {
    const [source, target] = [input.argument('source'), input.argument('target')];
    const { images } = await connect();
    io.begin(`Tagging '${source}' to '${target}'`);
    await waitingFor(io, images.tag(source, target));
    io.say(`Successfully tagged '${source}' to '${target}'`);
    io.ok();
  },
};

const untag: Command = {
  name: 'image-untag',
  summary: 'Take tags away; the images stay',
  args: [{ ...IMAGES, summary: 'The images, each with its tag' }],
  async run({ io, connect }, input) {
    const { images } = await connect();
    await forEachImage(io, input.arguments('image'), async (name) => {
      io.begin(`Removing the tag of '${name}'`);
      const [repository, removed] = splitTag(await waitingFor(io, images.untag(name)));
      io.say(`Successfully removed tag '${removed}' from image '${repository}'.`);
    });
    io.ok();
  },
};

export const imageTagCommands: readonly Command[] = [tag, untag];
