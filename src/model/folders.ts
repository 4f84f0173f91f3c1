/** The folders of a comma list, as a person writes it into a variable: with spaces, `~` and slashes at the end. */
export const foldersOf = (list: string | undefined, home: string): readonly string[] =>
  (list ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => entry.replace(/(?<=.)\/+$/, '').replace(/^~(?=\/|$)/, home));
