/**
 * Makes a string fit for a terminal, and for one line of it: what would move the cursor, write to the clipboard, turn
 * the text round or take no room becomes U+FFFD. That is: controls (C0, DEL, C1), format characters (bidi, zero width,
 * tags), halves of surrogate pairs, line and paragraph separators.
 */
export const safeText = (value: string): string => value.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd');

/** The same for a text of several lines. */
export const safeLines = (text: string): string => text.split('\n').map(safeText).join('\n');
