#!/usr/bin/env node
'use strict';
/*
 * The bin of the package: starts the program with the Node that was installed beside it, as the link's name says (tidegate,
 * docker-credential-tidegate, bx, ibmcloud). Any Node from 18 on can run this file.
 */
const fs = require('node:fs');
const path = require('node:path');
const { isNewEnough, launch } = require('../launch.cjs');

/** The packages that hold Node for a platform. */
const PACKAGES = [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`];

const pinnedNode = () => {
  for (const name of PACKAGES)
    try {
      const node = path.join(path.dirname(require.resolve(`${name}/package.json`)), 'bin', 'node');
      if (fs.existsSync(node)) return node;
    } catch {
      // not installed on this platform
    }
  return undefined;
};

const program = path.join(path.dirname(fs.realpathSync(__filename)), 'program', 'main.js');
const args = process.argv.slice(2);

// npm puts the pinned Node first for what it starts: this is it already. A server wants its own flags.
if (isNewEnough() && args[0] !== 'serve') import(program);
else {
  const node = pinnedNode() || (isNewEnough() ? process.execPath : undefined);
  if (node === undefined) {
    console.error(
      `tidegate: there is no Node 26 beside this package (was it installed with --omit=optional?); install ${PACKAGES[0]}, or run this with Node 26 or newer`,
    );
    process.exit(1);
  }
  launch({ node, program, args, argv0: path.basename(process.argv[1], '.cjs') });
}
