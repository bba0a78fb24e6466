import type { Attestation, ImageInspection } from '../../../wire/image-inspection.ts';
import { IMAGE, IMAGES } from '../../arguments.ts';
import { type Command, OUTPUT } from '../../command.ts';
import { compileTemplate } from '../../go-template.ts';
import { waitingFor } from '../../progress.ts';
import { table } from '../../table.ts';

const attestationTable = (attestations: readonly Attestation[]): string[] =>
  table([
    ['Kind', 'Digest', 'Type', 'Through', 'About'],
    ...attestations.map(({ kind, digest, predicateTypes, artifactType, through, about }) => [
      kind,
      digest,
      predicateTypes.join(', ') || artifactType || '-',
      through,
      about,
    ]),
  ]);

const inspect: Command = {
  name: 'image-inspect',
  summary: 'Show what the registry knows of images',
  args: [IMAGES],
  flags: [
    { flags: '--format <template>', summary: 'Print each through a Go template, e.g. "{{.Config.Cmd}}"' },
    { flags: '--attestations', summary: 'List the SBOMs, provenance and signatures of each image instead' },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const format = input.text('format');
    const print = format === undefined ? undefined : compileTemplate(format);
    if (print) io.resultsOnly();
    const attestations = input.on('attestations');
    const { images } = await connect();
    const found: ImageInspection[] = [];
    for (const [index, name] of input.arguments('image').entries()) {
      if (index > 0) io.say('');
      io.begin(attestations ? `Listing what hangs on '${name}'` : `Inspecting '${name}'`);
      const image = await waitingFor(io, images.inspect(name, { attestations }));
      if (input.json) found.push(image);
      else if (print) io.line(print(image));
      else if (!attestations) io.json(image);
      else if (image.attestations?.length) io.lines(attestationTable(image.attestations));
      else io.say('No SBOM, provenance or signature hangs on this image.');
    }
    if (input.json) io.json(found);
    else io.ok();
  },
};

const manifest: Command = {
  name: 'manifest-inspect',
  summary: 'Show the manifest of an image',
  args: [IMAGE],
  flags: [{ flags: '-q, --quiet', summary: 'Print the manifest and nothing else' }, OUTPUT],
  async run({ io, connect }, input) {
    if (input.on('quiet')) io.resultsOnly();
    const name = input.argument('image');
    const { images } = await connect();
    io.begin(`Inspecting the manifest of '${name}'`);
    io.json(JSON.parse(await waitingFor(io, images.manifest(name))));
    if (!input.json) io.ok();
  },
};

export const imageInspectCommands: readonly Command[] = [inspect, manifest];
