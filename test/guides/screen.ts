/** What `docker login` says of the place where it keeps passwords; every page says that it leaves this out. */
const DOCKERS_WARNING = [
  /^WARNING! Your credentials are stored unencrypted in .*$/,
  /^Configure a credential helper to remove this warning\. See$/,
  /^https:\/\/docs\.docker\.com\/go\/credential-store\/$/,
];
/** Lines that programs print while they wait or work, as often as it takes them. */
const PROGRESS = [
  /^[0-9a-f]{12}: (?:Preparing|Waiting|Pushing|Pulling fs layer|Downloading|Verifying|Download).*$/,
];
/** Questions: they are compared when they are answered. */
const QUESTIONS = [/^[?✔] /];
/** The server's log, which a terminal mixes with what the server says. */
const LOG = [/^\{"level":/];

const LEFT_OUT = [...DOCKERS_WARNING, ...PROGRESS, ...QUESTIONS, ...LOG];

const leftOut = (line: string): boolean => LEFT_OUT.some((pattern) => pattern.test(line));

/** A line without the blanks that make a column as wide as what stands in it. */
const unpadded = (line: string): string => line.trimEnd().replaceAll(/(?<=\S) {2,}/g, '  ');

/** The lines that count: not those that are left out, nor blank ones. */
export const compared = (lines: readonly string[]): string[] =>
  lines.map(unpadded).filter((line) => line !== '' && !leftOut(line));
