/** Something that was found: its name, and the address of its page. */
export interface Hit {
  readonly name: string;
  readonly to: string;
}
